#!/usr/bin/env python3
"""From a dropped report to mail in a real mailbox, with every question answered on the way."""
import base64
import email
import email.policy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import dkim
from hub import FILE_SINK, Hub, wait_until
from reports import REPOSITORY, egn, report, sheet

POSTFIX = REPOSITORY / "tests" / "support" / "postfix_server.py"
FILE_FOR_THE_REST = FILE_SINK.replace("email, ", "")
SMTP = """id: mail
plugin: smtp
settings:
  host: localhost
  port: {port}
  ca_file: {ca_file}
  from: no-reply@example.test
  from_name: НЗОК
sink:
  channel: email
"""
SIGNED = "  dkim_ed25519_selector: ed1\n  dkim_ed25519_key: ${{file:{key}}}\nsink:\n"
IN_CHILD = SMTP.replace("sink:\n", SIGNED) + "home: child\n"
EVERYBODY = range(8)


class Mail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="vestitel-postfix-")
        cls.addClassCleanup(cls.folder.cleanup)
        pathlib.Path(cls.folder.name).chmod(0o755)  # postfix works as a user of its own
        place = pathlib.Path(cls.folder.name) / "postfix"
        cls.addClassCleanup(subprocess.run, [sys.executable, "-B", POSTFIX, "stop", place], check=True, timeout=150)
        started = subprocess.run([sys.executable, "-B", POSTFIX, "start", place], capture_output=True, text=True, timeout=150)
        if started.returncode != 0:
            raise AssertionError(started.stdout + started.stderr)
        cls.server = json.loads(started.stdout)

    def setUp(self):
        self.hub = Hub(sinks=(SMTP.format(**self.server), FILE_FOR_THE_REST))
        self.addCleanup(self.hub.close)
        self.known = set(self.box())

    def box(self):
        return list((pathlib.Path(self.server["maildir"]) / "new").glob("*"))

    def mails(self, count):
        """The `count` mails that came since the test began."""
        def new():
            found = [path for path in self.box() if path not in self.known]
            return len(found) >= count and found
        paths = wait_until(new, f"{count} mails are in the box") if count else []
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]

    def send(self, name, *sheets):
        self.hub.put(name, report(*sheets))
        self.hub.receipt(name)
        self.assertTrue(self.hub.settled()["balanced"])

    def test_a_trial_message_shows_what_the_sink_says(self):
        self.assertEqual([(row["sink"], row["state"]) for row in self.hub.look("sinks", "list")],
                         [("mail", "does not run"), ("file", "does not run")])
        tried = self.hub.call("sinks", "test", "mail", "--to", "-", given="p0@example.test\n")
        self.assertEqual(tried.exit, 0, tried)
        self.assertTrue(tried.out.startswith("mail: accepted: "), tried)
        mail = self.mails(1)[0]
        self.assertEqual(mail["Subject"], "Проба на Вестител / Vestitel: a trial")
        self.assertIn("Нищо не е отчетено.", mail.get_body(("plain",)).get_content())
        self.hub.start()
        self.assertEqual([row["state"] for row in self.hub.look("sinks", "list")], ["works", "works"])
        refused = self.hub.call("sinks", "test", "mail", "--to", "nobody-here@example.test", "--json")
        self.assertEqual((refused.exit, refused.rows[0]["verdict"]), (1, "contact_dead"), refused)
        self.assertNotIn("nobody-here", refused.out)
        for words, why in ((("mail", "--to", "not an address"), "permanent"), (("nosuch", "--to", "x@example.test"), "no instance"),
                           (("mail", "--to", "+359888000001", "--channel", "sms"), "does not serve"), (("mail", "--to", "-"), "missing")):
            answer = self.hub.call("sinks", "test", *words)
            self.assertEqual(answer.exit, 1, answer)
            self.assertIn(why, answer.out + answer.err)

    def test_the_next_channel_is_told_where_the_mailbox_is_gone(self):
        routes = (self.hub.config / "routes.yaml").read_text()
        self.hub.write("routes.yaml", routes.replace("    template: default", "    fallback: [email, sms]\n    template: default"))
        self.hub.subscribe([(egn(0), "nobody-here@example.test"), (egn(1), "p1@example.test")])
        self.hub.subscribe([(egn(0), "+359888000000"), (egn(1), "+359888000001")], channel="sms")
        self.hub.start()
        self.send("october.xml", sheet(0, 0), sheet(1, 1))
        told = wait_until(lambda: self.hub.messages(), "the other channel has told")
        self.assertEqual([message["to"] for message in told], ["+359888000000"])
        self.assertEqual(len(self.mails(1)), 1)
        self.send("november.xml", sheet(2, 0), sheet(3, 1))
        wait_until(lambda: len(self.hub.messages()) == 2, "the dead address is not tried again")
        self.assertEqual({message["to"] for message in self.hub.messages()}, {"+359888000000"})
        self.assertEqual(len(self.mails(2)), 2)
        self.assertTrue(self.hub.settled()["balanced"])

    def test_each_event_is_one_mail_to_the_right_person(self):
        self.hub.subscribe((egn(i), f"p{i}@example.test") for i in EVERYBODY)
        checked = self.hub.call("check", "--connect")
        self.assertEqual(checked.exit, 0, checked)
        self.assertRegex(checked.out, r"mail +smtp +reached")
        self.hub.start()
        self.send("october.xml", *(sheet(i, i) for i in EVERYBODY), sheet(100, 0, day=9))
        mails = self.mails(len(EVERYBODY) + 1)
        self.assertEqual(sorted(m["To"] for m in mails),
                         sorted([f"p{i}@example.test" for i in EVERYBODY] + ["p0@example.test"]))
        for mail in mails:
            self.read_mail(mail)
        self.assertEqual(len({m["Message-ID"] for m in mails}), len(mails))
        deliveries = self.hub.look("deliveries")
        self.assertEqual({(d["state"], d["attempts"]) for d in deliveries}, {("accepted", 1)})
        self.assertTrue(all(d["history"][0]["verdict"] == "accepted" and d["history"][0]["provider_id"] for d in deliveries))
        self.explained(deliveries[0])
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(self.hub.leaks([egn(i) for i in EVERYBODY]), [])
        addresses = [f"p{i}@example.test" for i in EVERYBODY]
        self.assertEqual(self.hub.leaks(addresses), [])

    def read_mail(self, mail):
        self.assertEqual(mail["Subject"], "Ново отчетено събитие")
        self.assertTrue(all(len(word) <= 75 and word.startswith("=?utf-8?") and word.endswith("?=")
                            for word in self.raw_subject(mail).lower().split()), self.raw_subject(mail))
        self.assertRegex(mail["Message-ID"], r"^<[0-9a-f]{32}@example\.test>$")
        self.assertEqual(mail["From"].addresses[0].display_name, "НЗОК")
        body = mail.get_content().replace("\r\n", "\n")
        self.assertTrue(body.startswith("Здравейте,\n\nВ НЗОК е отчетено събитие от "), body)
        self.assertNotIn("\n\n\n", body)

    @staticmethod
    def raw_subject(mail):
        return email.message_from_bytes(mail.as_bytes(), policy=email.policy.compat32)["Subject"]

    def explained(self, delivery):
        """An event, a person by number, a person by identifier: the same story."""
        text = self.hub.call("explain", delivery["event"])
        self.assertRegex(text.out, rf"delivery +{delivery['id']} to {delivery['recipient']} by email through mail .*: accepted")
        by_number = self.hub.look("explain", delivery["recipient"])
        self.assertIn(delivery["event"], [told["event"]["id"] for told in by_number])
        by_identifier = self.hub.look("explain", "-", given=egn(0) + "\n")
        self.assertEqual(len(by_identifier), 2)
        self.assertEqual({told["deliveries"][0]["state"] for told in by_identifier}, {"accepted"})

    def test_the_sink_in_a_process_of_its_own_reaches_its_relay_through_the_hub(self):
        key = pathlib.Path(self.folder.name) / "ed25519.pem"
        key.touch(0o600)
        subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519", "-out", key], check=True)
        public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True)
        record = b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public.stdout[-32:])
        hub = Hub(sinks=(IN_CHILD.format(key=key, **self.server), FILE_FOR_THE_REST))
        self.addCleanup(hub.close)
        os.chmod(hub.root, 0o755)
        hub.subscribe([(egn(1), "p1@example.test")])
        checked = hub.call("check", "--connect")
        self.assertEqual(checked.exit, 0, checked)
        hub.start()
        hub.put("october.xml", report(sheet(1, 1)))
        hub.receipt("october.xml")
        self.assertTrue(hub.settled()["balanced"])
        [mail] = self.mails(1)
        self.assertEqual(mail["To"], "p1@example.test")
        [raw] = [path.read_bytes() for path in self.box() if path not in self.known]
        self.assertTrue(dkim.verify(raw, dnsfunc=lambda name, timeout=5: record))
        self.assertIn('"runner_started"', hub.log_text())
        self.assertEqual(hub.stop(), 0)

    def test_a_refused_address_is_a_dead_letter_that_can_be_sent_again(self):
        self.hub.subscribe([(egn(1), "bad@example.test"), (egn(2), "p2@example.test")])
        self.hub.start()
        self.send("october.xml", sheet(1, 1), sheet(2, 2))
        self.mails(1)
        dead = self.hub.look("dead-letters", "list")
        self.assertEqual([(d["state"], d["attempts"]) for d in dead], [("dead", 1)])
        self.assertIn("5.1.1", dead[0]["history"][0]["reason"])
        number = dead[0]["id"]
        self.replay(number, 2)
        self.assertIn("no usable address", self.delivery(number)["history"][1]["reason"])
        self.hub.subscribe([(egn(1), "p1@example.test")])  # the person has given another
        self.replay(number, 3)
        self.assertEqual(sorted(m["To"] for m in self.mails(2)), ["p1@example.test", "p2@example.test"])
        self.assertEqual(self.hub.look("dead-letters", "list"), [])

    def replay(self, number, tried):
        self.assertEqual(self.hub.look("dead-letters", "replay", number), [{"done": True}])
        wait_until(lambda: len(self.delivery(number)["history"]) == tried, "it was tried again")
        self.hub.settled()

    def delivery(self, number):
        return next(d for d in self.hub.look("deliveries") if d["id"] == number)

    def test_a_dead_letter_can_be_closed_for_good(self):
        self.hub.subscribe([(egn(1), "bad@example.test")])
        self.hub.start()
        self.send("october.xml", sheet(1, 1))
        number = self.hub.look("dead-letters", "list")[0]["id"]
        self.assertEqual(self.hub.look("dead-letters", "discard", number), [{"done": True}])
        self.assertEqual(self.hub.look("dead-letters", "list"), [])
        again = self.hub.call("dead-letters", "replay", number)
        self.assertEqual((again.exit, again.out), (1, ""))
        self.assertIn("is discarded, no dead letter", again.err)
        self.assertTrue(self.hub.look("store", "check")[0]["balanced"])
        self.assertEqual(self.hub.leaks([egn(1), "bad@example.test"]), [])

    def test_a_running_hub_carries_out_what_changes_its_store(self):
        self.hub.start()
        self.send("before.xml", sheet(1, 1))
        self.assertEqual(self.mails(0), [])
        added = self.hub.call("subscriptions", "add", "--json", given=f"{egn(1)}\np1@example.test\n")
        self.assertEqual((added.exit, added.rows[0]["added"]), (0, 1), added)
        refused = self.hub.call("subscriptions", "add", given="1234567890\np1@example.test\n")
        self.assertEqual(refused.exit, 1, refused)
        self.assertNotIn("1234567890", refused.err)
        document = self.hub.root / "after.xml"
        document.write_bytes(report(sheet(2, 1), practice="2203999002"))
        imported = self.hub.import_(document)
        self.assertEqual((imported.exit, imported.rows[0]["accepted"]), (0, 1), imported)
        self.assertEqual(self.mails(1)[0]["To"], "p1@example.test")
        listed = self.hub.look("subscriptions", "list", "-", given=egn(1) + "\n")
        self.assertEqual([(s["channel"], s["reachable"]) for s in listed], [("email", True)])
        event = self.hub.look("events")[-1]
        self.assertRegex(event["source"], r"^/instances/amb$")
        told = next(d for d in self.hub.look("deliveries") if d["state"] == "accepted")["id"]
        for verb in ("show", "replay", "discard"):
            answer = self.hub.call("dead-letters", verb, told)
            self.assertEqual(answer.exit, 1, answer)
            self.assertIn(f"delivery {told} is accepted, no dead letter", answer.err)
        cancelled = self.hub.look("subscriptions", "cancel", listed[0]["recipient"], "--channel", "email")
        self.assertEqual(cancelled, [{"cancelled": True}])
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(self.hub.leaks([egn(1)]), [])


if __name__ == "__main__":
    unittest.main()
