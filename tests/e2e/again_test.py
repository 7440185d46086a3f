#!/usr/bin/env python3
"""The same report again, a corrected one, and restarts in between."""
import unittest

from hub import Hub
from reports import egn, report, sheet

PEOPLE = 12


class Again(unittest.TestCase):
    def setUp(self):
        self.hub = Hub()
        self.addCleanup(self.hub.close)
        self.hub.subscribe((egn(i), f"p{i}@example.test") for i in range(PEOPLE))

    def drop(self, name, content):
        self.hub.put(name, content)
        counts = self.hub.receipt(name)
        self.assertTrue(self.hub.settled()["balanced"])
        return counts["state"], counts["counts"]["accepted"], counts["counts"]["corrected"], counts["counts"]["duplicates"]

    def restart(self):
        if self.hub.process is not None:
            self.assertEqual(self.hub.stop(), 0)
        self.hub.start()

    def told(self):
        return sorted(m["to"] for m in self.hub.messages())

    def test_what_is_known_is_told_once_whatever_happens_in_between(self):
        first = report(*(sheet(i, i) for i in range(PEOPLE)))
        changed = report(*(sheet(i, i, icd="J20.9" if i in (3, 7) else "I10") for i in range(PEOPLE)))
        everybody = sorted(f"p{i}@example.test" for i in range(PEOPLE))
        self.restart()
        self.assertEqual(self.drop("october.xml", first), ("accepted", PEOPLE, 0, 0))
        self.assertEqual(self.told(), everybody)
        self.restart()
        self.assertEqual(self.drop("october-again.xml", first)[0], "repeat")
        self.assertEqual(self.drop("october-spaced.xml", first + b"\n"), ("accepted", 0, 0, PEOPLE))
        self.assertEqual(self.told(), everybody)
        self.restart()
        self.assertEqual(self.drop("october-corrected.xml", changed), ("accepted", 0, 2, PEOPLE - 2))
        self.assertEqual(self.told(), sorted(everybody + ["p3@example.test", "p7@example.test"]))
        corrected = [e for e in self.hub.look("events") if e["data"]["revision"] == "corrected"]
        self.assertEqual(len(corrected), 2)
        self.assertTrue(all(e["data"]["prior"].startswith("e-1-") for e in corrected))
        self.restart()
        self.assertEqual(self.drop("october-corrected-again.xml", changed + b"\n"), ("accepted", 0, 0, PEOPLE))
        self.assertEqual(self.hub.stop(), 0)
        status = self.hub.look("status")[0]
        self.assertEqual((status["events"], status["documents"]["sealed"], status["people"]), (PEOPLE + 2, 4, PEOPLE))
        self.assertEqual(self.hub.leaks([egn(i) for i in range(PEOPLE)]), [])

    def test_windows_1251_is_the_same_report(self):
        content = [sheet(i, i) for i in range(3)]
        self.restart()
        self.drop("utf-8.xml", report(*content))
        self.assertEqual(self.drop("cp1251.xml", report(*content, encoding="windows-1251")), ("accepted", 0, 0, 3))

    def test_without_room_nothing_is_taken_in(self):
        self.hub.write("vestitel.yaml", f"store: {self.hub.state}\nlimits:\n  free_space: 1024TiB\n")
        self.hub.put("october.xml", report(sheet(1, 1)))
        document = self.hub.root / "october.xml"
        document.write_bytes(report(sheet(1, 1)))
        answer = self.hub.import_(document)
        self.assertEqual(answer.exit, 1, answer)
        self.assertRegex(answer.err, r"taking documents in: \d+ \w+ are free .*limits.free_space")
        self.hub.start()
        self.assertEqual(self.hub.stop(), 0)
        self.assertIn("limits.free_space", self.hub.said[-1])
        self.assertTrue((self.hub.drop / "october.xml").exists())


if __name__ == "__main__":
    unittest.main()
