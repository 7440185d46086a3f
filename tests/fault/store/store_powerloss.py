#!/usr/bin/env python3
"""Cuts the power at each sync of a run through the real store, and looks what is left, and goes on from there.

    store_powerloss.py SHIM STORE_CYCLE [--documents N] [--people N] [--every K] [--random N] [--resume-every K]
                       [--variants V,..]

Exit 0: nothing that was acknowledged is lost at any cut, and the same run on a disk that does not sync the WAL at a
commit (what synchronous=NORMAL asks for) is caught losing.
"""
import argparse
import itertools
import os
import sys
import tempfile
import time

import store_rig
import image
import rig


def record(args, top):
    folder = os.path.join(top, "state")
    os.mkdir(folder)
    store_rig.prepare(folder, args.people)
    for number in range(args.documents):
        store_rig.drop_document(folder, number, args.people)
    return rig.record(args.shim, folder, os.path.join(top, "journal"), [args.program, folder, "once", "keyed"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shim")
    parser.add_argument("program")
    parser.add_argument("--documents", type=int, default=4)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--random", type=int, default=20)
    parser.add_argument("--resume-every", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variants", default=",".join(image.VARIANTS))
    args = parser.parse_args()
    images = itertools.count()

    def check(folder, acks):
        wrong = store_rig.check_image(folder, acks)
        if wrong is None and next(images) % args.resume_every == 0:
            wrong = store_rig.check_resumed(args.program, folder, args.documents, args.people)
        return wrong

    with tempfile.TemporaryDirectory(prefix="store-powerloss-") as top:
        records = record(args, top)
    syncs = sum(r.kind == "sync" for r in records)
    print(f"{args.documents * args.people} events, {syncs} syncs, {len(records)} records", flush=True)
    begun = time.monotonic()
    outcome = rig.run_cuts(records, check, args.every, args.random, args.seed, args.variants.split(","),
                           say=lambda line: print(line, flush=True))
    rig.report(outcome)
    print(f"{time.monotonic() - begun:.0f} s")
    weak = rig.run_cuts(image.without_wal_syncs(records), store_rig.check_image, every=8, seed=args.seed, variants=("drop",))
    lost = sum("lost" in what for _, _, what in weak.failures)
    print(f"without syncs of the WAL: {lost} of {weak.images} images have lost something")
    if lost == 0:
        print("the rig does not notice a missing sync", file=sys.stderr)
    return 1 if outcome.failures or lost == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
