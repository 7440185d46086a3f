#!/usr/bin/env python3
"""The built apns sink, in its sandbox and over the hub's HTTP, against a stand-in for APNs on Node's HTTP/2. What arrives
is read by Python's json, and tokens are verified by python3-jwt.

    apns_e2e.py PUSH_RUN SINK RUNNERS NODE
"""
import json
import pathlib
import socket
import sys
import tempfile
import time
import unittest

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from push_rig import Certificates, Service, run_sink

PUSH_RUN, SINK, RUNNERS, NODE = sys.argv[1:5]
SERVICE = pathlib.Path(__file__).with_name("apns_service.mjs")
HOST = "api.push.apple.com"
TITLE = "НЗОК"
BODY = "Имате ново отчетено събитие.\n„Вижте го“ след вход — \\ \" 😀"
SINCE = 1_700_000_000_000

# status, reason, timestamp: verdict, scope, after_ms. What only a `retry` has is None elsewhere.
ROWS = [((200, "", None), ("accepted", None, None))]
ROWS += [((400, reason, None), ("contact_dead", None, None)) for reason in ("BadDeviceToken", "DeviceTokenNotForTopic")]
ROWS += [((400, reason, None), ("permanent", None, None)) for reason in (
    "PayloadEmpty", "BadCollapseId", "BadExpirationDate", "BadMessageId", "BadPriority", "DuplicateHeaders", "InvalidPushType",
    "MissingDeviceToken")]
ROWS += [((400, reason, None), ("config_error", None, None)) for reason in ("BadTopic", "MissingTopic", "TopicDisallowed")]
ROWS += [((403, reason, None), ("config_error", None, None)) for reason in (
    "ExpiredProviderToken", "InvalidProviderToken", "MissingProviderToken", "BadCertificate", "BadCertificateEnvironment",
    "BadEnvironmentKeyInToken", "Forbidden")]
ROWS += [((400, "IdleTimeout", None), ("retry", "link", 0)),
         ((404, "BadPath", None), ("permanent", None, None)),
         ((405, "MethodNotAllowed", None), ("permanent", None, None)),
         ((410, "Unregistered", SINCE), ("contact_dead", None, None)),
         ((410, "ExpiredToken", SINCE), ("contact_dead", None, None)),
         ((413, "PayloadTooLarge", None), ("permanent", None, None)),
         ((429, "TooManyRequests", None), ("retry", "recipient", 0)),
         ((500, "InternalServerError", None), ("retry", "message", 900_000)),
         ((503, "ServiceUnavailable", None), ("retry", "sink", 900_000)),
         ((503, "Shutdown", None), ("retry", "link", 0)),
         ((418, "Unforeseen", None), ("permanent", None, None)),
         ((599, "", None), ("retry", "sink", 0))]
SILENT, CUT, BROKEN = 0xFFFFFFF0, 0xFFFFFFF1, 0xFFFFFFF2


def row_of(verdict):
    is_retry = verdict["kind"] == "retry"
    return (verdict["kind"], verdict["scope"] if is_retry else None, verdict["after_ms"] if is_retry else None)


class Apns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="apns-")
        cls.certificates = Certificates(pathlib.Path(cls.folder.name), [HOST])
        cls.key = ec.generate_private_key(ec.SECP256R1())
        cls.service = Service(NODE, SERVICE, cls.certificates, told=[answer for answer, _ in ROWS])

    @classmethod
    def tearDownClass(cls):
        cls.service.close()
        cls.folder.cleanup()

    def message(self, choice=0, number=0):
        return {"to": f"{number:056x}{choice:08x}", "title": TITLE, "body": BODY, "idem_key": f"{choice}-{number}"}

    def run_sink(self, batches, port=None, ca=True, check=False, **settings):
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        order = {"settings": {"key_id": "ABC123DEFG", "team_id": "DEF123GHIJ", "topic": "bg.example.app", "timeout": "2s", **settings},
                 "secrets": {"auth_key": pem}, "ca_file": self.certificates.ca if ca else "", "check": check,
                 "batches": batches, "connect_to": [f"{HOST}:443:127.0.0.1:{port or self.service.port}"]}
        return run_sink(self, [PUSH_RUN, SINK, RUNNERS], order)

    def verdicts(self, *messages, **more):
        return self.run_sink([list(messages)], **more)["verdicts"][0]

    def test_a_token_is_verified_by_another_and_the_device_gets_the_text(self):
        verdict = self.verdicts(self.message())[0]
        request = self.service.told(1)[0]
        self.assertEqual((verdict["kind"], verdict["id"]), ("accepted", request["headers"]["apns-id"]))
        scheme, token = request["headers"]["authorization"].split(" ")
        self.assertEqual(scheme, "bearer")
        claims = jwt.decode(token, self.key.public_key(), algorithms=["ES256"], options={"require": ["iss", "iat"]})
        self.assertEqual((set(claims), claims["iss"], type(claims["iat"])), ({"iss", "iat"}, "DEF123GHIJ", int))
        self.assertLess(abs(claims["iat"] - time.time()), 60)
        self.assertEqual(jwt.get_unverified_header(token)["kid"], "ABC123DEFG")
        self.assertEqual(json.loads(request["body"]), {"aps": {"alert": {"title": TITLE, "body": BODY}, "sound": "default"}})
        self.assertLessEqual(len(request["headers"]["apns-collapse-id"]), 64)

    def test_each_answer_becomes_its_verdict(self):
        batch = [self.message(choice, 1) for choice in range(len(ROWS))] + [self.message(SILENT), self.message(BROKEN)]
        verdicts = self.verdicts(*batch)
        self.service.told(len(batch))
        self.assertEqual([row_of(verdict) for verdict in verdicts], [row for _, row in ROWS] + [("unknown", None, None)] * 2)
        for verdict in verdicts:
            self.assertTrue(verdict["begun"])
            for personal in ("0000", TITLE, "Unforeseen"):
                self.assertNotIn(personal, verdict["reason"])

    def test_a_full_batch_shares_a_token_and_waits_until_it_is_believed(self):
        batch = [self.message(0, number) for number in range(256)]
        for verdicts in self.run_sink([batch, batch])["verdicts"]:
            self.assertEqual({verdict["kind"] for verdict in verdicts}, {"accepted"})
        requests = self.service.told(512)
        self.assertEqual(len({request["headers"]["authorization"] for request in requests}), 1)
        self.assertEqual(len({request["headers"]["apns-id"] for request in requests}), 256)  # repeats have those of the first
        self.assertEqual([request["early"] for request in requests].count(True), 0)

    def test_an_answer_that_is_lost_is_unknown_and_holds_the_others_back(self):
        verdicts = self.verdicts(self.message(CUT), self.message(0, 1))
        self.assertEqual([(v["kind"], v["begun"]) for v in verdicts], [("unknown", True), ("retry", False)])
        self.service.told(1)
        self.assertTrue(self.service.quiet())

    def test_a_sender_that_is_not_believed_sends_once(self):
        choice = [answer[1] for answer, _ in ROWS].index("InvalidProviderToken")
        verdicts = self.verdicts(*(self.message(choice, number) for number in range(50)))
        self.assertEqual({verdict["kind"] for verdict in verdicts}, {"config_error"})
        self.service.told(1)
        self.assertTrue(self.service.quiet())

    def test_peers_that_are_not_there_or_not_they(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            verdict = self.verdicts(self.message(), port=closed.getsockname()[1])[0]
        self.assertEqual((row_of(verdict), verdict["begun"]), (("retry", "link", 0), False))
        verdict = self.verdicts(self.message(), ca=False)[0]
        self.assertEqual((verdict["kind"], verdict["begun"]), ("config_error", False))
        self.assertTrue(self.service.quiet())

    def test_a_check_is_a_message_to_nobody(self):
        self.assertEqual(self.run_sink([], check=True)["check"], "")
        self.assertEqual(self.service.told(1)[0]["path"], "/3/device/" + "0" * 64)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
