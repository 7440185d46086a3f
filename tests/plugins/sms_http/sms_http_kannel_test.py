#!/usr/bin/env python3
"""The built sms-http sink with its shipped profile against Debian's Kannel, whose message centre is npm's smpp: what arrives at
the centre, and what the centre's receipt comes to on its way back through Kannel's dlr-url.

    sms_http_kannel_test.py PUSH_RUN SINK_RUN SINK RUNNERS NODE MODULES
"""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from kannel import Kannel, Listener
from message_centre import Centre

PUSH_RUN, SINK_RUN, SINK, RUNNERS, NODE, MODULES = sys.argv[1:7]
PROFILE = pathlib.Path(__file__).resolve().parents[3] / "config" / "sms-http" / "kannel.yaml"
TEXT = "Имате ново отчетено събитие. Вижте го след вход в приложението на НЗОК!"  # 71 letters
PASSWORD = "p w&=%+"


def ask(words, order):
    done = subprocess.run(words, input=json.dumps(order), capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class ThroughKannel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.centre = Centre(NODE, MODULES)
        cls.addClassCleanup(cls.centre.close)
        cls.kannel = Kannel(cls.centre.port, PASSWORD)
        cls.addClassCleanup(cls.kannel.close)

    def setUp(self):
        self.listener = Listener()
        self.addCleanup(self.listener.close)
        self.centre.taken()

    def order(self, **more):
        settings = {"url": self.kannel.url(), "profile": PROFILE.read_text(), "username": "vestitel", "sender": "NZOK",
                    "dead_errors": "1", **more.pop("settings", {})}
        return {"settings": settings, "secrets": {"password": PASSWORD, "receipt_url": self.listener.url(), **more.pop("secrets", {})},
                **more}

    def deliver(self, *messages, **more):
        """In its sandbox, over the hub's HTTP."""
        batch = [{"to": to, "body": body, "idem_key": f"{self.id()}-{i}"} for i, (to, body) in enumerate(messages)]
        return ask([PUSH_RUN, SINK, RUNNERS], self.order(batches=[batch], **more))

    def accepted(self, *messages):
        verdicts = self.deliver(*messages)["verdicts"][0]
        self.assertEqual({v["kind"] for v in verdicts}, {"accepted"}, verdicts)
        return [v["id"] for v in verdicts]

    def parts(self, count):
        """The parts of messages that arrive at the centre, in their order."""
        out = []
        while len(out) < count:
            told = json.loads(self.centre.line())
            if "to" in told:
                out.append(told)
        return out

    def heard(self, ids, verdicts):
        """What the plugin makes of Kannel's calls, once as many have come as there are final verdicts."""
        calls = []
        while True:
            calls.append(self.listener.calls.get(timeout=30))
            answer = ask([SINK_RUN, SINK], self.order(callbacks=calls, receipts=0))
            self.assertEqual(set(answer["callbacks"]), {""})
            if len(answer["receipts"]) >= verdicts:
                break
        self.assertEqual({call["method"] for call in calls}, {"GET"})
        self.assertEqual({call["path"] for call in calls}, {"/receipts/sms-http/s3cret"})
        for receipt in answer["receipts"]:
            self.assertIn(receipt.split(" ")[0], ids)
        return answer["receipts"]


class Sends(ThroughKannel):
    def test_71_cyrillic_letters_are_two_parts_and_one_delivered_message(self):
        self.assertEqual(len(TEXT), 71)
        identity, = self.accepted(("+359888000001", TEXT))
        first, second = self.parts(2)
        self.assertEqual(first["text"] + second["text"], TEXT)
        self.assertEqual((len(first["text"]), len(second["text"]), first["coding"]), (67, 4, 8))
        self.assertEqual([part["udh"][0][3:] for part in (first, second)], [[2, 1], [2, 2]])
        self.assertEqual(first["udh"][0][2], second["udh"][0][2])
        self.assertEqual({(part["to"], part["from"], part["source_ton"]) for part in (first, second)}, {("359888000001", "NZOK", 5)})
        self.assertEqual(self.heard([identity], 1), [f"{identity} delivered"])

    def test_texts_arrive_as_they_are(self):
        odd = ["Price {5} @ 10€ [Ñ] ~é", "&to=+359888000002 %0d%0a #", '"}\nline two', " blanks ", "Ще 😀 и край"]
        ids = self.accepted(*((f"+35988800010{i}", text) for i, text in enumerate(odd)))
        taken = {part["to"]: part["text"] for part in self.parts(len(odd))}
        self.assertEqual(taken, {f"35988800010{i}": text for i, text in enumerate(odd)})
        self.assertEqual(sorted(self.heard(ids, len(odd))), sorted(f"{one} delivered" for one in ids))

    def test_a_subscriber_that_is_not_is_dead_since_the_receipt(self):
        identity, = self.accepted(("+359888000777", "Hello"))
        receipt, = self.heard([identity], 1)
        self.assertRegex(receipt, rf"^{identity} contact_dead\([1-9]\d+\): the receipt says UNDELIV, error 1$")

    def test_a_number_that_the_centre_refuses_is_dead(self):
        identity, = self.accepted(("+359888000333", "Hello"))
        receipt, = self.heard([identity], 1)
        self.assertRegex(receipt, rf"^{identity} contact_dead\([1-9]\d+\): the receipt says 0x0000000b$")

    def test_a_wrong_password_and_a_wrong_path_are_ours_to_mend(self):
        verdict, = self.deliver(("+359888000001", "Hello"), secrets={"password": "wrong"})["verdicts"][0]
        self.assertEqual((verdict["kind"], verdict["reason"]), ("config_error", "the gateway answered 403"))
        profile = PROFILE.read_text().replace("/cgi-bin/sendsms", "/cgi-bin/elsewhere")
        verdict, = self.deliver(("+359888000001", "Hello"), settings={"profile": profile})["verdicts"][0]
        self.assertEqual((verdict["kind"], verdict["reason"]), ("config_error", "the gateway answered 404"))

    def test_a_check_sends_nothing(self):
        answer = ask([PUSH_RUN, SINK, RUNNERS], self.order(check=True))
        self.assertEqual(answer["check"], "")
        self.assertEqual(self.centre.taken(), [])

    def test_what_kannel_calls_a_wrong_field_is_the_messages_end(self):
        for right, wrong in (("X-Kannel-To:", "X-Nobody:"), ('X-Kannel-Coding: "{coding}"', 'X-Kannel-Coding: "9"')):
            with self.subTest(wrong=wrong):
                profile = PROFILE.read_text().replace(right, wrong)
                verdict, = self.deliver(("+359888000001", "Hello"), settings={"profile": profile})["verdicts"][0]
                self.assertEqual((verdict["kind"], verdict["reason"]), ("permanent", "the gateway answered 400"))

    def test_without_a_receipt_url_kannel_is_asked_for_none(self):
        self.deliver(("+359888000001", "Hello"), secrets={"receipt_url": ""})
        part, = self.parts(1)
        self.assertEqual(part["registered"], 0)


class LinkDown(ThroughKannel):
    def test_what_kannel_keeps_for_later_is_accepted(self):
        centre = Centre(NODE, MODULES)
        kannel = Kannel(centre.port, PASSWORD)
        self.addCleanup(kannel.close)
        centre.close()
        kannel.wait("the link is down", lambda: "online" not in kannel.status())
        verdict, = self.deliver(("+359888000001", "Hello"), settings={"url": kannel.url()})["verdicts"][0]
        self.assertEqual(verdict["kind"], "accepted", verdict)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[7:], verbosity=1)
