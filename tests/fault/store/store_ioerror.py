#!/usr/bin/env python3
"""Lets the Kth sync of a run through the real store fail, and every later one, for each K: the process must end with 75
at once, nothing that it acknowledged may be untrue, and a new process must go on where it was.

    store_ioerror.py SHIM STORE_CYCLE [--documents N] [--people N] [--every K]
"""
import argparse
import os
import sys
import tempfile

import store_rig
import image
import rig

EXIT_STORAGE = 75


def run(args, top, fail):
    folder, journal = os.path.join(top, "state"), os.path.join(top, "journal")
    os.mkdir(folder)
    store_rig.prepare(folder, args.people)
    for number in range(args.documents):
        store_rig.drop_document(folder, number, args.people)
    environment = {"VESTITEL_POWERLOSS_FAIL": str(fail)} if fail else {}
    records = rig.record(args.shim, folder, journal, [args.program, folder, "once", "keyed"], environment,
                         EXIT_STORAGE if fail else 0)
    return folder, records


def after_failure(args, fail):
    """None, or what is wrong after the Kth sync has failed: with the machine still up, and with a power cut on top."""
    with tempfile.TemporaryDirectory(prefix="store-ioerror-") as top:
        folder, records = run(args, top, fail)
        disk = image.Disk()
        for r in records:
            disk.apply(r)
        cut = os.path.join(top, "cut")
        image.write_image(disk.image("drop", None), cut)
        for where in (folder, cut):
            wrong = (store_rig.check_image(where, disk.acks) or
                     store_rig.check_resumed(args.program, where, args.documents, args.people))
            if wrong:
                return f"sync {fail}: {wrong}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shim")
    parser.add_argument("program")
    parser.add_argument("--documents", type=int, default=2)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--every", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="store-ioerror-") as top:
        syncs = sum(r.kind == "sync" for r in run(args, top, 0)[1])
    # Group commit makes their number vary: the last ones of one run may not come in another.
    tried = range(1, syncs * 2 // 3, args.every)
    wrong = []
    for fail in tried:
        try:
            found = after_failure(args, fail)
        except rig.RigError as error:
            found = f"sync {fail}: {error}"
        wrong += [found] if found else []
    print("\n".join(wrong[:10] + [f"{len(tried)} failing syncs of {syncs}, {len(wrong)} with faults"]))
    return 1 if wrong or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
