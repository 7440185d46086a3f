#!/usr/bin/env python3
"""The kill harness lets a right hub pass and notices each wrong one."""
import collections
import json
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import harness  # noqa: E402

TOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "toy_hub.py")
POINTS = ("t1.before_commit", "t1.after_commit", "delivery.after_send", "t4.before_commit")


class ToyHub(harness.Hub):
    wrong = ""

    def prepare(self):
        for name in ("in", "done", "tmp"):
            os.mkdir(self.path(name))
        self.dropped, self.read = 0, 0

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def command(self):
        return [sys.executable, "-BSE", TOY, self.folder, self.wrong]

    def databases(self):
        return [self.path("toy.db")]

    def drop(self, count):
        self.dropped += 1
        name = f"doc{self.dropped:05}"
        recipients = [f"p{i}" for i in range(count)]
        with open(self.path("tmp", name), "w", encoding="utf-8") as file:
            file.write("\n".join(recipients))
        os.rename(self.path("tmp", name), self.path("in", name))
        return recipients

    def lines(self, start):
        if not os.path.exists(self.path("out.jsonl")):
            return []
        with open(self.path("out.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file.read().splitlines()[start:]]

    def told(self):
        lines = self.lines(self.read)
        self.read += len(lines)
        return [(line["to"], line["key"]) for line in lines]

    def all_told(self):
        return [(line["to"], line["key"]) for line in self.lines(0)]

    def query(self, sql):
        db = sqlite3.connect(f"file:{self.path('toy.db')}?mode=ro", uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def owes(self):
        return len(os.listdir(self.path("in"))) + self.query("SELECT count(*) FROM outbox WHERE state = 1")[0][0]

    def attempts(self):
        return {key: (n, False) for key, n in self.query(
            "SELECT key, (SELECT count(*) FROM attempt WHERE outbox = outbox.id) FROM outbox")}

    def books(self):
        bad = [row for row in self.query("SELECT id FROM outbox WHERE state NOT IN (1, 3)")]
        return f"{len(bad)} rows in no state" if bad else None


def tally_of(wrong="", kills=10, points=POINTS):
    hub = type("Wrong", (ToyHub,), {"wrong": wrong})
    return harness.Run(hub, harness.Plan(kills, events=40, per_round=16, points=points, patience=20)).all()


class Harness(unittest.TestCase):
    def test_a_right_hub_passes_and_is_hit_at_each_point(self):
        tally = tally_of(kills=32)
        self.assertEqual(tally.faults(ToyHub), [])
        self.assertEqual(set(tally.hit), set(POINTS))
        self.assertEqual(tally.random_kills, 16)
        self.assertGreater(tally.events, 300)
        self.assertGreaterEqual(tally.checks, 32)
        self.assertIn("no fault", harness.table(tally, ToyHub))

    def test_a_document_moved_before_its_commit_is_lost(self):
        self.assertGreater(tally_of("early_move", points=("t1.before_commit",)).lost, 0)

    def test_a_document_taken_twice_is_told_under_two_keys(self):
        self.assertGreater(tally_of("no_dedupe", points=("t1.after_commit",)).two_keys, 0)

    def test_a_sink_that_does_not_honour_keys_tells_twice_but_on_record(self):
        tally = tally_of("blind_sink", points=("delivery.after_send",))
        self.assertGreater(tally.told_twice, 0)
        self.assertEqual(tally.repeats_unrecorded, 0)
        self.assertTrue(any("told twice" in fault for fault in tally.faults(ToyHub)))

    def test_repeats_under_new_keys_are_noticed(self):
        self.assertGreater(tally_of("new_keys", points=("t4.before_commit",)).two_keys, 0)

    def test_a_repeat_without_a_record_is_noticed(self):
        run = harness.Run(ToyHub, harness.Plan(1))
        run.count_repeats(collections.Counter({("p", "k"): 2, ("p", "j"): 2}), {"k": (1, False), "j": (2, False)})
        self.assertEqual((run.tally.repeats, run.tally.repeats_unrecorded), (2, 1))

    def test_without_keys_a_repeat_needs_a_kill_to_explain_it_and_none_is_repeated_twice(self):
        plain = type("Plain", (ToyHub,), {"honours_keys": False, "at_risk": 2})
        tally = harness.Tally(random_kills=3, repeats=6, told_twice=6)
        self.assertEqual(tally.faults(plain), [])
        tally.repeats = 7
        self.assertEqual(tally.faults(plain), ["repeats beyond those that kills explain: 1"])
        run = harness.Run(plain, harness.Plan(1))
        run.count_repeats(collections.Counter({("p", "k"): 3}), {"k": (3, False)})
        self.assertEqual(run.tally.faults(plain), ["told more than twice: 1", "repeats beyond those that kills explain: 2"])

    def test_a_damaged_database_is_noticed(self):
        class Damaged(ToyHub):
            def databases(self):
                path = self.path("damaged.db")
                with open(path, "wb") as file:
                    file.write(b"no database" * 1000)
                return [path]
        tally = harness.Run(Damaged, harness.Plan(1, events=5, patience=20)).all()
        self.assertEqual(len(tally.broken), tally.checks)

    def test_a_hub_that_ends_by_itself_stops_the_run(self):
        class Ends(ToyHub):
            def command(self):
                return [sys.executable, "-c", "raise SystemExit(3)"]
        with self.assertRaisesRegex(harness.HarnessError, "ended by itself, exit 3"):
            harness.Run(Ends, harness.Plan(1, events=5)).all()


if __name__ == "__main__":
    unittest.main()
