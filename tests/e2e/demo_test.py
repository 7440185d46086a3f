#!/usr/bin/env python3
"""`vestitel demo` on the shipped samples, as ./dev demo runs it."""
import csv
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from hub import BINARY
from reports import SAMPLES


def sample_identifiers():
    """Every EGN that is subscribed or stands in a sample, right or wrong."""
    found = {row["id"] for row in csv.DictReader((SAMPLES / "subscriptions.csv").read_text().splitlines())}
    for path in SAMPLES.glob("*.xml"):
        found.update(re.findall(rb"<EGN>(\d+)</EGN>", path.read_bytes()))
    return {value.encode() if isinstance(value, str) else value for value in found}


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="vestitel-demo-")
        cls.state = pathlib.Path(cls.folder.name) / "state"
        cls.done = subprocess.run([BINARY, "demo", "--state", cls.state, "--samples", SAMPLES], capture_output=True,
                                  text=True, timeout=150)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_it_ends_well_and_says_so(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.assertEqual(self.done.stderr, "")
        for words in ("6 sample reports, 6 subscriptions", "the books balance", "2 known already",
                      "1 corrected, 6 known already", "1 new, 3 quarantined", "EGN: its check digit is wrong",
                      "dataAl: is not a day written YYYY-MM-DD", "dataAl: lies in the future",
                      "the document is cut off inside an element", "no subscriber", "turned off", "other payer",
                      "Ново отчетено събитие"):
            self.assertIn(words, self.done.stdout)

    def test_every_place_that_it_names_is_there(self):
        places = re.findall(r"\S*/state/[^\s,]+", self.done.stdout.split("Where to look")[1])
        self.assertEqual(len(places), 4, self.done.stdout)
        for place in places:
            self.assertTrue(pathlib.Path(place).exists(), place)

    def test_each_report_has_its_receipts(self):
        inbox = self.state / "inbox" / "nzok-amblist"
        for report in SAMPLES.glob("*.xml"):
            folder = inbox / ("rejected" if "cut-off" in report.name else "done")
            for name in (report.name, report.name + ".receipt.txt", report.name + ".receipt.json"):
                self.assertTrue((folder / name).exists(), name)

    def test_who_is_subscribed_is_told_and_nobody_else(self):
        lines = [json.loads(line) for path in (self.state / "outbox").glob("*.jsonl")
                 for line in path.read_text().splitlines()]
        self.assertEqual({m["to"] for m in lines}, {"obrazets@example.test", "proba@example.test", "demo-device-1",
                                                    "model@example.test"})
        self.assertEqual(sum(m["to"] == "model@example.test" and "corrected" in m["title"] for m in lines), 1)
        for message in lines:
            self.assertNotRegex(message["body"], r"\A\s|\n\n\n|\{\{")

    def test_no_identifier_stands_anywhere_but_in_the_reports(self):
        wanted = re.compile(b"|".join(sample_identifiers()))
        self.assertGreater(len(sample_identifiers()), 8)
        self.assertIsNone(wanted.search((self.done.stdout + self.done.stderr).encode()))
        for path in self.state.rglob("*"):
            if path.is_file() and path.suffix != ".xml":
                self.assertIsNone(wanted.search(path.read_bytes()), path)

    def test_a_program_can_read_it_too(self):
        with tempfile.TemporaryDirectory(prefix="vestitel-demo-") as state:
            done = subprocess.run([BINARY, "demo", "--json", "--state", state, "--samples", SAMPLES], capture_output=True,
                                  text=True, timeout=150)
        told = json.loads(done.stdout)
        self.assertEqual([d["name"] for d in told["documents"]], sorted(p.name for p in SAMPLES.glob("*.xml")))
        self.assertEqual((len(told["events"]), len(told["quarantined"]), told["books"]["balanced"]), (11, 3, True))


if __name__ == "__main__":
    unittest.main()
