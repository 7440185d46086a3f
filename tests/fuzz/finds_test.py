#!/usr/bin/env python3
"""The fuzzer finds what a careless reader does wrong, from a sample that shows none of it, and keeps the input.

    finds_test.py BUILD
"""
import sys
import tempfile
import unittest
from pathlib import Path

from fuzz import Fuzzing, options_of
from readers import HERE, Reader

BUILD = sys.argv[1]
EXECUTIONS = 100_000


class Finds(unittest.TestCase):
    def found(self, fault, executions=EXECUTIONS):
        """What is in the log of a run, and whether an input was kept; None where nothing was found."""
        with tempfile.TemporaryDirectory(prefix="fuzz-") as work:
            fuzzing = Fuzzing(options_of(["--build", BUILD, "--work", work, "--seed", "1", "--timeout", "1"]))
            reader = Reader("careless", Path(BUILD) / "tests/fuzz/careless.so", {"fault": fault},
                            [HERE / "careless" / "rows.csv"])
            if fuzzing.run(reader, executions)[1]:
                return None
            self.assertTrue(list((Path(work) / "careless" / "findings").iterdir()))
            return (Path(work) / "careless" / "log").read_text(encoding="utf-8")

    def test_nothing_is_found_where_nothing_is(self):
        self.assertIsNone(self.found("none", 2000))

    def test_each_kind_of_harm_is_found(self):
        for fault, said in {"overflow": "heap-buffer-overflow", "leak": "detected memory leaks", "hang": "ERROR: libFuzzer: timeout",
                            "state": "BREACH: the events depend on how"}.items():
            with self.subTest(fault=fault):
                log = self.found(fault)
                self.assertTrue(log and said in log, f"{said} is not in the log of {fault}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
