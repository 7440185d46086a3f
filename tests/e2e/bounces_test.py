#!/usr/bin/env python3
"""From a dropped report to a mail that a relay takes and that comes back: the hub knows it, uses the dead address no more, and
tells on the next channel."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from hub import FILE_SINK, Hub, wait_until
from reports import REPOSITORY, egn, report, sheet

SUPPORT = REPOSITORY / "tests" / "support"
sys.path.insert(0, str(SUPPORT))
from dovecot_server import Dovecot, free_ports
from next_hop import next_hop

FILE_FOR_THE_REST = FILE_SINK.replace("email, ", "")
MAIL = """id: mail
plugin: smtp
home: {home}
settings:
  host: localhost
  port: {port}
  ca_file: {ca_file}
  from: no-reply@example.test
  envelope_from: {box}+{{id}}@example.test
  dsn: all
  bounce_key: ${{file:{key}}}
{mailbox}
sink:
  channel: email
  receipts: 1h
  receipts_every: 1s
"""
MAILDIR = "  bounces_maildir: {maildir}"
IMAP = """  bounces_imap: localhost
  bounces_imap_port: {port}
  bounces_ca_file: {ca_file}
  bounces_user: {user}
  bounces_password: ${{file:{password}}}"""
PEOPLE = ("gone0@elsewhere.example", "fine1@elsewhere.example", "p2@example.test", "full3@elsewhere.example")


class Bounces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        hop_port, = free_ports(1)
        hop = next_hop(hop_port)
        cls.addClassCleanup(hop.stop)
        folder = tempfile.TemporaryDirectory(prefix="vestitel-postfix-")
        cls.addClassCleanup(folder.cleanup)
        pathlib.Path(folder.name).chmod(0o755)  # postfix works as a user of its own
        cls.place = pathlib.Path(folder.name) / "postfix"
        postfix = [sys.executable, "-B", SUPPORT / "postfix_relay.py"]
        cls.addClassCleanup(subprocess.run, [*postfix, "stop", cls.place], check=True, timeout=150)
        started = subprocess.run([*postfix, "start", cls.place, str(hop_port)], capture_output=True, text=True, timeout=150)
        if started.returncode != 0:
            raise AssertionError(started.stdout + started.stderr)
        cls.server = json.loads(started.stdout)

    def folder(self, box):
        path = pathlib.Path(self.server["maildir"]).parent / box
        for name in ("", "new", "cur", "tmp"):
            (path / name).mkdir(exist_ok=True)
        subprocess.run(["chown", "-R", "postfix", path], check=True)
        return path

    def hub(self, home, box, mailbox, password="", **values):
        hub = Hub(sinks=(FILE_FOR_THE_REST,))
        self.addCleanup(hub.close)
        hub.root.chmod(0o755)
        key = hub.secret("key", "0123456789abcdef-for-tests\n")
        mailbox = mailbox.format(password=hub.secret("password", password + "\n"), **values)
        hub.write("plugins.d/mail.yaml", MAIL.format(home=home, box=box, key=key, port=self.server["port"],
                                                     ca_file=self.server["ca_file"], mailbox=mailbox))
        routes = (hub.config / "routes.yaml").read_text()
        hub.write("routes.yaml", routes.replace("    template: default", "    fallback: [email, sms]\n    template: default"))
        hub.subscribe([(egn(i), address) for i, address in enumerate(PEOPLE)])
        hub.subscribe([(egn(i), f"+35988800000{i}") for i in range(len(PEOPLE))], channel="sms")
        checked = hub.call("check", "--connect")
        self.assertEqual(checked.exit, 0, checked)
        hub.start()
        return hub

    @staticmethod
    def tell(hub, name, first=0):
        hub.put(name, report(*(sheet(first + i, i) for i in range(len(PEOPLE)))))
        hub.receipt(name)

    def states(self, hub, expected):
        def now():
            return sorted(row["state"] for row in hub.look("deliveries") if row["sink"] == "mail")
        wait_until(lambda: now() == sorted(expected), f"the mails are {expected}")

    def story(self, hub):
        self.tell(hub, "october.xml")
        # Who is gone and whose mailbox is full, who was delivered to, and of whom the next server says no more.
        self.states(hub, ["dead", "dead", "delivered", "accepted"])
        told = wait_until(lambda: len(hub.messages()) == 2 and hub.messages(), "those who were not reached are told")
        self.assertEqual(sorted(message["to"] for message in told), ["+359888000000", "+359888000003"])
        self.tell(hub, "november.xml", first=10)
        # The dead address is not tried again; the full mailbox is.
        self.states(hub, ["dead", "dead", "delivered", "accepted"] + ["dead", "delivered", "accepted"])
        wait_until(lambda: len(hub.messages()) == 4, "they are told again")
        explained = hub.call("explain", "-", given=egn(0) + "\n").out
        self.assertIn("contact_dead", explained)
        self.assertIn("came back with 5.1.1: no such address", explained)
        self.assertTrue(hub.settled()["balanced"])
        self.assertIn("smtp_queued", hub.log_text())
        self.assertEqual(hub.stop(), 0)
        self.assertEqual(hub.leaks([egn(i) for i in range(len(PEOPLE))] + list(PEOPLE)), [])

    def test_bounces_in_a_maildir(self):
        box = self.folder("box")
        self.story(self.hub("in-process", "bounce", MAILDIR, maildir=box))
        self.assertEqual(list((box / "new").iterdir()), [])

    def test_bounces_over_imap_in_the_sandbox(self):
        files = pathlib.Path(self.server["ca_file"]).parent
        with Dovecot(self.folder("imapbox"), files / "server.pem", files / "server.key") as imap:
            self.story(self.hub("child", "imap", IMAP, password=imap.password, user=imap.user, port=imap.tls_port,
                                ca_file=self.server["ca_file"]))


if __name__ == "__main__":
    unittest.main()
