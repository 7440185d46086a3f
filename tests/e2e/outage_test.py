#!/usr/bin/env python3
"""A relay that is down, hangs or refuses, a disk that is full, a reader of the output that is gone."""
import json
import resource
import socket
import subprocess
import threading
import time
import unittest

from hub import BINARY, FILE_SINK, Hub, wait_until
from reports import egn, report, sheet

SMTP = """id: mail
plugin: smtp
settings:
  host: 127.0.0.1
  port: {port}
  tls: none
  dangerously_allow_plaintext: true
  from: no-reply@example.test
sink:
  channel: email
  retry:
    base: 100ms
    cap: 200ms
"""


class Relay:
    """As much of a mail server as each test asks for: what it answers to RCPT and to the final dot; None: nothing."""
    def __init__(self, rcpt="250 ok", dot="250 ok", port=0):
        self.rcpt, self.dot = rcpt, dot
        self.at_dot = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                peer, _ = self.socket.accept()
                threading.Thread(target=self.serve, args=(peer,), daemon=True).start()
        except OSError:
            return  # closed by the test

    def serve(self, peer):
        try:
            with peer, peer.makefile("rwb", buffering=0) as lines:
                lines.write(b"220 relay\r\n")
                data = False
                for line in lines:
                    answer = "250 ok"
                    if data:
                        if line != b".\r\n":
                            continue
                        data, answer = False, self.dot
                        self.at_dot.set()
                        if answer is None:
                            continue
                    elif line.upper().startswith(b"RCPT"):
                        answer = self.rcpt
                    elif line.upper().startswith(b"DATA"):
                        data, answer = True, "354 go on"
                    lines.write(answer.encode() + b"\r\n")
        except OSError:
            return

    def close(self):
        self.socket.close()


class Outage(unittest.TestCase):
    def hub_with(self, port, limits="free_space: 0\n  free_space_percent: 0"):
        hub = Hub(sinks=(SMTP.format(port=port), FILE_SINK.replace("[email, sms, ", "[sms, ")), limits=limits)
        self.addCleanup(hub.close)
        hub.subscribe([(egn(1), "p1@example.test")])
        hub.start()
        hub.put("october.xml", report(sheet(1, 1)))
        hub.receipt("october.xml")
        return hub

    def logged(self, hub, event):
        return [line for line in map(json.loads, hub.log_text().splitlines()) if line["event"] == event]

    def relay(self, **how):
        relay = Relay(**how)
        self.addCleanup(relay.close)
        return relay

    def test_a_relay_that_is_down_is_in_the_log_and_in_the_status_and_so_is_its_return(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        hub = self.hub_with(port)
        wait_until(lambda: self.logged(hub, "sink_failing"), "the log says that the sink fails")
        standing = wait_until(lambda: [s for s in hub.look("status")[0]["hub"]["sinks"] if s["failing"]], "status says so")
        self.assertEqual([s["sink"] for s in standing], ["mail"])
        self.assertRegex(hub.call("status").out, r"(?m)^sink mail +failing for \d+ s")
        self.relay(port=port)
        hub.settled()
        wait_until(lambda: self.logged(hub, "sink_recovered"), "the log says that the sink works again")
        self.assertEqual(len(self.logged(hub, "sink_failing")), 1)
        self.assertTrue(self.logged(hub, "messages_not_delivered"))
        self.assertEqual(hub.stop(), 0)
        self.assertEqual(hub.leaks([egn(1), "p1@example.test"]), [])
        self.assertEqual(hub.look("status")[0]["hub"], {"running": False})

    def test_a_message_that_the_relay_refuses_is_counted_in_the_log(self):
        hub = self.hub_with(self.relay(rcpt="554 5.7.1 no").port)
        line = wait_until(lambda: self.logged(hub, "messages_not_delivered"), "the log counts it")[0]
        self.assertEqual((line["sink"], line["dead"], line["held"]), ("mail", 1, 0))
        self.assertEqual(hub.stop(), 0)

    def test_a_stop_takes_no_longer_than_the_drain_though_an_answer_never_comes(self):
        relay = self.relay(dot=None)
        hub = self.hub_with(relay.port, limits="free_space: 0\n  free_space_percent: 0\n  drain: 1s")
        self.assertTrue(relay.at_dot.wait(60))
        began = time.monotonic()
        self.assertEqual(hub.stop(), 0)
        self.assertLess(time.monotonic() - began, 4)  # the sink alone once took 5 s beyond the drain
        self.assertEqual([h["verdict"] for h in hub.look("deliveries")[0]["history"]], ["unknown"])


class FullDisk(unittest.TestCase):
    """A limit on the size of files fails a write the way a full disk does: in the middle of a transaction."""
    LIMIT = 600_000

    def setUp(self):
        self.hub = Hub()
        self.addCleanup(self.hub.close)
        self.hub.subscribe([(egn(1), "p1@example.test")])
        self.document = self.hub.root / "october.xml"
        self.document.write_bytes(report(*(sheet(i, i) for i in range(3000))))

    def words(self):
        return [BINARY, "import", self.document, "--source", "amb", "--config", self.hub.config]

    def test_an_import_that_finds_the_disk_full_exits_75(self):
        limit = (self.LIMIT, self.LIMIT)
        done = subprocess.run(self.words(), capture_output=True, text=True, timeout=120, restore_signals=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
        self.assertEqual(done.returncode, 75, done)
        self.assertEqual(subprocess.run(self.words(), capture_output=True, timeout=120).returncode, 0)

    def test_an_import_whose_hub_ends_says_so_and_exits_75(self):
        self.hub.start()
        resource.prlimit(self.hub.process.pid, resource.RLIMIT_FSIZE, (self.LIMIT, self.LIMIT))
        done = subprocess.run(self.words(), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 75, done)
        self.assertIn("the hub ended while it worked; the same command goes on later", done.stderr)
        self.hub.process.wait(60)
        self.hub.process = None

    def test_output_that_goes_nowhere_is_a_failure(self):
        self.assertEqual(subprocess.run(self.words(), capture_output=True, timeout=120).returncode, 0)
        for verb in (["events"], ["status"], ["--help"]):
            with self.subTest(verb=verb), open("/dev/full", "w") as full:
                config = [] if verb == ["--help"] else ["--config", self.hub.config]
                done = subprocess.run([BINARY, *verb, *config], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("standard output takes no more", done.stderr)


if __name__ == "__main__":
    unittest.main()
