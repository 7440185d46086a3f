#!/usr/bin/env python3
"""Partners of a shared source: what each may report for, turns between them, trials, and who may not deliver."""
import json
import unittest

from hub import Hub, wait_until
from reports import egn, report, sheet

OURS, OTHERS = "2203999001", "2201999002"


class Partners(unittest.TestCase):
    def setUp(self):
        self.hub = Hub(reader="  partner_folders: ${store}/partners\n")
        self.addCleanup(self.hub.close)

    def add(self, name, *words, facility=OURS):
        answer = self.hub.call("partners", "add", name, "--facility", facility, "--instance", "amb", "--json", *words)
        self.assertEqual(answer.exit, 0, answer)
        return answer.rows[0]

    def folder(self, partner):
        return self.hub.state / "partners" / partner

    def put(self, partner, name, content, into=""):
        folder = self.folder(partner) / into
        wait_until(folder.exists, f"the folder of {partner} is there")
        (folder / name).write_bytes(content)
        (folder / (name + ".ready")).touch()

    def receipt(self, partner, name, into="", form="json"):
        found = {}

        def there():
            for end in ("done", "rejected"):
                path = self.folder(partner) / into / end / f"{name}.receipt.{form}"
                if path.exists() and (path.parent / name).exists():
                    found["text"] = path.read_text()
            return found
        wait_until(there, f"{name} of {partner} has a receipt")
        return json.loads(found["text"]) if form == "json" else found["text"]

    def test_a_key_is_shown_once_and_kept_by_its_digest(self):
        made = self.add("acme")
        self.assertRegex(made["key"], r"^vk1-[A-Za-z0-9_-]{43}$")
        again = self.hub.call("partners", "rotate", "acme", "--overlap", "3", "--json").rows[0]
        self.assertNotEqual(again["key"], made["key"])
        self.assertIn("old_until", again)
        shown = self.hub.look("partners", "show", "acme")[0]
        self.assertEqual([c["kind"] for c in shown["credentials"]], ["key", "key"])
        self.assertIn("until", shown["credentials"][0])
        self.hub.said.clear()  # where it had to be printed
        self.assertEqual(self.hub.leaks([made["key"], again["key"]]), [])

    def test_what_is_typed_wrong_is_told_and_changes_nothing(self):
        for words in (("add", "Acme", "--facility", OURS), ("add", "acme", "--facility", "22039990"),
                      ("add", "acme", "--instance", "nothing"), ("add", "acme", "--region", "31"),
                      ("add", "acme", "--name", "a\nb"), ("set", "acme", "--end", "--resume")):
            self.assertEqual(self.hub.call("partners", *words).exit, 2, words)
        for words in (("show", "acme"), ("rotate", "acme"), ("set", "acme", "--name", "x"),
                      ("add", "acme", "--certificate", "/dev/null")):
            self.assertEqual(self.hub.call("partners", *words).exit, 1, words)
        self.assertEqual(self.hub.look("partners", "list"), [])
        self.add("acme")
        self.assertEqual(self.hub.call("partners", "add", "acme").exit, 1)

    def test_a_record_for_anothers_facility_is_set_aside_and_told_in_the_receipt(self):
        self.hub.subscribe([(egn(1), "one@example.test")])
        self.hub.start()
        self.add("acme")  # while it runs
        self.put("acme", "theirs.xml", report(sheet(1, 1), practice=OTHERS))
        receipt = self.receipt("acme", "theirs.xml")
        self.assertEqual((receipt["counts"]["accepted"], receipt["counts"]["quarantined"]), (0, 1))
        self.assertEqual(receipt["quarantined"][0]["element"], "facility")
        self.assertIn("не отчита за това лечебно заведение", self.receipt("acme", "theirs.xml", form="txt"))
        self.put("acme", "ours.xml", report(sheet(1, 1)))
        self.assertEqual(self.receipt("acme", "ours.xml")["counts"]["accepted"], 1)
        self.assertTrue(self.hub.settled()["balanced"])
        self.assertEqual(len(self.hub.messages()), 1)
        self.hub.call("partners", "set", "acme", "--facility", "22")
        self.put("acme", "region.xml", report(sheet(2, 1), practice=OTHERS))
        self.assertEqual(self.receipt("acme", "region.xml")["counts"]["accepted"], 1)

    def test_a_trial_has_the_receipt_it_would_have_had_and_leaves_nothing(self):
        self.hub.subscribe([(egn(1), "one@example.test")])
        self.add("acme")
        (self.folder("acme") / "trial").mkdir(parents=True)
        self.hub.start()
        content = report(sheet(1, 1), sheet(2, "1234567890"))
        self.put("acme", "trial.xml", content, into="trial")
        receipt = self.receipt("acme", "trial.xml", into="trial")
        self.assertTrue(receipt["trial"])
        self.assertEqual((receipt["counts"]["accepted"], receipt["counts"]["quarantined"]), (1, 1))
        self.assertEqual(len(receipt["quarantined"]), 1)
        self.assertTrue(self.hub.settled()["balanced"])
        self.assertEqual((self.hub.look("events"), self.hub.messages()), ([], []))
        # Another trial of the same bytes, then the delivery: each as if there had been no trial.
        self.put("acme", "trial-again.xml", content, into="trial")
        self.assertEqual(self.receipt("acme", "trial-again.xml", into="trial")["counts"], receipt["counts"])
        self.put("acme", "report.xml", content)
        delivered = self.receipt("acme", "report.xml")
        self.assertEqual((delivered["state"], delivered["counts"]), ("accepted", receipt["counts"]))
        self.assertNotIn("trial", delivered)
        self.hub.settled()
        self.assertEqual(len(self.hub.messages()), 1)
        self.put("acme", "after.xml", content, into="trial")
        self.assertEqual(self.receipt("acme", "after.xml", into="trial")["state"], "repeat")

    def test_one_that_has_ended_delivers_nothing_until_it_is_resumed(self):
        self.add("acme")
        self.hub.start()
        self.put("acme", "first.xml", report(sheet(1, 1)))
        self.receipt("acme", "first.xml")
        self.assertEqual(self.hub.call("partners", "set", "acme", "--end").exit, 0)
        self.put("acme", "second.xml", report(sheet(2, 2)))
        self.add("other", facility=OTHERS)
        self.put("other", "theirs.xml", report(sheet(3, 3), practice=OTHERS))
        self.receipt("other", "theirs.xml")  # the folders were looked at behind the end
        self.assertTrue((self.folder("acme") / "second.xml").exists())
        self.assertEqual(self.hub.call("import", self.folder("acme") / "second.xml", "--source", "amb", "--partner",
                                       "acme").exit, 1)
        self.assertEqual(self.hub.call("partners", "set", "acme", "--resume").exit, 0)
        self.assertEqual(self.receipt("acme", "second.xml")["counts"]["accepted"], 1)

    def test_who_delivers_much_keeps_nobody_waiting(self):
        many = [f"many-{i:03}.xml" for i in range(60)]
        for name in ("much", "little"):
            self.add(name)
            self.folder(name).mkdir(parents=True)
        for i, name in enumerate(many):
            self.put("much", name, report(*(sheet(1000 * i + k, k) for k in range(50))))
        self.put("little", "one.xml", report(sheet(999_999, 5)))
        self.hub.start()
        self.receipt("little", "one.xml")
        for name in many:
            self.receipt("much", name)
        documents = [d["name"] for d in self.hub.look("documents", "--limit", "1000")]
        self.assertEqual(len(documents), 61)
        self.assertLess(documents.index("one.xml"), 2)

    def test_a_partner_of_an_instance_has_to_be_registered(self):
        self.hub.write("plugins.d/reader.yaml", "id: amb\nplugin: nzok-amblist\nreader:\n  drop_folder: ${store}/inbox\n"
                                                "  stable_for: 300ms\n  partner: acme\n")
        self.hub.start()
        self.hub.put("report.xml", report(sheet(1, 1)))
        wait_until(lambda: "folder_waits" in self.hub.log_text(), "the log says that the folder waits")
        self.assertEqual(self.hub.look("documents"), [])
        self.add("acme")
        self.assertEqual(self.hub.receipt("report.xml")["counts"]["accepted"], 1)


if __name__ == "__main__":
    unittest.main()
