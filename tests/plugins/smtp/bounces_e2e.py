#!/usr/bin/env python3
"""What the built smtp sink hears of its mails: bounces that postfix wrote because a next hop (aiosmtpd) refused them, read from
the Maildir where they arrived and, the same, over IMAP from dovecot. bounces_e2e.py SINK_RUN SINK PUSH_RUN RUNNERS"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

SUPPORT = pathlib.Path(__file__).parents[2] / "support"
sys.path.insert(0, str(SUPPORT))
from dovecot_server import Dovecot, free_ports
from next_hop import next_hop

SINK_RUN, SINK, PUSH_RUN, RUNNERS = sys.argv[1:5]
POSTFIX = SUPPORT / "postfix_relay.py"
PATIENCE = 30
SECRETS = {"bounce_key": "0123456789abcdef-for-tests", "bounces_password": Dovecot.password}


def run(settings, batches=(), secrets=None, **more):
    order = {"settings": settings, "batches": list(batches), "secrets": SECRETS if secrets is None else secrets, **more}
    done = subprocess.run([SINK_RUN, SINK], input=json.dumps(order), capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    answer = json.loads(done.stdout)
    assert answer["breaches"] == [], answer["breaches"]
    return answer


def message(to):
    return {"to": to, "idem_key": "key-" + to, "title": "Ново събитие", "body": "Здравейте"}


class Bounces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        port, = free_ports(1)
        cls.hop = next_hop(port)
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="vestitel-bounces-"))
        cls.dir.chmod(0o755)  # postfix's own user goes through it
        started = subprocess.run([sys.executable, POSTFIX, "start", cls.dir / "p", str(port)], capture_output=True, text=True)
        if started.returncode != 0:
            cls.tearDownClass()
            raise AssertionError(started.stderr)
        cls.server = json.loads(started.stdout)

    @classmethod
    def tearDownClass(cls):
        subprocess.run([sys.executable, POSTFIX, "stop", cls.dir / "p"], check=False)
        cls.dir.rmdir()
        cls.hop.stop()

    def settings(self, box, **more):
        return {"host": "localhost", "port": self.server["port"], "ca_file": self.server["ca_file"], "from": "no-reply@example.test",
                "envelope_from": {"box": "bounce", "imapbox": "imap"}[box] + "+{id}@example.test", **more}

    def folder(self, box):
        return pathlib.Path(self.server["maildir"]).parent / box

    def arrived(self, box, count):
        """Waits until so many reports have come back."""
        deadline = time.monotonic() + PATIENCE
        new = self.folder(box) / "new"
        while len(list(new.iterdir()) if new.exists() else []) < count:
            self.assertLess(time.monotonic(), deadline, f"{count} reports have come back")
            time.sleep(0.05)  # another program's queue gives no other sign

    def accepted(self, settings, people):
        answer = run(settings, [[message(person) for person in people]])
        ids = [re.fullmatch(r"accepted\(([a-z2-7]{50})\)", verdict)[1] for verdict in answer["verdicts"][0]]
        self.assertEqual(len(set(ids)), len(people))
        queued = [line for line in answer["logs"] if "smtp_queued" in line]
        self.assertTrue(all(one in " ".join(queued) for one in ids), queued)
        self.assertRegex(queued[0], r"queue_id=\w+")
        return dict(zip(ids, people))

    def heard(self, answer, people):
        """{person: verdict} without reasons and times."""
        out = {}
        for receipt in answer["receipts"]:
            provider_id, verdict = receipt.split(" ", 1)
            out[people[provider_id].split("@")[0]] = re.match(r"\w+", verdict)[0]
        self.assertNotIn("@", " ".join(answer["receipts"]) + " ".join(answer["logs"]))
        return out

    def round(self, box, reading, **told):
        """Sends to each, waits for what comes back, and reads it."""
        people = self.accepted({**reading, "dsn": "all"}, [name + "@elsewhere.example" for name in told])
        self.arrived(box, len(told))
        answer = run(reading, poll=100, receipts=0)
        self.assertEqual(answer["polled"], "end", answer)
        self.assertEqual(self.heard(answer, people), {name: verdict for name, verdict in told.items() if verdict})
        again = run(reading, poll=100, receipts=0)
        self.assertEqual((again["polled"], again["receipts"]), ("end", []))
        return answer

    EXPECTED = {"gone": "contact_dead", "full": "permanent", "spam": "permanent", "odd": "permanent",
                "fine": None,  # relayed to a next hop that speaks no DSN: nobody knows more
                "late": None}  # delayed

    def test_from_a_maildir(self):
        box = self.folder("box")
        box.mkdir(exist_ok=True)
        for name in ("new", "cur", "tmp"):
            (box / name).mkdir(exist_ok=True)
        subprocess.run(["chown", "-R", "postfix", box], check=True)
        reading = self.settings("box", bounces_maildir=str(box))
        self.assertEqual(run(reading, check=True)["check"], "ok")
        before = int(time.time() * 1e6)
        answer = self.round("box", reading, **self.EXPECTED)
        since, = [int(re.search(r"contact_dead\((\d+)\)", one)[1]) for one in answer["receipts"] if "contact_dead" in one]
        self.assertLess(abs(since - before), 60e6)
        self.assertEqual(list((box / "new").iterdir()), [])
        self.assertTrue(all(one.name.endswith(":2,S") for one in (box / "cur").iterdir()))
        counted = {(re.search(r"outcome=(\w+)", line)[1], re.search(r"count=(\d+)", line)[1])
                   for line in answer["logs"] if "smtp_reports_read" in line}
        self.assertEqual(counted, {("dead", "1"), ("failed", "3"), ("waiting", "2")})
        self.delivered(reading, box)
        self.forged(reading, box)

    def delivered(self, reading, box):
        """A mail to somebody of postfix's own: its report says that it is in the mailbox."""
        people = self.accepted({**reading, "dsn": "all"}, ["p1@example.test"])
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = run(reading, poll=100, receipts=0)
            if answer["receipts"]:
                break
            self.assertLess(time.monotonic(), deadline, "the report has come")
            time.sleep(0.05)
        self.assertEqual(self.heard(answer, people), {"p1": "delivered"})

    def forged(self, reading, box):
        """A real report in which somebody else's guess stands for the mark."""
        real = next(one for one in (box / "cur").iterdir() if b"Status: 5.1.1" in one.read_bytes())
        text = real.read_bytes()
        mark = re.search(rb"bounce\+([a-z2-7]{50})@", text)[1]
        guess = mark[:-1] + (b"a" if mark[-1:] != b"a" else b"b")
        named = re.search(rb"(?im)^message-id: <([a-z2-7]{50})@example", text)[1]
        (box / "new" / "1.forged").write_bytes(text.replace(mark, guess).replace(named, guess))
        answer = run(reading, poll=100, receipts=0)
        self.assertEqual(answer["receipts"], [])
        self.assertIn("unproven", " ".join(answer["logs"]))

    def test_over_imap(self):
        folder = self.folder("imapbox")
        p = pathlib.Path(self.server["ca_file"]).parent
        folder.parent.mkdir(exist_ok=True)
        with Dovecot(folder, p / "server.pem", p / "server.key") as imap:
            reading = self.settings("imapbox", bounces_imap="localhost", bounces_imap_port=imap.tls_port,
                                    bounces_ca_file=self.server["ca_file"], bounces_user=imap.user)
            self.assertEqual(run(reading, check=True)["check"], "ok")
            self.round("imapbox", reading, **self.EXPECTED)
            self.assertTrue(all("S" in one.name.split(":2,")[1] for one in (folder / "cur").iterdir()))
            self.plain_and_moved(reading, imap)
            self.refused(reading, imap)
            self.in_the_sandbox(reading)

    def plain_and_moved(self, reading, imap):
        plain = {**reading, "bounces_imap_port": imap.imap_port, "bounces_imap_tls": "none", "bounces_done_folder": "Read"}
        people = self.accepted(plain, ["gone2@elsewhere.example"])
        self.arrived("imapbox", 1)
        missing = run(plain, poll=100, receipts=0)  # the folder is not there: told, and somebody has to see to it
        self.assertEqual((missing["polled"].split()[0], self.heard(missing, people)), ("/bounces_done_folder", {"gone2": "contact_dead"}))
        read = self.folder("imapbox") / ".Read"
        for name in ("", "new", "cur", "tmp"):
            (read / name).mkdir()
        subprocess.run(["chown", "-R", "postfix", read], check=True)
        people = self.accepted(plain, ["gone3@elsewhere.example"])
        self.arrived("imapbox", 1)
        answer = run(plain, poll=100, receipts=0)
        self.assertEqual((answer["polled"], self.heard(answer, people)), ("end", {"gone3": "contact_dead"}))
        self.assertEqual(len(list((read / "cur").iterdir()) + list((read / "new").iterdir())), 1)

    def in_the_sandbox(self, reading):
        """Where the sink makes no socket, the hub connects it to both servers."""
        def checked(more):
            order = {"settings": {**reading, **more}, "secrets": SECRETS, "check": True}
            done = subprocess.run([PUSH_RUN, SINK, RUNNERS], input=json.dumps(order), capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            return json.loads(done.stdout)["check"]
        self.assertEqual(checked({}), "")
        self.assertIn("does not open this folder", checked({"bounces_folder": "None"}))

    def refused(self, reading, imap):
        wrong = run(reading, secrets={**SECRETS, "bounces_password": "wrong"}, check=True, poll=1)
        self.assertIn("refuses user or password", wrong["check"])
        self.assertIn("refuses user or password", wrong["polled"])
        elsewhere = run({**reading, "bounces_folder": "None"}, check=True)
        self.assertEqual(elsewhere["check_field"], "/bounces_folder")
        no_proof = run({**reading, "bounces_ca_file": ""}, check=True)
        self.assertEqual(no_proof["check_field"], "/bounces_imap")
        self.assertNotIn("wrong", json.dumps(wrong["logs"]))


class Settings(unittest.TestCase):
    def test_they_are_checked_before_anything_is_sent(self):
        base = {"host": "localhost", "port": 25, "tls": "none", "dangerously_allow_plaintext": True, "from": "a@example.test",
                "envelope_from": "bounce+{id}@example.test", "bounces_user": "u"}
        folder = {"bounces_maildir": "/nowhere"}
        server = {"bounces_imap": "imap.example.test"}
        for more, secrets, field in (
                ({**folder, **server}, SECRETS, "/bounces_maildir"),
                ({**folder, "envelope_from": "bounce@example.test"}, SECRETS, "/envelope_from"),
                ({**folder, "envelope_from": ""}, SECRETS, "/envelope_from"),
                ({**folder, "envelope_from": "fifteen-letters{id}@example.test"}, SECRETS, "/envelope_from"),
                (folder, {}, "/bounce_key"),
                (folder, {"bounce_key": "short"}, "/bounce_key"),
                ({**server, "bounces_imap_tls": "none"}, SECRETS, "/bounces_imap_tls"),
                ({**server, "bounces_user": ""}, SECRETS, "/bounces_user"),
                ({**server, "bounces_user": "и"}, SECRETS, "/bounces_user"),
                ({**server, "bounces_folder": "a\r\nb"}, SECRETS, "/bounces_folder"),
                ({**server, "bounces_done_folder": "a\nb"}, SECRETS, "/bounces_done_folder"),
                (server, {"bounce_key": SECRETS["bounce_key"]}, "/bounces_password"),
                ({**server, "bounces_ca_file": "/nowhere"}, SECRETS, "/bounces_ca_file")):
            self.assertEqual(run({**base, **more}, secrets=secrets)["field"], field, more)

    def test_a_maildir_that_is_not_there_is_told_at_each_turn(self):
        settings = {"host": "localhost", "port": 25, "tls": "none", "dangerously_allow_plaintext": True, "from": "a@example.test",
                    "envelope_from": "bounce+{id}@example.test", "bounces_maildir": "/nowhere"}
        self.assertRegex(run(settings, poll=1)["polled"], "^/bounces_maildir opening new/ and cur/")

    def test_without_a_mailbox_a_turn_is_nothing(self):
        settings = {"host": "localhost", "port": 25, "tls": "none", "dangerously_allow_plaintext": True, "from": "a@example.test"}
        answer = run(settings, secrets={}, poll=1, receipts=0)
        self.assertEqual((answer["polled"], answer["receipts"]), ("end", []))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)
