#!/usr/bin/env python3
"""A plugin in a process of its own, under the built hub: it works, it may die, and the hub can start nothing else."""
import json
import os
import pathlib
import signal
import unittest

from hub import FILE_SINK, Hub, wait_until
from reports import egn, report, sheet

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

    def test_the_sink_file_writes_both_forms_from_its_sandbox(self):
        """Into a folder that is there, and which the runner's own user may write to."""
        for form, written in (("jsonl", "messages-*.jsonl"), ("maildir", "new/vestitel.*")):
            with self.subTest(form=form):
                hub = Hub(sinks=(f"{FILE_SINK.replace('outbox', f'outbox{chr(10)}  format: {form}')}{IN_CHILD}",))
                self.addCleanup(hub.close)
                hub.root.chmod(0o755)
                outbox = hub.state / "outbox"
                outbox.mkdir()
                outbox.chmod(0o777)
                hub.subscribe([(egn(i), f"p{i}@example.test") for i in range(5)])
                hub.start()
                hub.put("a.xml", report(*(sheet(i, i) for i in range(5))))
                hub.receipt("a.xml")
                hub.settled()
                self.assertEqual([row["state"] for row in hub.look("deliveries")], ["delivered"] * 5)
                files = list(outbox.glob(written))
                self.assertEqual(len(files), 1 if form == "jsonl" else 5)
                text = "".join(path.read_text() for path in files)
                for i in range(5):
                    self.assertEqual(text.count(f"p{i}@example.test"), 1)
                self.assertEqual(hub.stop(), 0)


if __name__ == "__main__":
    unittest.main()
