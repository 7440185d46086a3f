#!/usr/bin/env python3
"""From a dropped report to an SMS at a message centre, through Debian's Kannel and its shipped profile: once for each person, and
under the id by which Kannel speaks of it later."""
import os
import queue
import sys
import unittest
import urllib.parse

from hub import FILE_SINK, Hub
from reports import REPOSITORY, egn, report, sheet

sys.path.insert(0, str(REPOSITORY / "tests" / "support"))
from kannel import Kannel, Listener
from message_centre import Centre

FILE_FOR_THE_REST = FILE_SINK.replace("sms, ", "")
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
sink:
  channel: sms
  receipts: 1h
  retry:
    base: 10ms
    cap: 20ms
"""
NUMBERS = [f"+35988800{i:04d}" for i in range(2001, 2005)]


class SmsThroughKannel(unittest.TestCase):
    def hub_for(self, kannel, listener, home):
        hub = Hub(sinks=(FILE_FOR_THE_REST,))
        self.addCleanup(hub.close)
        hub.root.chmod(0o755)
        profile = (REPOSITORY / "config" / "sms-http" / "kannel.yaml").read_text()
        hub.write("plugins.d/sms.yaml", SINK.format(
            home=home, url=kannel.url(), profile=hub.secret("profile", profile), password=hub.secret("password", kannel.password),
            receipt_url=hub.secret("receipt-url", listener.url())))
        hub.subscribe([(egn(i), number) for i, number in enumerate(NUMBERS)], channel="sms")
        return hub

    def test_each_person_is_told_once_in_both_homes(self):
        for home in ("in-process", "child"):
            with self.subTest(home=home):
                centre = Centre(os.environ["VESTITEL_NODE"], REPOSITORY / "build" / "npm" / "node_modules")
                self.addCleanup(centre.close)
                kannel = Kannel(centre.port)
                self.addCleanup(kannel.close)
                listener = Listener()
                self.addCleanup(listener.close)
                hub = self.hub_for(kannel, listener, home)
                checked = hub.call("check", "--connect")
                self.assertEqual(checked.exit, 0, checked)
                self.assertEqual(centre.taken(), [])
                hub.start()
                hub.put("october.xml", report(*(sheet(i, i) for i in range(len(NUMBERS)))))
                hub.receipt("october.xml")
                self.assertTrue(hub.settled()["balanced"])
                deliveries = hub.look("deliveries")
                ids = sorted(d["history"][-1]["provider_id"] for d in deliveries)
                self.assertEqual({d["state"] for d in deliveries}, {"accepted"})
                self.assertEqual(len(set(ids)), len(NUMBERS))
                self.assertEqual(self.spoken_of(listener, len(NUMBERS)), ids)
                self.assertEqual({part["to"] for part in centre.taken()}, {number[1:] for number in NUMBERS})
                self.assertEqual(hub.stop(), 0)
                self.assertEqual(hub.leaks([egn(i) for i in range(len(NUMBERS))] + [n[1:] for n in NUMBERS]), [])

    def spoken_of(self, listener, count):
        """The ids of the messages that Kannel calls delivered."""
        out = set()
        while len(out) < count:
            try:
                call = listener.calls.get(timeout=30)
            except queue.Empty:
                break
            fields = dict(urllib.parse.parse_qsl(call["query"]))
            if fields["state"] == "1":
                out.add(fields["id"])
        return sorted(out)


if __name__ == "__main__":
    unittest.main()
