#!/usr/bin/env python3
"""From a dropped report to a signed POST at a receiver, once, whatever the receiver answers."""
import sys
import unittest

from hub import FILE_SINK, Hub, wait_until
from reports import REPOSITORY, egn, report, sheet

sys.path.insert(0, str(REPOSITORY / "tests" / "support"))
from webhook_receiver import OLDER, SECRET, Authority, Receiver, verify

FILE_FOR_THE_REST = FILE_SINK.replace("webhook, ", "")
# The hub's own back-off is far shorter than any wait that a receiver asks for here.
SINK = """id: hook
plugin: webhook
home: {home}
settings:
  url: {url}
  secret: ${{file:{secret}}}
{more}sink:
  channel: webhook
  retry:
    base: 10ms
    cap: 20ms
"""
EVERYBODY = range(6)


class Webhook(unittest.TestCase):
    def hub_for(self, url, more="", home="in-process", people=EVERYBODY):
        hub = Hub(sinks=(FILE_FOR_THE_REST,))
        self.addCleanup(hub.close)
        hub.root.chmod(0o755)
        secret = hub.secret("secret", f"{SECRET}\n{OLDER}\n")
        hub.write("plugins.d/hook.yaml", SINK.format(url=url, secret=secret, more=more, home=home))
        hub.subscribe([(egn(i), f"https://hooks.example.test/{i}") for i in people], channel="webhook")
        return hub

    def receiver(self, **how):
        receiver = Receiver(**how)
        self.addCleanup(receiver.close)
        return receiver

    def told(self, hub, people=EVERYBODY):
        hub.start()
        hub.put("october.xml", report(*(sheet(i, i) for i in people)))
        hub.receipt("october.xml")
        self.assertTrue(hub.settled()["balanced"])
        return hub.look("deliveries")

    def leaks_nothing(self, hub):
        self.assertEqual(hub.stop(), 0)
        self.assertEqual(hub.leaks([egn(i) for i in EVERYBODY] + ["hooks.example.test/", SECRET, OLDER]), [])

    def test_each_person_s_notice_is_posted_once(self):
        for home in ("in-process", "child"):
            with self.subTest(home=home):
                receiver = self.receiver()
                hub = self.hub_for(receiver.url(), home=home)
                checked = hub.call("check", "--connect")
                self.assertEqual(checked.exit, 0, checked)
                self.assertEqual((receiver.others, receiver.posts), (["HEAD"], []))
                deliveries = self.told(hub)
                self.assertEqual({d["state"] for d in deliveries}, {"accepted"})
                self.assertEqual(len(receiver.posts), len(EVERYBODY))
                self.read(receiver.posts, deliveries)
                again = hub.root / "again.xml"
                again.write_bytes(report(*(sheet(i, i) for i in EVERYBODY)))
                hub.import_(again)
                hub.settled()
                self.assertEqual(len(receiver.posts), len(EVERYBODY))
                self.leaks_nothing(hub)

    def read(self, posts, deliveries):
        for post in posts:
            for secret in (SECRET, OLDER):
                verify(secret, post.headers, post.body)
            event, = post.events
            self.assertEqual(event["id"], post.headers["webhook-id"])
            self.assertEqual((event["type"], event["source"], event["channel"]), ("notice.reported", "urn:vestitel:hub", "webhook"))
            self.assertEqual(set(event["data"]), {"revision", "occurred_on", "urgent"})
            self.assertNotIn(b"hooks.example.test", post.body)
        ids = [post.headers["webhook-id"] for post in posts]
        self.assertEqual(sorted(ids), sorted(d["history"][-1]["provider_id"] for d in deliveries))
        self.assertEqual(len(set(ids)), len(ids))
        self.assertEqual(sorted(post.events[0]["eventid"] for post in posts), sorted(d["event"] for d in deliveries))

    def test_a_wait_that_the_receiver_asks_for_is_kept(self):
        busy = (503, {"Retry-After": "2"}, b"")
        receiver = self.receiver(answer=lambda number, taken: busy if number == 0 else (200, {}, b""))
        hub = self.hub_for(receiver.url(), people=[1])
        delivery, = self.told(hub, people=[1])
        self.assertEqual([h["verdict"] for h in delivery["history"]], ["retry", "accepted"])
        self.assertEqual(delivery["history"][0]["reason"], "the receiver answered 503")
        first, second = receiver.posts
        self.assertGreaterEqual(second.at - first.at, 2)
        self.assertEqual(first.headers["webhook-id"], second.headers["webhook-id"])
        self.leaks_nothing(hub)

    def test_an_answer_that_is_lost_is_unknown_and_the_repeat_has_the_same_id(self):
        receiver = self.receiver(answer=lambda number, taken: "cut" if number == 0 else (409, {"webhook-id": taken.headers["webhook-id"]}, b""))
        hub = self.hub_for(receiver.url(), people=[1])
        delivery, = self.told(hub, people=[1])
        self.assertEqual([h["verdict"] for h in delivery["history"]], ["unknown", "accepted"])
        first, second = receiver.posts
        self.assertEqual(first.headers["webhook-id"], second.headers["webhook-id"])
        self.assertEqual(first.body, second.body)
        for post in (first, second):
            verify(SECRET, post.headers, post.body)
        self.leaks_nothing(hub)

    def test_a_receiver_that_comes_back_gets_everything_that_waited(self):
        receiver = self.receiver()
        port = receiver.port
        receiver.close()
        hub = self.hub_for(f"http://127.0.0.1:{port}/hook")
        hub.start()
        hub.put("october.xml", report(*(sheet(i, i) for i in EVERYBODY)))
        hub.receipt("october.xml")
        wait_until(lambda: '"sink_failing"' in hub.log_text(), "the log says that the sink fails")
        returned = self.receiver(port=port)
        self.assertTrue(hub.settled()["balanced"])
        self.assertEqual(len({post.headers["webhook-id"] for post in returned.posts}), len(EVERYBODY))
        self.assertEqual(len(returned.posts), len(EVERYBODY))
        self.leaks_nothing(hub)

    def test_a_post_that_is_refused_as_a_whole_goes_message_by_message(self):
        receiver = self.receiver(answer=lambda number, taken: (422 if len(taken.events) > 1 else 200, {}, b"ivan@example.test"))
        hub = self.hub_for(receiver.url(), more="  batch: 10\n")
        deliveries = self.told(hub)
        self.assertEqual({d["state"] for d in deliveries}, {"accepted"})
        posted = [[event["id"] for event in post.events] for post in receiver.posts]
        self.assertNotIn("plugin_broke_contract", hub.log_text())
        together = [ids for ids in posted if len(ids) > 1]
        self.assertNotEqual(together, [])
        self.assertEqual(sorted(ids[0] for ids in posted if len(ids) == 1), sorted(d["history"][-1]["provider_id"] for d in deliveries))
        for post in receiver.posts:
            verify(SECRET, post.headers, post.body)
        self.leaks_nothing(hub)

    def test_with_a_certificate_of_ours_a_receiver_that_asks_for_one_talks_to_us(self):
        authority = Authority()
        self.addCleanup(authority.close)
        receiver = self.receiver(tls=authority.context())
        for home in ("in-process", "child"):
            with self.subTest(home=home):
                del receiver.posts[:]
                hub = self.hub_for(f"https://localhost:{receiver.port}/hook", home=home, people=[1])
                self.trust(hub, authority)
                self.with_certificate(hub, authority)
                delivery, = self.told(hub, people=[1])
                self.assertEqual(delivery["state"], "accepted", delivery)
                self.assertEqual([post.subject for post in receiver.posts], ["hub"])
                self.leaks_nothing(hub)

    def with_certificate(self, hub, authority):
        path = hub.config / "plugins.d" / "hook.yaml"
        lines = "".join(f"  {name}: ${{file:{hub.secret(name, authority.text(file))}}}\n"
                        for name, file in (("client_certificate", "hub.pem"), ("client_key", "hub.key")))
        path.write_text(path.read_text().replace("sink:\n", lines + "sink:\n"))

    # By TLS 1.3 a client hears of it only behind its request: what it cannot tell from a lost answer is unknown.
    def test_without_a_certificate_such_a_receiver_gets_nothing_and_nothing_is_lost(self):
        authority = Authority()
        self.addCleanup(authority.close)
        receiver = self.receiver(tls=authority.context())
        hub = self.hub_for(f"https://localhost:{receiver.port}/hook", people=[1])
        self.trust(hub, authority)
        hub.start()
        hub.put("october.xml", report(sheet(1, 1)))
        hub.receipt("october.xml")
        wait_until(lambda: hub.look("deliveries")[0]["history"], "it was tried")
        self.assertEqual(receiver.posts, [])
        self.assertEqual({h["verdict"] for h in hub.look("deliveries")[0]["history"]}, {"unknown"})
        self.leaks_nothing(hub)
        self.assertEqual(hub.look("store", "check")[0]["owed"], 1)

    @staticmethod
    def trust(hub, authority):
        config = (hub.config / "vestitel.yaml").read_text()
        hub.write("vestitel.yaml", config + f"http:\n  ca_file: {authority.path('ca.pem')}\n")


if __name__ == "__main__":
    unittest.main()
