#!/usr/bin/env python3
"""The built sms-http sink, in the tool's own child process and over its HTTP, against gateways that do well and badly.

    sms_http_faults_test.py TOOL LIBRARY
"""
import pathlib
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import sink_faults

PROFILES = pathlib.Path(__file__).resolve().parents[3] / "config" / "sms-http"
SECRETS = {"password": "p&w=\"}", "receipt_url": "https://hub.example.bg/receipts/sms/s3cret"}
TAKEN = {"kannel": (202, {}, b"0: Accepted for delivery"), "jasmin": (200, {}, b'Success "07033084-5cfd"')}
PAGE = b"<!DOCTYPE html><html><body>Sign in, +359888000001</body></html>"
NUMBER = "+359888000001"


def message(key, **more):
    return {"channel": "sms", "to": NUMBER, "body": "Hello", "idem_key": key, **more}


def id_of(taken):
    query = urllib.parse.urlsplit(taken.headers["x-kannel-dlr-url"]).query
    return dict(urllib.parse.parse_qsl(query))["id"]


class Sink(sink_faults.Sink):
    POSTED = "/cgi-bin/sendsms"
    secrets, personal = SECRETS, ("359888", "Hello")
    message = staticmethod(message)

    def run_(self, url, messages, profile="kannel", **settings):
        text = (PROFILES / f"{profile}.yaml").read_text()
        return super().run_(url, messages, profile=text, username="vestitel", sender="NZOK", **settings)


class Taken(Sink):
    def test_each_message_is_one_request_with_one_recipient(self):
        receiver = self.receiver(answer=lambda number, taken: TAKEN["kannel"])
        people = [f"+3598880{i:05d}" for i in range(50)]
        verdicts = self.run_(receiver.url(""), [message(f"k{i}", to=to, body=f"Текст {i}") for i, to in enumerate(people)])
        self.assertEqual(sorted(p.headers["x-kannel-to"] for p in receiver.posts), people)
        ids = {p.headers["x-kannel-to"]: id_of(p) for p in receiver.posts}
        self.assertEqual(verdicts, [f"accepted({ids[to]})" for to in people])
        self.assertEqual(len(set(ids.values())), len(people))
        for post in receiver.posts:
            self.assertEqual(post.path, "/cgi-bin/sendsms")
            self.assertEqual(post.body.decode(), f"Текст {people.index(post.headers['x-kannel-to'])}")

    def test_odd_texts_arrive_as_they_are_or_not_at_all(self):
        receiver = self.receiver(answer=lambda number, taken: TAKEN["jasmin"])
        odd = ["&to=359888000002", "%0d%0a", "#", '"}', "😀", "а\u202eб\u200bв", "+ =&", "line\r\nto: x", "a\u2028b", "\u0000"]
        verdicts = self.run_(receiver.url(""), [message(f"k{i}", body=text) for i, text in enumerate(odd)], profile="jasmin")
        self.assertEqual([v.split(":")[0] for v in verdicts], ["accepted(07033084-5cfd)"] * 8 + ["permanent"] * 2)
        texts = []
        for post in receiver.posts:
            form = urllib.parse.parse_qs(post.body.decode(), strict_parsing=True)
            self.assertEqual((form["to"], form["from"]), (["359888000001"], ["NZOK"]))
            texts += form.get("content") or [bytes.fromhex(form["hex-content"][0]).decode("utf-16-be")]
        self.assertEqual(sorted(texts), sorted([*odd[:5], "абв", odd[6], "line\nto: x"]))


class Faults(sink_faults.Faults, Sink):
    def test_each_answer_over_the_wire(self):
        for profile, status, headers, body, verdict in (
                ("jasmin", *TAKEN["jasmin"], "accepted(07033084-5cfd)"), ("jasmin", 200, {}, b'Error "No"', "unknown"),
                ("jasmin", 200, {}, b"", "unknown"), ("jasmin", 200, {}, b"\xff\xfe\x00", "unknown"),
                ("jasmin", 200, {}, PAGE, "unknown"), ("kannel", 202, {}, PAGE, "unknown"),
                ("kannel", 202, {}, b"", "unknown"), ("kannel", 204, {}, b"", "unknown"),
                ("kannel", 302, {"Location": "/elsewhere"}, b"", "config_error"), ("kannel", 400, {}, b"Missing receiver", "permanent"),
                ("kannel", 401, {}, b"", "config_error"), ("kannel", 402, {}, b"", "config_error"),
                ("kannel", 403, {}, b"Authorization failed for sendsms", "config_error"), ("kannel", 404, {}, PAGE, "config_error"),
                ("kannel", 413, {}, b"", "permanent"), ("kannel", 429, {"Retry-After": "7"}, b"", "retry(sink,7000)"),
                ("kannel", 429, {}, b"", "retry(sink,0)"), ("kannel", 500, {}, b"Sending failed.", "retry(sink,0)"),
                ("kannel", 503, {"Retry-After": "120"}, b"Temporal failure, try again later.", "retry(sink,120000)"),
                ("kannel", 503, {"Retry-After": "999999"}, b"", "retry(sink,3600000)"),
                ("kannel", 503, {"Retry-After": "soon"}, b"", "retry(sink,0)")):
            with self.subTest(profile=profile, status=status, body=body):
                self.assertEqual(self.answered((status, headers, body), profile=profile), verdict)

    def test_a_repeat_of_what_was_lost_has_the_same_id(self):
        receiver = self.receiver(answer=lambda number, taken: "cut" if number == 0 else TAKEN["kannel"])
        self.assertEqual(self.one(receiver.url("")), "unknown")
        verdict = self.one(receiver.url(""))
        first, second = receiver.posts
        self.assertEqual(id_of(first), id_of(second))
        self.assertEqual(verdict, f"accepted({id_of(first)})")
        self.assertEqual((first.headers["x-kannel-to"], first.body), (second.headers["x-kannel-to"], second.body))

    def test_an_answer_without_an_end_is_read_no_further_and_believed_nothing(self):
        self.assertEqual(self.answered((202, {}, b"0: Accepted for delivery" + b" " * 1_000_000)), "unknown")
        self.assertEqual(self.answered((503, {}, b"x" * 1_000_000)), "retry(sink,0)")

    def test_storms_settle_every_message(self):
        for status, verdict in ((429, "retry(sink,3000)"), (503, "retry(sink,3000)")):
            with self.subTest(status=status):
                receiver = self.receiver(answer=lambda number, taken: (status, {"Retry-After": "3"}, b""))
                verdicts = self.run_(receiver.url(""), [message(f"k{i}") for i in range(200)])
                self.assertEqual({v.split(": ")[0] for v in verdicts}, {verdict})
                self.assertEqual(len(receiver.posts), 200)

    def test_one_bad_answer_is_one_messages(self):
        fates = {"+359888000001": "cut", "+359888000003": (503, {"Retry-After": "9"}, b"")}
        receiver = self.receiver(answer=lambda number, taken: fates.get(taken.headers["x-kannel-to"], TAKEN["kannel"]))
        verdicts = self.run_(receiver.url(""), [message(f"k{i}", to=f"+35988800000{i}") for i in range(5)])
        self.assertEqual([v.split(": ")[0].split("(")[0] for v in verdicts],
                         ["accepted", "unknown", "accepted", "retry", "accepted"])
        self.assertIn("retry(sink,9000)", verdicts[3])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
