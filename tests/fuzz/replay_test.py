#!/usr/bin/env python3
"""What the fuzzer asks of readers, in the ordinary build: each sample and each input that once broke a rule keeps them
all, and each rule is broken by the plugin that was made to break it.

    replay_test.py REPLAY PLUGINS BROKEN CARELESS
"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from readers import HERE, readers

REPLAY, PLUGINS, BROKEN, CARELESS = sys.argv[1:5]
ROWS = HERE.parent / "contract" / "samples" / "rows" / "rows.csv"

# A library of tests/contract/broken, and what is said of it.
BREACHES = {
    "44_beyond_the_heap": "a span lies outside of the heap",
    "44_undeclared_attribute": "is neither in the vocabulary nor among the declared",
}
# The same of a fault of careless/.
FAULTS = {
    "key": "a key holds the number of a person",
    "long": "a key is longer than 128 bytes",
    "reason": "a reason holds a value of the document",
    "words": "set aside for a reason that has no Bulgarian",
    "log": "what is logged holds a value",
    "place": "without its place",
    "cut": "the events depend on how",
    "refusal": "why the document is refused depends",
    "state": "the events depend on how",
}


def replay(library, settings, files):
    """"" where all rules were kept, else what was said."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(settings, file)
        file.flush()
        done = subprocess.run([REPLAY, library, file.name, *files], capture_output=True, text=True, errors="replace",
                              timeout=240)
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"ended with {done.returncode}"


class Replay(unittest.TestCase):
    def test_samples_and_what_was_found_keep_every_rule(self):
        known = readers(PLUGINS)
        self.assertGreaterEqual(len(known), 10)
        for reader in known:
            with self.subTest(reader=reader.name):
                self.assertTrue(reader.samples)
                self.assertEqual(replay(reader.library, reader.settings, [*reader.samples, *reader.regressions]), "")

    def test_what_was_found_belongs_to_a_reader(self):
        folders = {path.name for path in (HERE / "regressions").iterdir()}
        self.assertEqual(folders - {reader.name for reader in readers(PLUGINS)}, set())

    def test_a_batch_that_breaks_the_contract_is_caught(self):
        for library, said in BREACHES.items():
            with self.subTest(library=library):
                self.assertIn(said, replay(Path(BROKEN) / f"{library}.so", {}, [ROWS]))

    def test_a_careless_reader_is_caught(self):
        rows = HERE / "careless" / "rows.csv"
        self.assertEqual(replay(CARELESS, {}, [rows]), "")
        for fault, said in FAULTS.items():
            with self.subTest(fault=fault):
                self.assertIn(said, replay(CARELESS, {"fault": fault}, [rows]))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
