#!/usr/bin/env python3
"""Cuts the power at each sync of a run of the built hub, from its very first start on, with its drop folder and the
file sink, and starts the hub again on what is left.

    hub_powerloss.py --build DIR [--documents N] [--events N] [--every K] [--random N] [--start-every K] [--seed S]

At each cut: both databases are whole; no transaction is there by half; a document that stood in done/ is sealed; no
document of the partner has vanished; what is settled as delivered stands in the sink's file. At each --start-every-th image the hub is started: everybody is
then told of everything, once. Exit 0: all of it holds, and the same run without the syncs of the WAL is caught losing.
"""
import argparse
import collections
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time

import harness
import kill_harness
import vestitel_hub

sys.path[:0] = [os.path.join(kill_harness.ROOT, "tests", "fault", name) for name in ("powerloss", "store")]
import image  # noqa: E402
import rig  # noqa: E402
import store_rig  # noqa: E402

DELIVERED = 4


def run_hub(hub, expected, environment=None, patience=120):
    """Enrols the people and runs the hub until they have been told and nothing is owed. Returns what is wrong, or
    None."""
    environment = {**os.environ, **(environment or {})}
    first = subprocess.run(hub.first_command(), env=environment, check=False, capture_output=True, text=True)
    if first.returncode != 0:
        return "importing subscriptions: " + first.stderr.strip()
    process = subprocess.Popen(hub.command(), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + patience
        while len(set(hub.all_told())) < sum(expected.values()) or not harness.Run.owes_nothing(hub):
            if time.monotonic() > deadline:
                return f"told {len(hub.all_told())} of {sum(expected.values())} after the start"
            try:
                return f"the hub ended with {process.wait(0.01)}"
            except subprocess.TimeoutExpired:
                pass
    finally:
        process.terminate()
        process.wait()
    return None


def record(args, hub, shim):
    hub.prepare()
    expected = collections.Counter()
    for _ in range(args.documents):
        expected.update(hub.drop(args.events))
    journal = os.path.join(hub.path(), "..", "journal")
    wrong = run_hub(hub, expected, {"LD_PRELOAD": shim, "VESTITEL_POWERLOSS_DIR": hub.folder,
                                    "VESTITEL_POWERLOSS_JOURNAL": journal})
    if wrong:
        raise rig.RigError(wrong)
    records = list(image.read_journal(journal))
    rig.verify(records, hub.folder)
    return with_acks(records), expected


def with_acks(records):
    """A document in done/ is an acknowledgement to the partner, from the moment that it can be seen there."""
    for r in records:
        yield r
        new = r.body.decode("utf-8", "surrogateescape").rpartition("\0")[2] if r.kind == "rename" else ""
        if new.startswith("drop/done/") and new.endswith(".xml"):
            yield image.Record("ack", 0, 0, os.path.basename(new).encode())


class Checker:
    def __init__(self, hub_type, expected, start_every, documents):
        self.hub_type, self.expected, self.start_every = hub_type, expected, start_every
        self.documents = [f"report{i + 1:05}.xml" for i in range(documents)]
        self.count = itertools.count()

    def __call__(self, folder, acks):
        wrong = self.look(folder, acks)
        if wrong is None and self.start_every and next(self.count) % self.start_every == 0:
            wrong = self.start(folder)
        return wrong

    def look(self, folder, acks):
        state = os.path.join(folder, "state")
        if not all(os.path.exists(os.path.join(state, "store", name)) for name in ("vestitel.db", "keys.db")):
            return f"lost: {acks[0]}, no store" if acks else None
        db = store_rig.opened(state, "rw")
        try:
            if not db.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'outbox'").fetchone():
                return f"lost: {acks[0]}, no tables" if acks else None
            sealed = {name for name, in db.execute("SELECT name FROM document WHERE state = 2")}
            settled = {key for key, in db.execute(f"SELECT lower(hex(idem)) FROM outbox WHERE state = {DELIVERED}")}
            missing = sorted(set(acks) - sealed)
            untold = settled - self.hub_type(folder).whole_keys()
            vanished = [name for name in self.documents if not any(
                os.path.exists(os.path.join(folder, "drop", where, name)) for where in ("", "work", "done"))]
            return (store_rig.integrity(db) or store_rig.broken_invariant(db) or
                    (f"lost: {vanished[0]} is in no folder" if vanished else None) or
                    (f"lost: {missing[0]}" if missing else None) or
                    (f"lost: {len(untold)} messages settled as delivered" if untold else None))
        finally:
            db.close()

    def start(self, folder):
        hub = self.hub_type(folder)
        hub.configure()
        wrong = run_hub(hub, self.expected)
        told = collections.Counter(recipient for recipient, _ in hub.all_told())
        keys = [key for _, key in hub.all_told()]
        if wrong is None and len(keys) != len(set(keys)):
            wrong = "told twice"
        if wrong is None and told != self.expected:
            wrong = f"told {len(keys)} of {sum(self.expected.values())}"
        return wrong or hub.books()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--shim")
    parser.add_argument("--documents", type=int, default=3)
    parser.add_argument("--events", type=int, default=60)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--random", type=int, default=20)
    parser.add_argument("--start-every", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    shim = args.shim or os.path.join(args.build, "tests", "fault", "powerloss", "libvestitel_powerloss.so")
    hub_type = type("Hub", (vestitel_hub.FileHub,), kill_harness.binaries(args))
    with tempfile.TemporaryDirectory(prefix="hub-powerloss-") as top:
        folder = os.path.join(top, "hub")
        os.mkdir(folder)
        try:
            records, expected = record(args, hub_type(folder), os.path.abspath(shim))
        except (rig.RigError, harness.HarnessError, image.JournalError) as error:
            print(f"hub_powerloss: {error}", file=sys.stderr)
            return 2
        records = list(records)
        shutil.rmtree(folder)
    print(f"{args.documents * args.events} events, {sum(r.kind == 'sync' for r in records)} syncs", flush=True)
    checker = Checker(hub_type, expected, args.start_every, args.documents)
    outcome = rig.run_cuts(records, checker, args.every, args.random, args.seed,
                           say=lambda line: print(line, flush=True))
    rig.report(outcome)
    weak = rig.run_cuts(image.without_wal_syncs(records), Checker(hub_type, expected, 0, args.documents), every=4, seed=args.seed,
                        variants=("drop",))
    lost = sum("lost" in what for _, _, what in weak.failures)
    print(f"without syncs of the WAL: {lost} of {weak.images} images have lost something")
    return 1 if outcome.failures or lost == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
