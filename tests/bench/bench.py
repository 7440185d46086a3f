#!/usr/bin/env python3
"""`./dev bench`: what the hub does a second, as ratios to bare limits measured in the same run, interleaved.

reader   MB/s of nzok-amblist against libxml2's SAX push parser alone on the same bytes, and of csv-mapping against
         cutting the same bytes into cells
T1       events/s from a report on disk until it is sealed, against bare sequential inserts into SQLite
whole    events/s from the same report until the `file` sink has delivered every message, against the same

--homes instead: the whole way with reader and sink in processes of their own against both in the hub's, handed over 256 at a
time, 100,000 events of 100,000 people, a round one of each.

The store knows 5.7 million people, all of whom have subscribed; each event meets one of them at random. A round of a size is
baseline, hub; the machine drifts, so a ratio is taken within its round, and the median of the rounds is told.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys


def run(*command, stdout=subprocess.PIPE):
    done = subprocess.run([str(part) for part in command], stdout=stdout, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {command[0]} failed with {done.returncode}")
    return done.stdout


class Bench:
    def __init__(self, options):
        self.options = options
        self.bin = os.path.join(options.build, "bin")
        self.work = os.path.abspath(options.work)
        self.people = os.path.join(self.work, f"people-{options.people}")
        self.state = os.path.join(self.work, "state")
        os.makedirs(self.work, exist_ok=True)

    def tool(self, name):
        return os.path.join(self.bin, name)

    def report(self, events, seed, practice):
        path = os.path.join(self.work, f"report-{events}-{seed}-{self.options.people}.xml")
        if not os.path.exists(path):
            doctors = max(4, events // 2000)
            with open(path + ".new", "w") as out:
                run(self.tool("amblist-generate"), events, "--persons", self.options.people, "--seed", seed, "--doctors",
                    doctors, "--practice", practice, stdout=out)
            os.rename(path + ".new", path)
        return path

    def preload(self):
        done = os.path.join(self.people, "preloaded")
        if os.path.exists(done):
            return
        shutil.rmtree(self.people, ignore_errors=True)
        print(f"making a store that knows {self.options.people:,} people, once", flush=True)
        run(self.tool("bench_hub"), "preload", self.people, self.options.people)
        open(done, "w").close()

    def fresh_state(self):
        shutil.rmtree(self.state, ignore_errors=True)
        subprocess.run(["cp", "-r", "--reflink=auto", self.people, self.state], check=True)

    def baseline(self, rows):
        out = run(self.tool("sqlite_baseline"), max(rows, 100_000), self.work)
        found = re.match(r"(\d+) rows/s, fdatasync (\d+) us", out)
        return int(found.group(1)), int(found.group(2))

    def hub(self, report):
        return json.loads(run(self.tool("bench_hub"), "run", self.state, report))

    def homes(self, events, batch):
        """Child and in-process, one after the other on the same store."""
        report, rate = self.report(events, 1, "2203999001"), {}
        for home in ("in-process", "child"):
            self.fresh_state()
            got = json.loads(run(self.tool("bench_hub"), "run", self.state, report, home, batch))
            if not got["balanced"] or got["told"] < got["events"]:
                sys.exit(f"bench: the books do not balance: {got}")
            rate[home] = (got["events"] / got["t1_s"], got["events"] / got["whole_s"])
        return rate

    def round(self, events):
        """One round of one size: on a store without events, then the same again with those events stored."""
        results = []
        self.fresh_state()
        for stored in (False, True) if events == max(self.options.sizes) else (False,):
            rows, sync = self.baseline(events)
            got = self.hub(self.report(events, 2 if stored else 1, "2203999002" if stored else "2203999001"))
            if not got["balanced"] or got["told"] < got["events"]:
                sys.exit(f"bench: the books do not balance: {got}")
            results.append({
                "size": events, "stored": stored, "baseline": rows, "sync_us": sync,
                "t1": got["events"] / got["t1_s"], "whole": got["events"] / got["whole_s"], "peak_mib": got["peak_kib"] / 1024,
            })
        return results


def homes(bench, options):
    ratios = []
    for number in range(options.rounds):
        rate = bench.homes(100_000, 256)
        t1, whole = (rate["child"][i] / rate["in-process"][i] for i in (0, 1))
        ratios.append((t1, whole))
        print(f"round {number + 1}: in-process T1 {rate['in-process'][0]:>7,.0f}/s whole {rate['in-process'][1]:>7,.0f}/s  child T1 "
              f"{rate['child'][0]:>7,.0f}/s = {t1:.2f}  whole {rate['child'][1]:>7,.0f}/s = {whole:.2f}", flush=True)
    print(f"median: T1 {statistics.median(r[0] for r in ratios):.2f}  whole {statistics.median(r[1] for r in ratios):.2f}")


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return f"{model}, {os.cpu_count()} processors, Linux {os.uname().release}"


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default="build/bench", help=argparse.SUPPRESS)
    parser.add_argument("--work", default="build/bench-work", help="folder for stores and reports (about 12 GB)")
    parser.add_argument("--homes", action="store_true", help="compare the two homes of a plugin")
    parser.add_argument("--people", type=int, default=0, help="5,700,000; with --homes 100,000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--skip-reader", action="store_true")
    options = parser.parse_args()
    options.people = options.people or (100_000 if options.homes else 5_700_000)
    bench = Bench(options)
    print(machine())
    if options.homes:
        bench.preload()
        return homes(bench, options)
    if not options.skip_reader:
        print("reader", flush=True)
        print(run(bench.tool("bench_amblist"), 20_000), flush=True)
        print(run(bench.tool("bench_csv")), flush=True)
    bench.preload()
    rows = []
    for number in range(options.rounds):
        for size in options.sizes:
            for got in bench.round(size):
                rows.append(got)
                print(f"round {number + 1}: {got['size']:>9,} events{' on as many' if got['stored'] else '':<11} baseline "
                      f"{got['baseline']:>8,}/s (fdatasync {got['sync_us']} us)  T1 {got['t1']:>7,.0f}/s = "
                      f"{got['t1'] / got['baseline']:.3f}  whole {got['whole']:>7,.0f}/s = {got['whole'] / got['baseline']:.3f}  "
                      f"peak {got['peak_mib']:.0f} MiB", flush=True)
    print("\nmedian of the rounds")
    for size in options.sizes:
        for stored in (False, True):
            some = [row for row in rows if row["size"] == size and row["stored"] == stored]
            if some:
                ratio = lambda key: statistics.median(row[key] / row["baseline"] for row in some)
                print(f"  {size:>9,} events{' on as many' if stored else '':<11} T1 {ratio('t1'):.3f}  whole {ratio('whole'):.3f}  "
                      f"peak {max(row['peak_mib'] for row in some):.0f} MiB")
    pairs = [(a, b) for a, b in zip(rows, rows[1:]) if b["stored"] and not a["stored"]]
    if pairs:
        print(f"  with as many stored, against none: T1 {statistics.median(b['t1'] / a['t1'] for a, b in pairs):.2f}, whole "
              f"{statistics.median(b['whole'] / a['whole'] for a, b in pairs):.2f}")
    shutil.rmtree(bench.state, ignore_errors=True)


main()
