#!/usr/bin/env python3
"""The built webhook sink, in the tool's own child process and over its HTTP, against receivers that do well and badly.

    webhook_faults_test.py TOOL LIBRARY
"""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import sink_faults
from webhook_receiver import OLDER, SECRET, verify

NOTICE = {"id": "e-1-2", "source": "urn:vestitel:hub", "type": "notice.reported", "subject": "p-7",
          "time": "2026-10-05T21:00:00Z", "data": {"revision": "new", "occurred_on": "2026-10-06", "urgent": False}}


def message(key, **more):
    return {"channel": "webhook", "to": "https://hooks.example.bg/x", "title": "Ново събитие", "body": "Здравейте\n",
            "data": NOTICE, "idem_key": key, **more}


class Sink(sink_faults.Sink):
    PATH = POSTED = "/hook"
    secrets = {"secret": SECRET}
    message = staticmethod(message)


class Taken(Sink):
    def test_what_arrives_is_signed_and_a_cloud_event(self):
        receiver = self.receiver(answer=lambda number, taken: (200, {}, b'{"id": "theirs-%d"}' % number))
        verdicts = self.run_(receiver.url("/hook?tenant=7"), [message(f"k{i}") for i in range(3)])
        self.assertEqual(sorted(verdicts), [f"accepted(theirs-{i})" for i in range(3)])
        self.assertEqual(sorted(p.headers["webhook-id"] for p in receiver.posts), ["k0", "k1", "k2"])
        for post in receiver.posts:
            verify(SECRET, post.headers, post.body)
            event, = post.events
            self.assertEqual(event["id"], post.headers["webhook-id"])
            self.assertEqual((event["eventid"], event["data"]), ("e-1-2", NOTICE["data"]))
            self.assertEqual(post.path, "/hook?tenant=7")
            self.assertEqual(post.headers["idempotency-key"], event["id"])

    def test_a_receiver_with_the_older_or_the_newer_secret_believes_it_and_no_other(self):
        receiver = self.receiver()
        self.run_(receiver.url(), [message("k1")], secrets={"secret": f"{SECRET}\n{OLDER}\n"})
        post, = receiver.posts
        verify(SECRET, post.headers, post.body)
        verify(OLDER, post.headers, post.body)
        stranger = "whsec_" + "C" * 32
        for secret, headers, body in ((stranger, post.headers, post.body), (SECRET, post.headers, post.body + b" "),
                                      (SECRET, {**post.headers, "webhook-id": "k2"}, post.body)):
            with self.assertRaises(ValueError):
                verify(secret, headers, body)

    def test_several_are_one_batch(self):
        receiver = self.receiver()
        verdicts = self.run_(receiver.url(), [message(f"k{i}") for i in range(5)], batch=2, include_text=True)
        self.assertEqual(verdicts, [f"accepted(k{i})" for i in range(5)])
        self.assertEqual(sorted(len(p.events) for p in receiver.posts), [1, 2, 2])
        self.assertEqual(sorted(e["id"] for p in receiver.posts for e in p.events), [f"k{i}" for i in range(5)])
        for post in receiver.posts:
            verify(SECRET, post.headers, post.body)
        self.assertEqual(receiver.posts[0].events[0]["data"]["message"],
                         {"locale": "bg", "title": "Ново събитие", "body": "Здравейте\n"})

    def test_odd_texts_arrive_as_they_are_or_not_at_all(self):
        receiver = self.receiver()
        odd = ['"}],"id":"x', "\\", "а\u202eб\u200bв", "😀", "%0d%0a", "</script>", "line\r\nwebhook-id: x", "a\u2028b", "\u0000"]
        verdicts = self.run_(receiver.url(), [message(f"k{i}", title=text) for i, text in enumerate(odd)], include_text=True)
        self.assertEqual([v.split(":")[0] for v in verdicts], [f"accepted(k{i})" for i in range(6)] + ["permanent"] * 3)
        titles = {p.headers["webhook-id"]: p.events[0]["data"]["message"]["title"] for p in receiver.posts}
        self.assertEqual([titles[f"k{i}"] for i in range(6)], odd[:2] + ["абв"] + odd[3:6])


class Faults(sink_faults.Faults, Sink):
    def test_each_status_over_the_wire(self):
        for status, headers, verdict in ((204, {}, "accepted(k1)"), (302, {"Location": "/elsewhere"}, "config_error"),
                                         (400, {}, "permanent"), (401, {}, "config_error"), (404, {}, "config_error"),
                                         (410, {}, "config_error"), (413, {}, "permanent"),
                                         (429, {"Retry-After": "7"}, "retry(sink,7000)"),
                                         (429, {}, "retry(sink,0)"), (500, {}, "retry(sink,0)"),
                                         (503, {"Retry-After": "120"}, "retry(sink,120000)"),
                                         (503, {"Retry-After": "999999"}, "retry(sink,3600000)"),
                                         (503, {"Retry-After": "soon"}, "retry(sink,0)")):
            with self.subTest(status=status, headers=headers):
                self.assertEqual(self.answered((status, headers, b"ivan@example.bg")), verdict)

    def test_an_answer_without_an_end_is_read_no_further(self):
        self.assertEqual(self.answered((200, {}, b"x" * 1_000_000)), "accepted(k1)")
        self.assertEqual(self.answered((422, {}, b"x" * 1_000_000)), "permanent")

    def test_one_bad_answer_is_one_messages(self):
        fates = {"k1": "cut", "k3": (503, {"Retry-After": "9"}, b"")}
        receiver = self.receiver(answer=lambda number, taken: fates.get(taken.headers["webhook-id"], (204, {}, b"")))
        verdicts = self.run_(receiver.url(), [message(f"k{i}") for i in range(5)])
        self.assertEqual([v.split(": ")[0] for v in verdicts],
                         ["accepted(k0)", "unknown", "accepted(k2)", "retry(sink,9000)", "accepted(k4)"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
