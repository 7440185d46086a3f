#!/usr/bin/env python3
"""The built fcm sink, in its sandbox and over the hub's HTTP, against a stand-in for FCM and its token endpoint on Node's
HTTP/2. What arrives is read by Python's json, and assertions are verified by python3-jwt.

    fcm_e2e.py PUSH_RUN SINK RUNNERS NODE
"""
import json
import pathlib
import socket
import sys
import tempfile
import time
import unittest
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from push_rig import Certificates, Service, run_sink

PUSH_RUN, SINK, RUNNERS, NODE = sys.argv[1:5]
SERVICE = pathlib.Path(__file__).with_name("fcm_service.mjs")
FCM, TOKENS = "fcm.googleapis.com", "oauth2.googleapis.com"
MAIL = "sender@example-project.iam.gserviceaccount.com"
TITLE = "НЗОК"
BODY = "Имате ново отчетено събитие.\n„Вижте го“ след вход — \\ \" 😀"

# KIND: verdict, scope, after_ms. What only a `retry` has is None elsewhere.
ROWS = {
    "ok": ("accepted", None, None),
    "flood": ("accepted", None, None),
    "other_field": ("permanent", None, None),
    "token_field": ("contact_dead", None, None),
    "token_text": ("contact_dead", None, None),
    "argument": ("permanent", None, None),
    "third_party": ("config_error", None, None),
    "mismatch": ("contact_dead", None, None),
    "denied": ("config_error", None, None),
    "unregistered": ("contact_dead", None, None),
    "project": ("config_error", None, None),
    "quota": ("retry", "sink", 60_000),
    "quota_after": ("retry", "sink", 90_000),
    "quota_device": ("retry", "recipient", 9_000),
    "internal": ("retry", "message", 0),
    "unavailable": ("retry", "sink", 0),
    "unavailable_after": ("retry", "sink", 7_000),
    "bad_gateway": ("retry", "sink", 0),
    "timeout": ("retry", "sink", 0),
    "garbage": ("retry", "sink", 0),
    "broken": ("unknown", None, None),
    "silent": ("unknown", None, None),
}


def row_of(verdict):
    is_retry = verdict["kind"] == "retry"
    return (verdict["kind"], verdict["scope"] if is_retry else None, verdict["after_ms"] if is_retry else None)


class Fcm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="fcm-")
        cls.certificates = Certificates(pathlib.Path(cls.folder.name), [FCM, TOKENS])
        cls.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        cls.service = Service(NODE, SERVICE, cls.certificates)

    @classmethod
    def tearDownClass(cls):
        cls.service.close()
        cls.folder.cleanup()

    def message(self, kind, number=0):
        return {"to": f"{kind}:synthetic-{number}", "title": TITLE, "body": BODY, "idem_key": f"{kind}-{number}"}

    def run_sink(self, batches, grant="fine", ports=None, ca=True, check=False, **settings):
        """`grant`: how the token endpoint is disposed; `ports`: of other peers, by host."""
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        file = {"type": "service_account", "project_id": "example-project", "private_key_id": "key-1", "private_key": pem,
                "client_email": MAIL, "token_uri": f"https://{TOKENS}/{grant}"}
        ports = {FCM: self.service.port, TOKENS: self.service.port, **(ports or {})}
        order = {"settings": {"timeout": "2s", **settings}, "secrets": {"service_account": json.dumps(file)},
                 "ca_file": self.certificates.ca if ca else "", "check": check, "batches": batches,
                 "connect_to": [f"{host}:443:127.0.0.1:{port}" for host, port in ports.items()]}
        return run_sink(self, [PUSH_RUN, SINK, RUNNERS], order)

    def verdicts(self, *messages, **more):
        return self.run_sink([list(messages)], **more)["verdicts"][0]

    def kinds(self, *messages, **more):
        return [verdict["kind"] for verdict in self.verdicts(*messages, **more)]

    def test_an_assertion_is_verified_by_another_and_the_messages_carry_the_token(self):
        verdicts = self.verdicts(self.message("ok", 1), self.message("ok", 2))
        self.assertEqual([v["kind"] for v in verdicts], ["accepted"] * 2, verdicts)
        self.assertRegex(verdicts[0]["id"], r"^projects/example-project/messages/0:\d+%31bd$")
        asked, *sent = self.service.told(3)
        self.assertTrue(asked["token"])
        self.assertEqual(asked["headers"]["content-type"], "application/x-www-form-urlencoded")
        form = urllib.parse.parse_qs(asked["body"], strict_parsing=True)
        self.assertEqual(form["grant_type"], ["urn:ietf:params:oauth:grant-type:jwt-bearer"])
        assertion = form["assertion"][0]
        claims = jwt.decode(assertion, self.key.public_key(), algorithms=["RS256"], audience=f"https://{TOKENS}/fine",
                            options={"require": ["exp", "iat", "iss", "aud"]})
        self.assertEqual((claims["iss"], claims["scope"]), (MAIL, "https://www.googleapis.com/auth/firebase.messaging"))
        self.assertEqual((type(claims["iat"]), claims["exp"] - claims["iat"]), (int, 3600))
        self.assertLess(abs(claims["iat"] - time.time()), 60)
        self.assertEqual(jwt.get_unverified_header(assertion), {"typ": "JWT", "alg": "RS256", "kid": "key-1"})
        with self.assertRaises(jwt.InvalidSignatureError):
            other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            jwt.decode(assertion, other.public_key(), algorithms=["RS256"], audience=f"https://{TOKENS}/fine")
        for request in sent:
            self.assertEqual((request["version"], request["path"]), ("2.0", "/v1/projects/example-project/messages:send"))
            self.assertRegex(request["headers"]["authorization"], r"^Bearer token-fine-\d+$")
            message = json.loads(request["body"])["message"]
            self.assertEqual(message["notification"], {"title": TITLE, "body": BODY})
            self.assertEqual(message["android"]["notification"]["visibility"], "PRIVATE")
            self.assertEqual(message["android"]["collapse_key"], message["android"]["notification"]["tag"])

    def test_each_answer_becomes_its_verdict(self):
        verdicts = dict(zip(ROWS, self.verdicts(*(self.message(kind) for kind in ROWS))))
        self.service.told(1 + len(ROWS))
        self.assertEqual({kind: row_of(verdict) for kind, verdict in verdicts.items()}, ROWS)
        for verdict in verdicts.values():
            self.assertTrue(verdict["begun"])
            self.assertEqual(verdict["since"], verdict["kind"] == "contact_dead")
            for personal in ("synthetic", TITLE, "peer"):
                self.assertNotIn(personal, verdict["reason"])

    def test_an_answer_that_is_lost_is_unknown(self):
        self.assertEqual(self.kinds(self.message("cut")), ["unknown"])
        self.service.told(2)
        self.assertTrue(self.service.quiet())  # and nothing is sent twice

    # Node ends a connection on which about a thousand streams were reset, and libcurl resets those that have ended.
    def test_a_long_row_loses_none_to_a_peer_that_counts_resets(self):
        batches = [[self.message("ok", 256 * batch + n) for n in range(256)] for batch in range(10)]
        kinds = [verdict["kind"] for verdicts in self.run_sink(batches)["verdicts"] for verdict in verdicts]
        self.assertEqual(kinds, ["accepted"] * 2560)
        self.service.told(1 + 2560)

    def test_a_full_batch_shares_one_token(self):
        batches = [[self.message("ok", n) for n in range(256)]] * 2
        for verdicts in self.run_sink(batches)["verdicts"]:
            self.assertEqual({v["kind"] for v in verdicts}, {"accepted"})
        requests = self.service.told(513)
        self.assertEqual([request["token"] for request in requests].count(True), 1)
        self.assertEqual(len({r["headers"]["authorization"] for r in requests if not r["token"]}), 1)
        keys = [json.loads(r["body"])["message"]["android"]["collapse_key"] for r in requests if not r["token"]]
        self.assertEqual(len(set(keys)), 256)
        self.assertEqual(sorted(keys[:256]), sorted(keys[256:]))  # a repeat has the key of the first

    def test_a_token_that_ends_in_flight_is_made_anew_once(self):
        batches = [[self.message("ok", n) for n in range(5)], [self.message("ok", 5), self.message("ok", 6)]]
        first, second = self.run_sink(batches, grant="worn")["verdicts"]
        self.assertEqual(sorted(v["kind"] for v in first), ["accepted"] * 3 + ["retry"] * 2)
        self.assertEqual({row_of(v) for v in first if v["kind"] == "retry"}, {("retry", "link", 0)})
        self.assertEqual([v["kind"] for v in second], ["accepted"] * 2)
        self.assertEqual([request["token"] for request in self.service.told(9)].count(True), 2)

    def test_a_token_that_is_never_taken_is_a_matter_of_settings(self):
        first, second = self.run_sink([[self.message("ok")], [self.message("ok")]], grant="dead")["verdicts"]
        self.assertEqual((row_of(first[0]), second[0]["kind"]), (("retry", "link", 0), "config_error"))
        self.assertEqual([request["token"] for request in self.service.told(4)].count(True), 2)

    def test_without_a_token_nothing_leaves(self):
        rows = {"invalid_grant": ("config_error", None, None), "invalid_client": ("config_error", None, None),
                "down": ("retry", "sink", 0), "empty": ("retry", "sink", 0)}
        for grant, row in rows.items():
            with self.subTest(grant=grant):
                verdicts = self.verdicts(*(self.message("ok", n) for n in range(20)), grant=grant)
                self.assertEqual({(row_of(v), v["begun"]) for v in verdicts}, {(row, False)}, verdicts[0])
                self.assertTrue(self.service.told(1)[0]["token"])
                self.assertTrue(self.service.quiet())

    def test_storms_of_429_and_503_hold_back_the_sink_and_lose_nothing(self):
        for kind in ("quota_after", "unavailable_after"):
            verdicts = self.verdicts(*(self.message(kind, n) for n in range(256)))
            self.assertEqual({row_of(v) for v in verdicts}, {ROWS[kind]})
            self.service.told(257)

    def test_peers_that_are_not_there_or_not_they(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        for host, scope in ((FCM, "link"), (TOKENS, "sink")):
            verdict = self.verdicts(self.message("ok"), ports={host: port})[0]
            self.assertEqual((row_of(verdict), verdict["begun"]), (("retry", scope, 0), False))
        self.service.told(1)
        verdict = self.verdicts(self.message("ok"), ca=False)[0]
        self.assertEqual((verdict["kind"], verdict["begun"]), ("config_error", False))
        self.assertIn("TLS", verdict["reason"])
        self.assertTrue(self.service.quiet())

    def test_a_peer_that_speaks_no_http(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:  # nor TLS: it says nothing at all
            verdict = self.verdicts(self.message("ok"), ports={FCM: mute.getsockname()[1]}, timeout="1s")[0]
            self.assertEqual((row_of(verdict), verdict["begun"]), (("retry", "link", 0), False))
        self.service.told(1)

    def test_a_check_sends_nothing_to_anybody(self):
        self.assertEqual(self.run_sink([], check=True)["check"], "")
        asked, tried = self.service.told(2)
        self.assertTrue(asked["token"])
        self.assertTrue(json.loads(tried["body"])["validate_only"])
        self.assertIn("invalid_grant", self.run_sink([], check=True, grant="invalid_grant")["check"])
        self.service.told(1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
