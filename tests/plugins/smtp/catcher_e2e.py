#!/usr/bin/env python3
"""What catchers of others saw of the sink smtp: aiosmtpd, and npm's smtp-server, which knows REQUIRETLS.

    catcher_e2e.py SINK_RUN SINK NODE NODE_MODULES
"""
import asyncio
import email
import email.policy
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

from aiosmtpd.controller import Controller

from smtp_rig import free_port, kinds, message, plain, settings, sink

NODE, MODULES = sys.argv[3:5]
HERE = pathlib.Path(__file__).parent
MANY = 10_000
BATCH = 32

# What is put into names, subjects, addresses and settings (a line break in each form, ends of commands and of mails).
HOSTILE = ["\r\n", "\n", "\r", "\0", "\u2028", "\r\n ", "\r\n.\r\n", "\n.\n", "<", ">", '"', "\\", ",", ";", ":", "(c)",
           "RCPT TO:<x@y.test>", "\r\nRCPT TO:<x@y.test>\r\n", "\r\nBcc: x@y.test", "Bcc: x@y.test", "DATA", "иван",
           "=?utf-8?Q?=0A?=", "a@b.test", "@", '"a b"', "\u202e", "\u200b", "пример.бг", " ", "😀", "x" * 1000, "%0d%0a"]
GOOD = {"from_name": "НЗОК", "reply_to": "help@example.test", "unsubscribe_url": "https://u.example.test/{id}"}
HEADERS = ["Date", "Message-ID", "From", "Reply-To", "Auto-Submitted", "MIME-Version", "List-Unsubscribe",
           "List-Unsubscribe-Post", "To", "Subject", "Content-Language", "Content-Type", "Content-Transfer-Encoding"]


class Catcher:
    """Keeps what came: what was said in MAIL, to whom, and the mail."""

    def __init__(self):
        self.mails = []

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from, envelope.said = address, options
        return "250 2.1.0 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        return "250 2.0.0 queued as T1"


class WithCatcher(unittest.TestCase):
    def serve(self, handler, **more):
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **more)
        controller.start()
        self.addCleanup(controller.stop)
        return controller


class Fuzz(WithCatcher):
    def hostile(self, base):
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            at = self.random.randint(0, len(base))
            base = base[:at] + self.random.choice(HOSTILE) + base[at:]
        return base

    def test_ten_thousand_names_subjects_and_addresses(self):
        self.random = random.Random(15_09)
        handler = Catcher()
        port = self.serve(handler, enable_SMTPUTF8=True, data_size_limit=None).port
        sent, refused_settings = {}, 0
        for start in range(0, MANY, 500):
            people = [{"to": self.hostile(f"p{n}@b.test"), "title": self.hostile("Ново събитие"),
                       "body": self.hostile("Здравейте"), "locale": "bg", "idem_key": f"k{n}"}
                      for n in range(start, start + 500)]
            more = {"from_name": self.hostile("НЗОК"), "reply_to": self.hostile("help@example.test"), "list_id": "",
                    "unsubscribe_url": self.hostile("https://u.example.test/{id}")}
            batches = [people[i:i + BATCH] for i in range(0, len(people), BATCH)]
            answer = sink(plain(port, **more), batches)
            for _ in GOOD:  # settings that make no mail are named, and nothing is sent with them
                if not answer["error"]:
                    break
                refused_settings += 1
                wrong = answer["field"][1:]
                self.assertIn(wrong, ("", *GOOD), answer["error"])  # "": no settings at all, for a NUL in them
                more |= GOOD if wrong == "" else {wrong: GOOD[wrong]}
                answer = sink(plain(port, **more), batches)
            self.assertEqual(answer["error"], "")
            for person, verdict in zip(people, kinds(answer)):
                self.assertIn(verdict, ("accepted(T1)", "permanent"), ascii(person["to"]))
                sent[person["idem_key"]] = (person, verdict, more)
        accepted = {key for key, (_, verdict, _) in sent.items() if verdict != "permanent"}
        print(f"{len(sent)} messages, {len(accepted)} sent, {refused_settings} settings refused", file=sys.stderr)
        self.assertGreater(len(accepted), MANY // 4)
        self.assertGreater(MANY - len(accepted), MANY // 4)
        self.assertGreater(refused_settings, 5)
        self.assertEqual(len(handler.mails), len(accepted))
        self.check_mails(handler.mails, {sent[key][0]["to"]: sent[key] for key in accepted})

    def check_mails(self, mails, expected):
        """Each has one recipient, one of those that were meant, and the headers that it should have."""
        by_wire = {self.on_the_wire(to): one for to, one in expected.items()}
        seen = set()
        for envelope in mails:
            self.assertEqual(len(envelope.rcpt_tos), 1)
            (to,) = envelope.rcpt_tos
            self.assertNotIn(to, seen)
            seen.add(to)
            person = by_wire[to][0]
            mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
            self.assertEqual(mail.keys(), HEADERS)
            self.assertEqual(dict(mail.raw_items())["To"].encode("utf-8", "surrogateescape").decode(), to)
            self.assertEqual(mail["Subject"], re.sub("[\u200b\u202e]", "", person["title"]))
            wanted = re.sub("\r\n|\r|\n", "\r\n", person["body"] + "\n").encode()
            self.assertIn(mail.get_payload(decode=True), (wanted, wanted[:-2]))

    @staticmethod
    def on_the_wire(address):
        local, domain = address.rsplit("@", 1)
        return local + "@" + (domain if domain.isascii() else domain.encode("idna").decode())


class Utf8(WithCatcher):
    def test_smtputf8_is_asked_for_where_the_address_needs_it_and_nowhere_else(self):
        handler = Catcher()
        port = self.serve(handler, enable_SMTPUTF8=True).port
        sink(plain(port, sessions=1), [[message("иван@b.test"), message("ok@пример.бг"), message("ok@b.test")]])
        said = {m.rcpt_tos[0]: sorted(o.split("=")[0] for o in m.said) for m in handler.mails}
        self.assertEqual(said, {"иван@b.test": ["BODY", "SIZE", "SMTPUTF8"], "ok@xn--e1afmkfd.xn--90ae": ["SIZE"],
                                "ok@b.test": ["SIZE"]})
        self.assertIn("BODY=8BITMIME", handler.mails[0].said)

    def test_an_address_that_the_relay_cannot_take_is_permanent_and_the_others_go_on(self):
        handler = Catcher()
        port = self.serve(handler, enable_SMTPUTF8=False).port
        answer = sink(plain(port, sessions=1), [[message("иван@b.test"), message("ok@пример.бг")]])
        self.assertEqual(kinds(answer), ["permanent", "accepted(T1)"])
        self.assertEqual(answer["begun"], [[False, True]])


class SlowDomain(Catcher):
    """Answers the first mail to slow.test once all others have come."""

    def __init__(self, others):
        super().__init__()
        self.others, self.now, self.most = others, 0, 0
        self.all_there = asyncio.Event()

    async def handle_DATA(self, server, session, envelope):
        slow = envelope.rcpt_tos[0].lower().endswith("@slow.test")
        self.now += slow
        self.most = max(self.most, self.now)
        if slow:
            await asyncio.wait_for(self.all_there.wait(), 20)
        self.now -= slow
        self.mails.append(envelope)
        if sum("slow" not in m.rcpt_tos[0] for m in self.mails) == self.others:
            self.all_there.set()
        return "250 2.0.0 queued as T1"


class Pace(WithCatcher):
    def test_a_slow_domain_has_its_share_of_sessions_and_the_others_go_on(self):
        handler = SlowDomain(20)
        port = self.serve(handler).port
        people = [message(f"p{i}@{'Slow' if i % 2 else 'slow'}.test") for i in range(6)]
        people += [message(f"p{i}@d{i}.test") for i in range(20)]
        answer = sink(plain(port, sessions=4, domain_sessions=2), [people, [message("p9@slow.test")]])
        self.assertEqual(handler.most, 2)
        self.assertEqual(kinds(answer)[6:], ["accepted(T1)"] * 21)  # those of the next call find the domain free again
        for verdict in kinds(answer)[:6]:  # kept back until others ended, or told when to come again
            self.assertRegex(verdict, r"^(accepted\(T1\)|retry\(message,\d+\))$")
        self.assertEqual(kinds(answer)[:2], ["accepted(T1)"] * 2)

    def test_a_domain_over_its_rate_is_told_when_to_come_again_and_the_others_go(self):
        handler = Catcher()
        port = self.serve(handler).port
        people = [message(f"p{i}@{d}.test") for i in range(3) for d in ("a", "b", "A")]
        answer = sink(plain(port, domain_rate="6/h"), [people, [message("p9@a.test"), message("p9@c.test")]])
        first, second = ([v.split(": ")[0] for v in batch] for batch in answer["verdicts"])
        self.assertEqual([v.split("(")[0] for v in first], ["accepted", "accepted"] + ["retry"] * 7)
        waits = [int(re.fullmatch(r"retry\(message,(\d+)\)", v)[1]) for v in first[2:]]
        of_a = [w for w, p in zip(waits, people[2:]) if "@b." not in p["to"]]
        self.assertEqual([round(w / 60_000) for w in of_a], [10, 20, 30, 40, 50])
        self.assertRegex(second[0], r"^retry\(message,\d+\)$")  # it is remembered over calls
        self.assertEqual(second[1], "accepted(T1)")
        self.assertEqual(answer["begun"][0], [True, True] + [False] * 7)
        self.assertEqual([m.rcpt_tos for m in handler.mails], [["p0@a.test"], ["p0@b.test"], ["p9@c.test"]])
        self.assertNotIn("@", " ".join(answer["verdicts"][0]))


class RequireTls(unittest.TestCase):
    def serve(self, hide):
        folder = tempfile.TemporaryDirectory(prefix="vestitel-smtp-")
        self.addCleanup(folder.cleanup)
        key, certificate = folder.name + "/key", folder.name + "/cert"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        server = subprocess.Popen([NODE, HERE / "mail_peers.cjs", MODULES, "requiretls", key, certificate, hide],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.wait, 20)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.stdin.close)
        return server, settings(json.loads(server.stdout.readline()), ca_file=certificate)

    def test_a_relay_that_offers_it_is_held_to_it(self):
        server, to_it = self.serve("no")
        answer = sink(to_it | {"tls_onward": True}, [[message("ok@b.test")]], check=True)
        self.assertEqual((answer["check"], kinds(answer)), ("ok", ["accepted(Q1)"]))
        self.assertEqual(json.loads(server.stdout.readline()), {"requireTLS": True, "to": ["ok@b.test"]})
        sink(to_it, [[message("ok@b.test")]])
        self.assertFalse(json.loads(server.stdout.readline())["requireTLS"])

    def test_a_relay_that_does_not_is_a_matter_of_settings(self):
        _, to_it = self.serve("yes")
        answer = sink(to_it | {"tls_onward": True}, [[message("ok@b.test"), message("p@b.test")]], check=True)
        self.assertEqual(kinds(answer), ["config_error"] * 2)
        self.assertEqual(answer["check_field"], "/tls_onward")
        self.assertIn("REQUIRETLS", answer["check"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=1)
