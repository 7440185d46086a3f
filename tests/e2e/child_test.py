#!/usr/bin/env python3
"""A reader in a process of its own, under the built hub: it works, it may die, and the hub can start nothing else."""
import json
import os
import pathlib
import signal
import unittest

from hub import Hub, wait_until
from reports import report, sheet

IN_CHILD = "home: child\n"


def runners(hub):
    """The runners of a hub, by what its log says, that still live."""
    started = [json.loads(line) for line in hub.log_text().splitlines() if '"runner_started"' in line]
    return [line for line in started if os.path.exists(f"/proc/{line['pid']}")]


class Child(unittest.TestCase):
    def setUp(self):
        self.hub = Hub(reader=IN_CHILD)
        self.addCleanup(self.hub.close)

    def test_a_document_is_read_in_a_sandbox_of_its_own(self):
        self.hub.start()
        self.hub.put("a.xml", report(*(sheet(i, i) for i in range(20))))
        self.assertEqual(self.hub.receipt("a.xml")["counts"]["accepted"], 20)
        [runner] = runners(self.hub)
        for word in ("no-new-privs", "seccomp"):
            self.assertIn(word, runner["sandbox"])
        status = pathlib.Path(f"/proc/{runner['pid']}/status").read_text()
        self.assertIn("Seccomp:\t2", status)
        self.assertIn("NoNewPrivs:\t1", status)
        self.assertEqual(self.hub.stop(), 0)
        wait_until(lambda: not os.path.exists(f"/proc/{runner['pid']}"), "the runner has gone with the hub")

    def test_a_killed_runner_costs_nothing(self):
        self.hub.start()
        self.hub.put("a.xml", report(*(sheet(i, i) for i in range(5))))
        self.assertEqual(self.hub.receipt("a.xml")["counts"]["accepted"], 5)
        [runner] = runners(self.hub)
        os.kill(runner["pid"], signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{runner['pid']}"), "the runner is gone")
        self.hub.put("b.xml", report(*(sheet(i, i) for i in range(7)), practice="2203999002"))
        self.assertEqual(self.hub.receipt("b.xml")["counts"]["accepted"], 7)
        self.assertNotEqual(runners(self.hub)[0]["pid"], runner["pid"])

    def test_the_hub_itself_has_given_up_execve(self):
        self.hub.start()
        status = pathlib.Path(f"/proc/{self.hub.process.pid}/status").read_text()
        self.assertIn("Seccomp:\t2", status)

    def test_an_import_may_use_a_runner_too(self):
        path = self.hub.root / "c.xml"
        path.write_bytes(report(*(sheet(i, i) for i in range(9))))
        answer = self.hub.import_(path)
        self.assertEqual(answer.exit, 0, answer)
        self.assertEqual(answer.rows[0]["accepted"], 9)


if __name__ == "__main__":
    unittest.main()
