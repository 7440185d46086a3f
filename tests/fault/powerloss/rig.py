#!/usr/bin/env python3
"""Runs a command under the power-loss shim, cuts the power at many places of its run, and checks each outcome.

    rig.py --shim LIB --folder DIR --check COMMAND [--every K] [--random N] [--seed S] -- COMMAND...

The folder is as the command shall find it. The check is run as `COMMAND IMAGE ACKS`, where IMAGE is the folder as the
cut would have left it and ACKS a file with one line an acknowledgement given before the cut; exit 0 says that nothing
is lost. Cuts: just before each Kth sync (when the most is volatile), after the last record, and at N random places,
each in the four variants of image.py. Exit 0: every image passed. 1: some did not. 2: the rig itself is at fault.
"""
import argparse
import concurrent.futures
import contextlib
import os
import random
import shlex
import subprocess
import sys
import tempfile
from collections import namedtuple

from image import VARIANTS, Disk, JournalError, differences, read_journal, seeded, write_image

Outcome = namedtuple("Outcome", "cuts images failures")  # failures: (position, variant, what)


class RigError(Exception):
    pass


def record(shim, folder, journal, command, environment=None, expect=0):
    """Runs the command and returns its journal, proven to be the whole of what happened in the folder. A command that
    is expected to fail is not listened to."""
    run = subprocess.run(command, check=False, stderr=subprocess.DEVNULL if expect else None, env={
        **os.environ, "LD_PRELOAD": str(shim), "VESTITEL_POWERLOSS_DIR": str(folder),
        "VESTITEL_POWERLOSS_JOURNAL": str(journal), **(environment or {})})
    if run.returncode != expect:
        raise RigError(f"{command[0]} ended with {run.returncode}, not {expect}")
    records = list(read_journal(journal))
    verify(records, folder)
    if expect == 0 and not any(r.kind == "sync" for r in records):
        raise RigError("no sync was seen: the calls did not pass through the shim")
    return records


def verify(records, folder):
    disk = Disk()
    for r in records:
        disk.apply(r)
    if disk.refused:
        raise RigError(f"refused by the shim: {disk.refused[0]}")
    missed = differences(disk.image("keep", None), folder)
    if missed:
        raise RigError(f"changed unseen by the shim: {', '.join(missed[:5])}")


def cut_positions(records, every, extra, seed):
    begun = next(i for i, r in enumerate(records) if not r.kind.startswith("base_"))
    syncs = [i for i, r in enumerate(records) if r.kind == "sync"]
    cuts = set(syncs[::every]) | {len(records)}
    cuts.update(random.Random(seed).choices(range(begun, len(records)), k=extra))
    return sorted(cuts)


def scratch_base():
    """Memory, where there is enough of it: images are written by the thousand."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run_cuts(records, check, every=1, extra=0, seed=1, variants=VARIANTS, workers=None, say=lambda line: None):
    """`check(image_folder, acks)` returns None, or what is wrong. `say` is told now and then how far it is."""
    workers = workers or os.cpu_count() or 1
    failures, images = [], 0
    cuts = cut_positions(records, every, extra, seed)
    disk, done = Disk(), 0
    with tempfile.TemporaryDirectory(dir=scratch_base(), prefix="powerloss-") as scratch, \
            concurrent.futures.ThreadPoolExecutor(workers) as pool:
        free = [os.path.join(scratch, str(i)) for i in range(2 * workers)]
        running = {}

        def collect(until):
            while len(running) > until:
                ended, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in ended:
                    position, variant, folder = running.pop(future)
                    free.append(folder)
                    if future.result() is not None:
                        failures.append((position, variant, future.result()))

        for number, position in enumerate(cuts):
            if number % 100 == 99:
                say(f"{number + 1} of {len(cuts)} cuts, {images} images, {len(failures)} failed")
            for r in records[done:position]:
                disk.apply(r)
            done = position
            for variant in variants[:1] if disk.is_settled() else variants:
                collect(2 * workers - 1)
                image = disk.image(variant, seeded(seed, position, variant))
                folder = free.pop()
                write_image(image, folder)
                running[pool.submit(check, folder, list(disk.acks))] = (position, variant, folder)
                images += 1
        collect(0)
    return Outcome(len(cuts), images, sorted(failures))


def command_check(command):
    def check(folder, acks):
        with tempfile.NamedTemporaryFile("w", suffix=".acks") as file:
            file.write("".join(a + "\n" for a in acks))
            file.flush()
            run = subprocess.run([*command, folder, file.name], check=False, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, errors="replace")
        return None if run.returncode == 0 else (run.stdout.strip() or f"exit {run.returncode}")
    return check


def report(outcome):
    print(f"{outcome.cuts} cuts, {outcome.images} images, {len(outcome.failures)} failed")
    for position, variant, what in outcome.failures[:10]:
        print(f"  cut at record {position}, {variant}: {what}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--check", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--journal", help="keep the journal there")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        journal = args.journal or os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "journal")
        try:
            records = record(args.shim, args.folder, journal, args.command)
            outcome = run_cuts(records, command_check(shlex.split(args.check)), args.every, args.random, args.seed,
                               say=print)
        except (RigError, JournalError) as error:
            print(f"powerloss: {error}", file=sys.stderr)
            return 2
    report(outcome)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
