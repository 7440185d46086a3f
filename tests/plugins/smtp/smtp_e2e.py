#!/usr/bin/env python3
"""The built smtp sink against servers that the project did not write: postfix and aiosmtpd. smtp_e2e.py SINK_RUN SINK"""
import base64
import json
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from smtp_rig import BODY, SUBJECT, PostfixCase, free_port, kinds, message, plain, settings, sink, wait_for

HEADERS = ["Date", "Message-ID", "From", "List-Id", "Auto-Submitted", "MIME-Version", "To", "Subject",
           "Content-Language", "Content-Type", "Content-Transfer-Encoding"]


def words_of(raw_header):
    """Each encoded word decoded by itself: a word that cuts a character fails here."""
    out = ""
    for charset, text in re.findall(r"=\?([^?]+)\?B\?([^?]*)\?=", raw_header):
        out += base64.b64decode(text).decode(charset)
    return out


class Postfix(PostfixCase):
    def test_check_goes_through_tls_and_sends_nothing(self):
        self.assertEqual(sink(self.tls(), [], check=True)["check"], "ok")

    def test_a_message_arrives_word_by_word(self):
        answer = sink(self.tls(), [[message("p-words@example.test", body_html="<p>а</p>")]])
        self.assertRegex(answer["verdicts"][0][0], r"^accepted\([0-9A-Za-z]+\)$")
        wait_for(lambda: self.arrived("p-words@example.test"), "the mail")
        (mail,) = self.arrived("p-words@example.test")
        raw = dict((k, v) for k, v in mail.raw_items())
        self.assertEqual(words_of(raw["Subject"]), SUBJECT)
        self.assertEqual(words_of(raw["From"]), "НЗОК Вестител")
        self.assertEqual(mail["Subject"], SUBJECT)
        self.assertEqual(mail.get_content_type(), "multipart/alternative")
        text, html = mail.iter_parts()
        self.assertEqual(text.get_content().replace("\r\n", "\n"), BODY)
        self.assertEqual(html.get_content().strip(), "<p>а</p>")
        self.assertRegex(mail["Return-Path"], r"^<bounce\+[0-9a-f]{32}@example\.test>$")
        self.assertIn("with ESMTPS", mail.get_all("Received")[0])

    def test_many_messages_over_warm_sessions_each_once(self):
        people = [f"p-many{i}@example.test" for i in range(200)]
        batches = [[message(p) for p in people[i:i + 25]] for i in range(0, 200, 25)]
        answer = sink(self.tls(), batches)
        self.assertEqual({k[:8] for k in kinds(answer)}, {"accepted"})
        self.assertTrue(all(all(b) for b in answer["begun"]))
        print(f"postfix: {200 / sum(answer['seconds']):.0f} messages/s over STARTTLS", file=sys.stderr)
        new = pathlib.Path(self.server["maildir"]) / "new"
        wait_for(lambda: sum(b"p-many" in f.read_bytes() for f in new.iterdir()) >= 200, "200 mails")
        for person in (people[0], people[199]):
            (mail,) = self.arrived(person)
            ours = [k for k in mail.keys() if k not in ("Return-Path", "X-Original-To", "Delivered-To", "Received")]
            self.assertEqual(ours, HEADERS)

    def test_a_repeat_keeps_its_message_id(self):
        for _ in range(2):
            sink(self.tls(), [[message("p-twice@example.test", key="same")]])
        wait_for(lambda: len(self.arrived("p-twice@example.test")) == 2, "both mails")
        first, second = self.arrived("p-twice@example.test")
        self.assertEqual(first["Message-ID"], second["Message-ID"])

    def test_refusals_have_their_verdicts_and_leave_the_others_alone(self):
        names = ["bad", "p-a", "grey", "full", "p-b", "nobody"]
        answer = sink(self.tls(sessions=1), [[message(f"{n}@example.test") for n in names]])
        got = kinds(answer)
        self.assertRegex(got[0], r"^contact_dead\(\d+\)$")
        self.assertEqual(got[2:4], ["retry(recipient,300000)", "retry(recipient,7200000)"])
        self.assertRegex(got[1] + got[4], r"^accepted\(\w+\)accepted\(\w+\)$")
        self.assertRegex(got[5], r"^contact_dead")  # postfix: 550 5.1.1 User unknown in virtual mailbox table
        self.assertEqual(answer["begun"][0], [False, True, False, False, True, False])
        self.assertNotIn("@", " ".join(answer["verdicts"][0]))

    def test_a_certificate_that_proves_nothing_stops_the_sink(self):
        for more in ({"server_name": "mx.other.test"}, {"ca_file": self.dir + "/p/server.pem"}):
            answer = sink(self.tls(**more), [[message("p-never@example.test")]], check=True)
            self.assertEqual(kinds(answer), ["config_error"], more)
            self.assertEqual(answer["check_field"], "/tls")
        self.assertEqual(self.arrived("p-never@example.test"), [])

    def test_an_injected_recipient_reaches_nobody(self):
        hostile = ["p-x@example.test>\r\nRCPT TO:<p-y@example.test", "p-x@example.test\nBcc: p-y@example.test",
                   "p-x@example.test, p-y@example.test", "<p-x@example.test>"]
        answer = sink(self.tls(), [[message(h) for h in hostile] + [message("p-z@example.test", title="a\r\nBcc: b")]])
        self.assertEqual(kinds(answer), ["permanent"] * 5)


class Handler:
    ANSWERS = {"bad": "550 5.1.1 no such user", "relay": "554 5.7.1 denied", "odd": "550 5.1.3 bad address",
               "busy": "452 4.3.1 no space", "text": "550 No such user here", "wait": "450 try again in 90 seconds"}

    def __init__(self):
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.ANSWERS.get(address.split("@")[0])
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        if envelope.rcpt_tos[0].startswith("spam"):
            return "550 5.7.26 not aligned"
        return "250 2.0.0 queued as T1"


class Aiosmtpd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="vestitel-smtp-")
        d = cls.dir.name
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", d + "/key", "-out", d + "/cert", "-days", "1", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def serve(self, **more):
        handler = Handler()
        controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **more)
        controller.start()
        self.addCleanup(controller.stop)
        return handler, controller.port

    def tls_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.dir.name + "/cert", self.dir.name + "/key")
        return context

    def test_each_refusal_has_its_verdict(self):
        handler, port = self.serve()
        names = ["bad", "relay", "odd", "busy", "text", "wait", "spam", "ok"]
        answer = sink(plain(port, sessions=1), [[message(n + "@b.test") for n in names]])
        self.assertEqual([re.sub(r"\d{10,}", "N", k) for k in kinds(answer)],
                         ["contact_dead(N)", "permanent", "permanent", "retry(sink,300000)", "permanent",
                          "retry(message,90000)", "permanent", "accepted(T1)"])
        self.assertEqual([m.rcpt_tos for m in handler.mails], [["spam@b.test"], ["ok@b.test"]])

    def test_login_over_tls_only(self):
        def authenticate(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == (b"hub", b"secret")
            return AuthResult(success=good, handled=False)

        for exclude in (["LOGIN"], ["PLAIN"]):
            handler, port = self.serve(tls_context=self.tls_context(), authenticator=authenticate, auth_required=True,
                                       auth_exclude_mechanism=exclude)
            how = dict(user="hub", ca_file=self.dir.name + "/cert")
            good = sink(settings(port, **how), [[message("ok@b.test")]], {"password": "secret"}, check=True)
            self.assertEqual((kinds(good), good["check"]), (["accepted(T1)"], "ok"))
            self.assertEqual(len(handler.mails), 1)
            bad = sink(settings(port, **how), [[message("ok@b.test")]], {"password": "wrong"}, check=True)
            self.assertEqual(kinds(bad), ["config_error"])
            self.assertNotIn("wrong", json.dumps(bad))
            none = sink(settings(port, ca_file=how["ca_file"]), [[message("ok@b.test")]])
            self.assertEqual(kinds(none), ["config_error"])  # 530: authentication required

    def test_an_address_that_needs_smtputf8(self):
        handler, port = self.serve(enable_SMTPUTF8=True)
        self.assertEqual(kinds(sink(plain(port), [[message("иван@b.test")]])), ["accepted(T1)"])
        self.assertEqual(handler.mails[0].rcpt_tos, ["иван@b.test"])
        _, old = self.serve(enable_SMTPUTF8=False)
        self.assertEqual(kinds(sink(plain(old), [[message("иван@b.test")]])), ["permanent"])

    def test_a_domain_of_other_letters_travels_in_a_labels(self):
        handler, port = self.serve()
        sink(plain(port), [[message("ok@пример.бг")]])
        self.assertEqual(handler.mails[0].rcpt_tos, ["ok@xn--e1afmkfd.xn--90ae"])

    def test_implicit_tls(self):
        with RawServer([b"220 a\r\n", b"250 a\r\n", b"221 bye\r\n"], tls=self.tls_context()) as server:
            answer = sink(settings(server.port, tls="implicit", ca_file=self.dir.name + "/cert"), [], check=True)
        self.assertEqual(answer["check"], "ok")

    def test_plaintext_where_tls_is_required(self):
        _, port = self.serve()
        answer = sink(settings(port), [[message("ok@b.test")]], check=True)
        self.assertEqual(kinds(answer), ["config_error"])

    def test_settings_are_checked_before_anything_is_sent(self):
        for more, field in (({"tls": "none"}, "/tls"), ({"from": "x"}, "/from"), ({"helo": "a b"}, "/helo"),
                            ({"envelope_from": "a b@c"}, "/envelope_from"), ({"user": "u"}, "/password"),
                            ({"ca_file": "/nowhere"}, "/ca_file"), ({"dot_timeout": "11m"}, "/dot_timeout"),
                            ({"tls": "none", "dangerously_allow_plaintext": True, "user": "u"}, "/user")):
            self.assertEqual(sink(settings(25, **more), [])["field"], field)


class RawServer:
    """Answers each line of one connection with the next of `answers`; then does as `end` says."""

    def __init__(self, answers, end="close", tls=None):
        self.answers, self.end, self.tls = answers, end, tls
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.seen = b""
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(20)
        self.socket.close()

    def run(self):
        try:
            self.socket.settimeout(20)
            connection, _ = self.socket.accept()
            connection.settimeout(20)
            with connection:
                if self.tls:
                    with self.tls.wrap_socket(connection, server_side=True) as secure:
                        self.talk(secure)
                else:
                    self.talk(connection)
        except OSError:
            pass  # the other side has hung up

    def talk(self, connection):
        file = connection.makefile("rwb")
        in_data = False
        for answer in self.answers:
            file.write(answer)
            file.flush()
            in_data = in_data or answer.startswith(b"354")
            line = file.readline()
            while in_data and line not in (b".\r\n", b""):
                line = file.readline()
            self.seen += line
            in_data = False
        if self.end == "hold":
            file.readline()  # until the other side hangs up


class Broken(unittest.TestCase):
    """Peers that break the dialogue where no library would."""

    UP_TO_DOT = [b"220 a\r\n", b"250 a\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"]

    def one(self, answers, end="close", **more):
        with RawServer(answers, end) as server:
            answer = sink(plain(server.port, sessions=1, **more), [[message("ok@b.test")]])
        return answer["verdicts"][0][0].split(": ")[0], answer["begun"][0][0]

    def test_hangs_up_behind_the_dot(self):
        self.assertEqual(self.one(self.UP_TO_DOT), ("unknown", True))

    def test_never_answers_the_dot(self):
        self.assertEqual(self.one(self.UP_TO_DOT, "hold", dot_timeout="300ms"), ("unknown", True))

    def test_nonsense_behind_the_dot(self):
        self.assertEqual(self.one(self.UP_TO_DOT + [b"hello\r\n"]), ("unknown", True))

    def test_hangs_up_at_every_step_before_the_dot(self):
        for n in range(len(self.UP_TO_DOT)):
            self.assertEqual(self.one(self.UP_TO_DOT[:n]), ("retry(link,0)", False), n)

    def test_a_banner_that_never_comes(self):
        self.assertEqual(self.one([], "hold", reply_timeout="300ms"), ("retry(link,0)", False))

    def test_a_flood_instead_of_an_answer(self):
        self.assertEqual(self.one([b"220-" + b"x" * 200_000]), ("retry(link,0)", False))

    def test_plaintext_injected_behind_starttls(self):
        answers = [b"220 a\r\n", b"250-a\r\n250 STARTTLS\r\n", b"220 go\r\n250-a\r\n250 AUTH PLAIN\r\n"]
        with RawServer(answers) as server:
            answer = sink(settings(server.port, sessions=1, user="hub"), [[message("ok@b.test")]], {"password": "pw"})
        self.assertEqual(kinds(answer), ["retry(link,0)"])
        self.assertNotIn(b"AUTH", server.seen)

    def test_nobody_listens(self):
        answer = sink(plain(free_port()), [[message("ok@b.test"), message("p@b.test")]], check=True)
        self.assertEqual(kinds(answer), ["retry(link,0)"] * 2)
        self.assertIn("connect", answer["check"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
