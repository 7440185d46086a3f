#!/usr/bin/env python3
"""From a dropped report to an SMS at a message centre, and what the centre says later of it: the hub knows whether it arrived,
uses no dead number again, and tells on the next channel."""
import os
import sys
import unittest

from hub import FILE_SINK, Hub, wait_until
from reports import REPOSITORY, egn, report, sheet

sys.path.insert(0, str(REPOSITORY / "tests" / "support"))
from message_centre import Centre

FILE_FOR_THE_REST = FILE_SINK.replace("sms, ", "")
SINK = """id: sms
plugin: smpp
home: {home}
settings:
  host: 127.0.0.1
  port: {port}
  tls: none
  dangerously_allow_plaintext: true
  system_id: hub
  password: ${{file:{secret}}}
  sender: NZOK
  dead_errors: "1"
sink:
  channel: sms
  receipts: 1h
  retry:
    base: 10ms
    cap: 20ms
"""
DELIVERED, EARLY, TWICE, GONE = "+359888000001", "+359888000111", "+359888000666", "+359888000777"


class Sms(unittest.TestCase):
    def hub_for(self, numbers, home="in-process", mail=()):
        centre = Centre(os.environ["VESTITEL_NODE"], REPOSITORY / "build" / "npm" / "node_modules")
        self.addCleanup(centre.close)
        hub = Hub(sinks=(FILE_FOR_THE_REST,))
        self.addCleanup(hub.close)
        hub.root.chmod(0o755)
        secret = hub.secret("secret", "pw\n")
        hub.write("plugins.d/sms.yaml", SINK.format(port=centre.port, secret=secret, home=home))
        routes = (hub.config / "routes.yaml").read_text()
        hub.write("routes.yaml", routes.replace("    template: default", "    fallback: [sms, email]\n    template: default"))
        hub.subscribe([(egn(i), number) for i, number in enumerate(numbers)], channel="sms")
        if mail:
            hub.subscribe([(egn(i), f"p{i}@example.test") for i in mail])
        hub.start()
        return hub, centre

    @staticmethod
    def tell(hub, name, people, first=0):
        hub.put(name, report(*(sheet(first + i, i) for i in people)))
        hub.receipt(name)

    @staticmethod
    def rows(hub, sink="sms"):
        return [row for row in hub.look("deliveries") if row["sink"] == sink]

    def states(self, hub, expected):
        wait_until(lambda: sorted(row["state"] for row in self.rows(hub)) == sorted(expected), f"the messages are {expected}")

    def test_each_is_delivered_once_the_centre_says_so(self):
        for home in ("in-process", "child"):
            with self.subTest(home=home):
                numbers = (DELIVERED, EARLY, TWICE)
                hub, centre = self.hub_for(numbers, home)
                self.tell(hub, "october.xml", range(3))
                self.states(hub, ["delivered"] * 3)
                for row in self.rows(hub):
                    attempt, = row["history"]
                    self.assertEqual((attempt["verdict"], attempt["receipt"]["verdict"]), ("accepted", "delivered"))
                parts = [(one["to"], str(one["udh"])) for one in centre.taken()]
                self.assertEqual(len(parts), len(set(parts)), parts)
                self.assertEqual({to for to, _ in parts}, {number[1:] for number in numbers})
                self.assertTrue(hub.settled()["balanced"])
                self.assertEqual(hub.stop(), 0)
                self.assertEqual(hub.leaks([egn(i) for i in range(3)] + [number[1:] for number in numbers]), [])

    def test_a_number_that_is_gone_is_used_no_more_and_the_next_channel_tells(self):
        hub, _ = self.hub_for((GONE, DELIVERED), mail=(0, 1))
        self.tell(hub, "october.xml", range(2))
        self.states(hub, ["dead", "delivered"])
        told = wait_until(hub.messages, "the mail of who was not reached")
        self.assertEqual([message["to"] for message in told], ["p0@example.test"])
        self.tell(hub, "november.xml", range(2), first=10)
        self.states(hub, ["dead", "delivered", "delivered"])
        wait_until(lambda: len(hub.messages()) == 2, "the dead number is not tried again")
        self.assertEqual({message["to"] for message in hub.messages()}, {"p0@example.test"})
        explained = hub.call("explain", "-", given=egn(0) + "\n").out
        self.assertIn("receipt at", explained)
        self.assertIn("contact_dead", explained)
        self.assertTrue(hub.settled()["balanced"])


if __name__ == "__main__":
    unittest.main()
