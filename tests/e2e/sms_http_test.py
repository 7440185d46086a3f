#!/usr/bin/env python3
"""From a dropped report to an SMS at a message centre, through Debian's Kannel and its shipped profile, and back: what the centre
says of it reaches the hub at its inbox, where Kannel calls."""
import os
import ssl
import sys
import unittest
import urllib.error
import urllib.request

from hub import FILE_SINK, Hub, wait_until
from reports import REPOSITORY, egn, report, sheet

sys.path.insert(0, str(REPOSITORY / "tests" / "support"))
from kannel import Kannel
from message_centre import Centre

FILE_FOR_THE_REST = FILE_SINK.replace("sms, ", "")
SECRET = "from-kannel_0123456789"
SINK = """id: sms
plugin: sms-http
home: {home}
settings:
  url: {url}
  profile: ${{file:{profile}}}
  username: vestitel
  password: ${{file:{password}}}
  receipt_url: ${{file:{receipt_url}}}
  sender: NZOK
  dead_errors: "1"
sink:
  channel: sms
  receipts: 1h
  callback:
    secret: ${{file:{secret}}}
    from: 127.0.0.0/8
  retry:
    base: 10ms
    cap: 20ms
"""
ARRIVED = [f"+35988800{i:04d}" for i in range(2001, 2004)]
GONE = "+359888002777"  # its centre says: no such subscriber


class SmsThroughKannel(unittest.TestCase):
    def hub_for(self, kannel, home):
        hub = Hub(sinks=(FILE_FOR_THE_REST,))
        self.addCleanup(hub.close)
        hub.root.chmod(0o755)
        self.address = f"https://localhost:{hub.open_inbox()}/receipts/sms"
        profile = (REPOSITORY / "config" / "sms-http" / "kannel.yaml").read_text()
        hub.write("plugins.d/sms.yaml", SINK.format(
            home=home, url=kannel.url(), profile=hub.secret("profile", profile), password=hub.secret("password", kannel.password),
            receipt_url=hub.secret("receipt-url", f"{self.address}/{SECRET}"), secret=hub.secret("secret", SECRET)))
        hub.subscribe([(egn(i), number) for i, number in enumerate([*ARRIVED, GONE])], channel="sms")
        hub.subscribe([(egn(len(ARRIVED)), "p3@example.test")])
        routes = (hub.config / "routes.yaml").read_text()
        hub.write("routes.yaml", routes.replace("    template: default", "    fallback: [sms, email]\n    template: default"))
        return hub

    def test_what_became_of_each_reaches_the_hub_in_both_homes(self):
        for home in ("in-process", "child"):
            with self.subTest(home=home):
                centre = Centre(os.environ["VESTITEL_NODE"], REPOSITORY / "build" / "npm" / "node_modules")
                self.addCleanup(centre.close)
                kannel = Kannel(centre.port)
                self.addCleanup(kannel.close)
                hub = self.hub_for(kannel, home)
                checked = hub.call("check", "--connect")
                self.assertEqual(checked.exit, 0, checked)
                self.assertEqual(centre.taken(), [])
                hub.start()
                hub.put("october.xml", report(*(sheet(i, i) for i in range(len(ARRIVED) + 1))))
                hub.receipt("october.xml")
                self.assertTrue(hub.settled()["balanced"])

                def states():
                    rows = hub.look("deliveries")
                    found = sorted((row["sink"], row["state"]) for row in rows)
                    return found == [("file", "delivered"), ("sms", "dead")] + [("sms", "delivered")] * len(ARRIVED) and rows
                rows = wait_until(states, "every receipt is there")
                self.assertEqual({row["history"][-1]["receipt"]["verdict"] for row in rows if row["sink"] == "sms"},
                                 {"delivered", "contact_dead"})
                self.assertEqual({part["to"] for part in centre.taken()}, {number[1:] for number in [*ARRIVED, GONE]})
                self.strangers_are_not_heard(hub)
                self.assertEqual(hub.stop(), 0)
                self.assertEqual(hub.leaks([egn(i) for i in range(len(ARRIVED) + 1)] + [n[1:] for n in [*ARRIVED, GONE]] + [SECRET]), [])

    def strangers_are_not_heard(self, hub):
        trusted = ssl.create_default_context(cafile=hub.root / "hub.pem")

        def status(path, **headers):
            try:
                return urllib.request.urlopen(urllib.request.Request(self.address + path, headers=headers), context=trusted).status
            except urllib.error.HTTPError as refused:
                return refused.code
        self.assertEqual(status("?id=1&state=1"), 401)
        self.assertEqual(status("/from-a-stranger_0123456789?id=1&state=1"), 401)
        self.assertEqual(status("?nothing=1", Authorization=f"Bearer {SECRET}"), 400)
        self.assertEqual(status("?id=never-seen&state=1", Authorization=f"Bearer {SECRET}"), 200)


if __name__ == "__main__":
    unittest.main()
