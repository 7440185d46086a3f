#!/usr/bin/env python3
"""The rig lets the right workload pass and notices each wrong one.  powerloss_test.py SHIM WRITER"""
import os
import sqlite3
import struct
import sys
import tempfile
import unittest

import image
import rig

SHIM, WRITER = sys.argv.pop(1), sys.argv.pop(1)


def check_pairs(folder, acks):
    path = os.path.join(folder, "test.db")
    if not os.path.exists(path):
        return f"{len(acks)} acknowledged, no database" if acks else None
    db = sqlite3.connect(path)
    try:
        if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return "integrity_check"
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name='pair'").fetchone():
            return f"{len(acks)} acknowledged, no table" if acks else None
        halves = dict(db.execute("SELECT n, count(*) FROM pair GROUP BY n"))
    except sqlite3.Error as error:
        return str(error)
    finally:
        db.close()
    lost = [a for a in acks if int(a) not in halves]
    if lost:
        return f"lost {len(lost)} of {len(acks)}"
    return "half a transaction" if any(n != 2 for n in halves.values()) else None


def check_moved(folder, acks):
    for ack in acks:
        path = os.path.join(folder, "done", ack)
        if not os.path.exists(path):
            return f"lost {ack}"
        with open(path, encoding="utf-8") as file:
            if file.read() != ack:
                return f"emptied {ack}"
    return None


class Workloads(unittest.TestCase):
    def records(self, *arguments, folders=()):
        with tempfile.TemporaryDirectory() as top:
            folder = os.path.join(top, "state")
            os.mkdir(folder)
            for name in folders:
                os.mkdir(os.path.join(folder, name))
            what, *rest = arguments
            return rig.record(SHIM, folder, os.path.join(top, "journal"), [WRITER, what, folder, *rest])

    def outcome(self, *arguments, check=check_pairs, folders=()):
        records = self.records(*arguments, folders=folders)
        return rig.run_cuts(records, check, extra=30, seed=7)

    def test_full_survives_every_cut(self):
        outcome = self.outcome("sqlite", "full", "150")
        self.assertGreater(outcome.cuts, 150)
        self.assertGreater(outcome.images, 3 * outcome.cuts)
        self.assertEqual(outcome.failures, [])

    def test_normal_loses_what_it_acknowledged(self):
        outcome = self.outcome("sqlite", "normal", "150")
        self.assertTrue([f for f in outcome.failures if "lost" in f[2]], outcome)

    def test_an_ack_before_the_commit_is_noticed(self):
        outcome = self.outcome("sqlite", "full", "30", "early")
        self.assertTrue([f for f in outcome.failures if "lost" in f[2]], outcome)

    def test_a_moved_file_survives_when_its_folder_is_synced(self):
        outcome = self.outcome("move", "synced", "20", check=check_moved, folders=("in", "done"))
        self.assertEqual(outcome.failures, [])

    def test_a_missing_sync_of_the_folder_is_noticed(self):
        outcome = self.outcome("move", "unsynced", "20", check=check_moved, folders=("in", "done"))
        self.assertTrue([f for f in outcome.failures if "lost" in f[2]], outcome)

    def test_what_the_shim_cannot_follow_stops_the_rig(self):
        with self.assertRaisesRegex(rig.RigError, "writable shared mapping"):
            self.records("stray", "mmap")
        with self.assertRaisesRegex(rig.RigError, "changed unseen by the shim: stray"):
            self.records("stray", "stdio")

    def test_a_failing_sync_fails_from_then_on(self):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
            journal = os.path.join(other, "journal")
            rig.record(SHIM, folder, journal, [WRITER, "sqlite", folder, "full", "30"],
                       {"VESTITEL_POWERLOSS_FAIL": "12"}, expect=1)


class Images(unittest.TestCase):
    """The rules of image.py, record by record. Inodes: 1 the root, 2 in, 3 done, 9 a file."""

    def setUp(self):
        self.disk = image.Disk()
        for inode, name in ((1, ""), (2, "in"), (3, "done")):
            self.say("base_folder", inode, name)

    def say(self, kind, inode=0, body="", offset=0):
        body = body.encode() if isinstance(body, str) else body
        self.disk.apply(image.Record(kind, inode, offset, body))

    def files(self, variant, seed=1):
        made = self.disk.image(variant, image.seeded(seed, 0, variant))
        return {name: content.bytes() for name, content in made.items() if content is not None}

    def test_bytes_last_from_the_sync_of_the_file_and_names_from_that_of_the_folder(self):
        self.say("create", 9, "in/a")
        self.say("write", 9, "one")
        self.say("sync", 9)
        self.assertEqual(self.files("drop"), {})
        self.assertEqual(self.files("keep"), {"in/a": b"one"})
        self.say("sync", 2)
        self.say("write", 9, "two", 3)
        self.assertEqual(self.files("drop"), {"in/a": b"one"})
        self.assertEqual(self.files("keep"), {"in/a": b"onetwo"})

    def test_a_name_can_outlive_the_bytes(self):
        self.say("create", 9, "in/a")
        self.say("write", 9, "one")
        self.say("sync", 2)
        self.assertEqual(self.files("drop"), {"in/a": b""})

    def test_a_rename_lasts_from_the_sync_of_where_it_went(self):
        self.say("base_file", 9, "in/aone", 4)
        self.say("rename", 0, "in/a\0done/a")
        self.say("sync", 2)
        self.assertEqual(self.files("drop"), {"in/a": b"one"})
        self.say("sync", 3)
        self.assertEqual(self.files("drop"), {"done/a": b"one"})

    def test_a_rename_that_lasts_takes_the_create_before_it_along(self):
        self.say("create", 9, "in/a")
        self.say("rename", 0, "in/a\0done/a")
        self.say("sync", 3)
        self.assertEqual(self.files("drop"), {"done/a": b""})
        self.say("sync", 2)
        self.assertEqual(self.files("drop"), {"done/a": b""})

    def test_an_unlinked_file_comes_back_and_a_replaced_one_too(self):
        self.say("base_file", 9, "in/aone", 4)
        self.say("unlink", 0, "in/a")
        self.say("create", 9, "in/a")
        self.say("write", 9, "two")
        self.assertEqual(self.files("drop"), {"in/a": b"one"})
        self.assertEqual(self.files("keep"), {"in/a": b"two"})
        self.say("sync", 2)
        self.assertEqual(self.files("drop"), {"in/a": b""})

    def test_a_folder_that_is_not_durable_takes_its_files_along(self):
        self.say("mkdir", 4, "new")
        self.say("create", 9, "new/a")
        self.say("sync", 4)
        self.assertEqual(self.files("drop"), {})
        self.say("sync", 1)
        self.assertEqual(self.files("drop"), {"new/a": b""})

    def test_scatter_keeps_whole_sectors_and_not_always_the_same(self):
        self.say("base_file", 9, b"in/a" + bytes(8192), 4)
        self.say("write", 9, b"x" * 8192)
        seen = set()
        for seed in range(40):
            content = self.files("scatter", seed)["in/a"]
            halves = [content[i:i + 512] for i in range(0, 8192, 512)]
            self.assertTrue(all(h in (bytes(512), b"x" * 512) for h in halves))
            seen.add(content)
        self.assertGreater(len(seen), 20)

    def test_torn_cuts_one_write_at_a_sector_and_damages_nothing_else(self):
        self.say("base_file", 9, b"in/a" + b"o" * 4096, 4)
        self.say("write", 9, b"x" * 2048, 1024)
        seen = set()
        for seed in range(60):
            content = self.files("torn", seed)["in/a"]
            self.assertEqual((content[:1024], content[3072:]), (b"o" * 1024, b"o" * 1024))
            seen.add(content[1024:3072])
        rests = {(n, rest) for n in range(5) for rest in (b"o", b"\0")}
        allowed = {b"x" * (512 * n) + rest * (2048 - 512 * n) for n, rest in rests}
        self.assertTrue(seen <= allowed)
        self.assertGreater(len(seen), 5)

    def test_a_volatile_truncation_is_lost_or_kept(self):
        self.say("base_file", 9, "in/aabcdef", 4)
        self.say("truncate", 9, offset=2)
        self.assertEqual((self.files("drop"), self.files("keep")), ({"in/a": b"abcdef"}, {"in/a": b"ab"}))

    def test_a_journal_that_ends_in_the_middle_of_a_record_ends_before_it(self):
        with tempfile.NamedTemporaryFile() as file:
            whole = struct.pack("<IHHQQqQ", image.MAGIC, 11, 0, 0, 0, 0, 2) + b"42"
            file.write(whole + whole[:-1])
            file.flush()
            self.assertEqual([r.body for r in image.read_journal(file.name)], [b"42"])


if __name__ == "__main__":
    unittest.main()
