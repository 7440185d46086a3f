#!/usr/bin/env python3
"""The built webpush sink, in its sandbox and over the hub's HTTP, against a push service on Node's HTTP/2. What arrives
is decrypted by npm's http_ece, and the tokens are verified by python3-jwt.

    webpush_e2e.py PUSH_RUN TOKEN_RUN SINK RUNNERS NODE MODULES
"""
import base64
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from push_rig import Certificates, Service, run_sink

PUSH_RUN, TOKEN_RUN, SINK, RUNNERS, NODE, MODULES = sys.argv[1:7]
SERVICE = pathlib.Path(__file__).with_name("push_service.mjs")
HOSTS = ["updates.push.services.mozilla.com", "fcm.googleapis.com", "web.push.apple.com"]
TITLE = "НЗОК"
BODY = "Имате ново отчетено събитие.\n„Вижте го“ след вход — \\ \" 😀"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def point(key):
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def scalar(key):
    return key.private_numbers().private_value.to_bytes(32, "big")


class WebPush(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="push-")
        cls.certificates = Certificates(pathlib.Path(cls.folder.name), HOSTS)
        cls.browser, cls.sender = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        cls.auth = base64url(b"0123456789abcdef")
        cls.service = Service(NODE, SERVICE, cls.certificates, MODULES,
                              told={"private": base64url(scalar(cls.browser)), "auth": cls.auth})

    @classmethod
    def tearDownClass(cls):
        cls.service.close()
        cls.folder.cleanup()

    def message(self, what, host=HOSTS[0], key=None, **more):
        to = {"endpoint": f"https://{host}/p/{what}", "expirationTime": None,
              "keys": {"p256dh": base64url(point(self.browser)), "auth": self.auth}}
        return {"to": json.dumps(to), "title": TITLE, "body": BODY, "idem_key": key or f"key-{what}", **more}

    def run_sink(self, batches, port=None, ca=True, key=None, check=False, **settings):
        order = {"settings": {"contact": "mailto:push@example.bg", "service": "", "stand_in": "", "timeout": "2s", **settings},
                 "secrets": {"vapid_key": key or base64url(scalar(self.sender))}, "check": check, "batches": batches,
                 "ca_file": self.certificates.ca if ca else "",
                 "connect_to": [f"{host}:443:127.0.0.1:{port or self.service.port}" for host in HOSTS]}
        for name in ("service", "stand_in"):
            if not order["settings"][name]:
                del order["settings"][name]
        return run_sink(self, [PUSH_RUN, SINK, RUNNERS], order)

    def verdicts(self, *messages, **more):
        return self.run_sink([list(messages)], **more)["verdicts"][0]

    def test_a_browser_reads_what_was_sent(self):
        sent = [self.message("201", host, key=f"key-{host}") for host in HOSTS]
        sent.append(self.message("201", HOSTS[0], key="long", body="ж" * 800))
        verdicts = self.verdicts(*sent)
        self.assertEqual([v["kind"] for v in verdicts], ["accepted"] * 4, verdicts)
        self.assertEqual({v["id"] for v in verdicts}, {"/m/p/201"})
        requests = self.service.told(4)
        self.assertEqual({request["version"] for request in requests}, {"2.0"})
        self.assertEqual({request["size"] for request in requests}, {2048})
        texts = {}
        for request in requests:
            notice = json.loads(request["text"])
            self.assertEqual(set(notice), {"title", "body", "lang", "tag"})
            self.assertEqual((notice["title"], notice["lang"]), (TITLE, "bg"))
            self.assertEqual(notice["tag"], request["headers"]["topic"])
            texts[notice["tag"]] = notice["body"]
        self.assertEqual(sorted(texts.values()), sorted([BODY] * 3 + ["ж" * 800]))

    def test_a_token_is_verified_by_another(self):
        pem = self.sender.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for key in (None, pem):
            self.verdicts(*(self.message("201", host) for host in HOSTS), key=key)
            for request in self.service.told(len(HOSTS)):
                scheme, token, public = request["headers"]["authorization"].split(" ")
                self.assertEqual((scheme, public), ("vapid", "k=" + base64url(point(self.sender))))
                claims = jwt.decode(token.removeprefix("t=").removesuffix(","), self.sender.public_key(), algorithms=["ES256"],
                                    audience="https://" + request["host"], options={"require": ["exp", "aud", "sub"]})
                self.assertEqual(claims["sub"], "mailto:push@example.bg")
                self.assertLess(claims["exp"] - time.time(), 24 * 3600)

    def test_4000_tokens_are_verified_by_another(self):
        done = subprocess.run([TOKEN_RUN, base64url(scalar(self.sender)), "4000"], capture_output=True, text=True, check=True)
        tokens = done.stdout.split()
        self.assertEqual(len(set(tokens)), 4000)
        self.assertEqual({len(token.split(".")[2]) for token in tokens}, {86})
        for n, token in enumerate(tokens):
            claims = jwt.decode(token, self.sender.public_key(), algorithms=["ES256"], audience="https://push.example.net")
            self.assertEqual(claims["exp"], 4_000_000_000 + n)
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(tokens[0], self.browser.public_key(), algorithms=["ES256"], audience="https://push.example.net")

    def test_each_answer_becomes_its_verdict(self):
        rows = {"201": "accepted", "202": "accepted", "400": "permanent", "404": "contact_dead", "410": "contact_dead",
                "413": "permanent", "429+90": "retry", "500": "retry", "503+7": "retry", "302": "permanent", "401": "contact_dead",
                "broken": "unknown", "silent": "unknown"}
        verdicts = dict(zip(rows, self.verdicts(*(self.message(what) for what in rows))))
        self.service.told(len(rows))
        self.assertEqual({what: v["kind"] for what, v in verdicts.items()}, rows)
        self.assertEqual((verdicts["429+90"]["scope"], verdicts["429+90"]["after_ms"]), ("link", 90_000))
        self.assertEqual((verdicts["503+7"]["scope"], verdicts["503+7"]["after_ms"]), ("link", 7_000))
        self.assertTrue(verdicts["410"]["since"])
        for verdict in verdicts.values():
            self.assertTrue(verdict["begun"])
            self.assertNotIn("/p/", verdict["reason"])
            self.assertNotIn(TITLE, verdict["reason"])

    def test_an_answer_that_is_lost_is_unknown_and_a_redirect_is_not_followed(self):
        self.assertEqual([v["kind"] for v in self.verdicts(self.message("cut"))], ["unknown"])
        self.assertEqual([v["kind"] for v in self.verdicts(self.message("307"))], ["permanent"])
        self.assertEqual([request["path"] for request in self.service.told(2)], ["/p/cut", "/p/307"])
        self.assertTrue(self.service.quiet())

    def test_several_refusals_accuse_the_key_and_not_the_addresses(self):
        refused = [self.message("403", key=str(n)) | {"to": self.message(f"{n}/403")["to"]} for n in range(3)]
        self.assertEqual([v["kind"] for v in self.verdicts(*refused)], ["config_error"] * 3)
        self.service.told(3)

    def test_what_never_left_is_a_retry(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        for verdicts in (self.verdicts(self.message("201"), port=port), self.verdicts(self.message("201"), ca=False)):
            self.assertEqual([(v["kind"], v["scope"], v["begun"]) for v in verdicts], [("retry", "link", False)], verdicts)
        self.assertTrue(self.service.quiet())

    def test_a_stranger_is_not_called(self):
        with socket.create_server(("127.0.0.1", 0)) as stranger:
            stranger.setblocking(False)
            hosts = [f"127.0.0.1:{stranger.getsockname()[1]}", f"localhost:{stranger.getsockname()[1]}",
                     f"fcm.googleapis.com:{stranger.getsockname()[1]}", "push.example.test"]
            verdicts = self.verdicts(*(self.message("201", host) for host in hosts))
            self.assertEqual([(v["kind"], v["begun"]) for v in verdicts], [("permanent", False)] * len(hosts), verdicts)
            with self.assertRaises(BlockingIOError):
                stranger.accept()

    def test_a_full_batch_shares_one_token(self):
        verdicts = self.verdicts(*(self.message("201", key=str(n)) for n in range(256)))
        self.assertEqual({v["kind"] for v in verdicts}, {"accepted"})
        requests = self.service.told(256)
        self.assertEqual(len({request["headers"]["authorization"] for request in requests}), 1)
        self.assertEqual(len({request["headers"]["topic"] for request in requests}), 256)
        self.assertEqual({request["text"][:9] for request in requests}, {'{"title":'})

    def test_a_check_reaches_the_services_and_sends_nothing(self):
        self.assertEqual(self.run_sink([], check=True)["check"], "")
        self.assertEqual([request["method"] for request in self.service.told(3)], ["GET"] * 3)
        self.assertNotEqual(self.run_sink([], check=True, ca=False)["check"], "")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
