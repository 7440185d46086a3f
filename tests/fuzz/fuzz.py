#!/usr/bin/env python3
"""libFuzzer over every reader, with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer: any bytes may come in,
and no crash, leak, time-out, broken rule of what is emitted, or event that depends on how the bytes are cut comes out.

Begins with the samples of the reader, what was found before (tests/fuzz/regressions) and what earlier runs kept below
--work. Prints a line a reader. A finding fails the run; the input that shows it is kept.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from readers import readers

EXECUTIONS = 10_000_000
MEMORY_MB, ALLOCATION_MB = 1024, 256
LARGEST = 4 * 1024  # bytes of an input; samples that are larger are cut, as one more hostile input

# What is hostile in any document.
HOSTILE = [b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?p ?>", b"&#10;", b"&#x202E;",
           b"&#0;", b"\xEF\xBB\xBF", b"\xC2\xA0", b"\xE2\x80\xAE", b"\xD0\x98", b"\xFF\xFE", b"\x98", b"\x00", b"\r\n", b'"', b'""',
           b"<?xml version='1.0' encoding='windows-1251'?>", b"xmlns=''", b"9932319981", b"1000009990", b"2026-02-29",
           b"9999-12-31", b"0001-01-01", b"24:00:00", b"18446744073709551616", b"-1", b"1e9"]
NAME, TEXT, CELL = rb"</?([\w:.-]+)", rb"[>\"]([^<>\"\r\n]{1,40})[<\"]", rb"([^;,\r\n]{1,40})"
SAID = {"executions": r"stat::number_of_executed_units:\s*(\d+)", "rate": r"stat::average_exec_per_sec:\s*(\d+)",
        "edges": r"\bcov: (\d+)"}
WHY = r"BREACH: .+|runtime error: .+|ERROR: .+"


def quoted(word):
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02X}" for b in word) + '"'


def dictionary(samples):
    """Names and short texts of the samples, cells of those that are rows, and what is hostile in any."""
    words = set(HOSTILE)
    for path in samples:
        head = path.read_bytes()
        for pattern in (NAME, TEXT) if head.lstrip(b"\xEF\xBB\xBF \r\n").startswith(b"<") else (CELL,):
            words.update(match.strip() for match in re.findall(pattern, head))
    return "".join(quoted(word) + "\n" for word in sorted(words) if word)


def last(pattern, text):
    found = re.findall(pattern, text)
    return found[-1] if found else None


class Fuzzing:
    def __init__(self, options):
        self.options = options
        self.program = Path(options.build) / "bin" / "reader_fuzz"
        self.work = Path(options.work or Path(options.build) / "work").resolve()

    def folders(self, reader):
        """Fresh seeds and a place for findings; what was learned stays, unless only a short look is taken."""
        home = self.work / reader.name
        made = [home / name for name in ("seeds", "learned", "findings")]
        for stale in made[:1] if self.options.seconds is None else made[:2]:
            shutil.rmtree(stale, ignore_errors=True)
        for folder in made:
            folder.mkdir(parents=True, exist_ok=True)
        for number, path in enumerate([*reader.samples, *reader.regressions]):
            shutil.copyfile(path, made[0] / f"{number}-{path.name}")
        (home / "settings.json").write_text(json.dumps(reader.settings), encoding="utf-8")
        (home / "words.dict").write_text(dictionary(reader.samples), encoding="ascii")
        return home, *made

    def run(self, reader, share):
        home, seeds, learned, findings = self.folders(reader)
        before = set(findings.iterdir())
        limit = [f"-runs={share}"] if self.options.seconds is None else [f"-max_total_time={share}"]
        environment = os.environ | {
            "VESTITEL_FUZZ_READER": str(reader.library.resolve()), "VESTITEL_FUZZ_SETTINGS": str(home / "settings.json"),
            "ASAN_OPTIONS": "detect_leaks=1:quarantine_size_mb=8:malloc_context_size=8", "UBSAN_OPTIONS": "print_stacktrace=1"}
        done = subprocess.run(
            [self.program, *limit, f"-seed={self.options.seed}", f"-timeout={self.options.timeout}", f"-rss_limit_mb={MEMORY_MB}",
             f"-malloc_limit_mb={ALLOCATION_MB}", f"-max_len={LARGEST}", f"-dict={home / 'words.dict'}",
             f"-artifact_prefix={findings}/", "-entropic=0", "-print_final_stats=1", learned, seeds],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        (home / "log").write_text(done.stdout, encoding="utf-8")
        found = {key: last(pattern, done.stdout) for key, pattern in SAID.items()}
        fresh = sorted(set(findings.iterdir()) - before)
        print(f"{reader.name:<18} {int(found['executions'] or 0):>10,} executions  {int(found['rate'] or 0):>6,}/s  "
              f"{found['edges'] or '?':>5} edges  {len(fresh)} findings", flush=True)
        if done.returncode != 0:
            why = re.search(WHY, done.stdout)
            print(f"  {why[0] if why else 'ended with ' + str(done.returncode)}; see {home / 'log'}", flush=True)
            for path in fresh:
                print(f"  kept: {path}", flush=True)
        return int(found["executions"] or 0), done.returncode == 0


def options_of(words):
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("reader", nargs="*", help="nzok-amblist, csv-mapping.lab, ... (default: all)")
    parser.add_argument("--executions", type=int, default=EXECUTIONS, help="of all readers together (default: 10,000,000)")
    parser.add_argument("--seconds", type=int, help="instead: how long, of all readers together; learns nothing for later")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("--jobs", type=int, default=1, help="how many readers at a time (default: 1)")
    parser.add_argument("--timeout", type=int, default=10, help="seconds that one input may take (default: 10)")
    parser.add_argument("--build", default="build/fuzz", help=argparse.SUPPRESS)
    parser.add_argument("--work", help="where inputs are kept (default: work/ in the build)")
    return parser.parse_args(words)


def main():
    options = options_of(sys.argv[1:])
    known = readers(Path(options.build) / "lib" / "vestitel" / "plugins")
    chosen = [one for one in known if not options.reader or {one.name, one.name.split(".")[0]} & set(options.reader)]
    unknown = [name for name in options.reader if not any(name in (r.name, r.name.split(".")[0]) for r in chosen)]
    if unknown or not chosen:
        sys.exit(f"fuzz: no reader {', '.join(unknown)}; there are {', '.join(one.name for one in known)}")
    fuzzing = Fuzzing(options)
    whole = options.executions if options.seconds is None else options.seconds
    share = max(1, -(-whole // len(chosen)))
    with ThreadPoolExecutor(options.jobs) as pool:
        ran = list(pool.map(lambda reader: fuzzing.run(reader, share), chosen))
    total, sound = sum(executions for executions, _ in ran), all(good for _, good in ran)
    print(f"{total:,} executions, {'no finding' if sound else 'findings'}")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
