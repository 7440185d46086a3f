#!/usr/bin/env python3
"""Exit codes, errors that name their place, and --json of every verb."""
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import unittest

from hub import BINARY, FILE_SINK, Hub
from reports import REPOSITORY, egn, report, sheet, wrong_egn


def help_of(*words):
    return subprocess.run([BINARY, *words, "--help"], capture_output=True, text=True, check=True, timeout=30).stdout


def verbs_of(*words):
    """The verbs that --help lists, groups opened."""
    listed = help_of(*words).partition("Subcommands:")[2]
    found = []
    for name in re.findall(r"(?m)^  ([a-z-]+) ", listed):
        found += verbs_of(*words, name) or [" ".join((*words, name))]
    return found


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.hub = Hub()
        self.addCleanup(self.hub.close)

    def filled(self):
        document = self.hub.root / "october.xml"
        document.write_bytes(report(sheet(1, 1), sheet(2, wrong_egn(2))))
        self.hub.subscribe([(egn(1), "p1@example.test")])
        return document

    def test_every_verb_speaks_json(self):
        document = self.filled()
        given = {"subscriptions add": f"{egn(3)}\np3@example.test\n", "subscriptions list": egn(1) + "\n",
                 "subscriptions cancel": egn(1) + "\n",
                 "subscriptions import": f"id_type,id,channel,address\negn,{egn(4)},email,p4@example.test\n"}
        more = {"import": [document, "--source", "amb"], "explain": ["e-1-1"], "quarantine show": ["q-1-1"],
                "quarantine discard": ["q-1-1"], "dead-letters show": [1], "subscriptions import": ["-"],
                "subscriptions list": ["-"], "subscriptions cancel": ["-", "--channel", "email"]}
        failing = {"dead-letters show": 1, "dead-letters replay": 1, "dead-letters discard": 1}  # there is none
        first = ["import", "subscriptions add"]
        for verb in first + [v for v in verbs_of() if v not in first + ["run", "demo"]]:
            arguments = more.get(verb, [1] if verb in failing else [])
            answer = self.hub.call(*verb.split(), *arguments, "--json", given=given.get(verb, ""))
            with self.subTest(verb=verb):
                self.assertEqual(answer.exit, failing.get(verb, 0), answer)
                rows = answer.rows
                empty = verb in ("deliveries", "dead-letters list") or verb in failing
                self.assertEqual(bool(rows), not empty, answer)
            if verb == "quarantine show":  # for the one who mends the record; nothing else shows what was delivered
                self.assertIn(wrong_egn(2), self.hub.said.pop())
        self.assertEqual(self.hub.leaks([egn(1), wrong_egn(2), egn(3), egn(4)]), [])

    def test_what_is_quarantined_can_be_seen_and_closed_for_good(self):
        self.assertEqual(self.hub.import_(self.filled()).rows[0]["quarantined"], 1)
        listed = self.hub.look("quarantine", "list", "--document", "d-1")
        self.assertEqual([(q["id"], q["element"]) for q in listed], [("q-1-1", "EGN")])
        self.assertEqual(self.hub.look("quarantine", "list", "--document", "d-2"), [])
        self.assertEqual(self.hub.look("quarantine", "list", "--after", "q-1-1"), [])
        self.assertIn(wrong_egn(2), self.hub.look("quarantine", "show", "q-1-1")[0]["bytes"])
        self.assertEqual(self.hub.look("quarantine", "discard", "q-1-1"), [{"done": True}])
        self.assertEqual(self.hub.look("quarantine", "list"), [])

    def test_wrong_usage_exits_2(self):
        for words in ([], ["no-such-verb"], ["explain"], ["import", "x.xml"], ["quarantine", "show", "7x"],
                      ["events", "--after", "tomorrow"], ["events", "--limit", "0"], ["dead-letters", "replay", "x"], ["tail", "-n", "-1"],
                      ["subscriptions", "list", "17"]):
            done = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=30)
            with self.subTest(words=words):
                self.assertEqual(done.returncode, 2, done)
                self.assertTrue(done.stderr or done.stdout)

    def test_a_wrong_word_is_answered_with_what_is_expected(self):
        for words, said in ((["quarantine", "retry"], "quarantine: no such verb, or none; allowed: list, show, discard"),
                            (["subscriptions"], "allowed: add, import, list, cancel"),
                            (["no-such-verb"], "allowed: run, check, demo, import"),
                            (["explain", "e-8"], "an event (e-1-7), a person (p-3)"),
                            (["explain", egn(1)], "an event (e-1-7), a person (p-3)"),
                            (["deliveries", "--state", "foo"], "accepted,delivered,dead,held"),
                            (["dead-letters", "show", "l-1"], "the number of a delivery")):
            answer = self.hub.call(*words)
            with self.subTest(words=words):
                self.assertEqual(answer.exit, 2, answer)
                self.assertIn(said, answer.err)
        self.assertEqual(self.hub.leaks([egn(1)]), [])

    def test_a_person_that_nobody_knows_is_said_to_be_none(self):
        self.filled()
        for words in (["explain", "p-999"], ["subscriptions", "list", "p-999"]):
            answer = self.hub.call(*words)
            with self.subTest(words=words):
                self.assertEqual((answer.exit, answer.out), (1, ""), answer)
                self.assertIn("there is no p-999", answer.err)

    def test_the_newest_events_are_as_many_as_were_asked_for(self):
        document = self.hub.root / "october.xml"
        document.write_bytes(report(*(sheet(i, i) for i in range(5))))
        self.hub.import_(document)
        for count in (0, 2, 5):
            self.assertEqual([e["id"] for e in self.hub.look("tail", "-n", count)],
                             [f"e-1-{n}" for n in range(6 - count, 6)])
        followed = subprocess.Popen([BINARY, "tail", "-f", "-n", "1", "--json", "--config", self.hub.config],
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(followed.wait, 30)
        self.addCleanup(followed.kill)
        document.write_bytes(report(sheet(100, 1, day=9)))
        self.assertEqual(json.loads(followed.stdout.readline())["id"], "e-1-5")
        self.hub.import_(document)
        self.assertEqual(json.loads(followed.stdout.readline())["id"], "e-2-1")
        followed.stdout.close()

    def test_a_repeat_is_shown_by_the_name_that_was_given(self):
        document = self.filled()
        self.hub.import_(document)
        again = self.hub.root / "again.xml"
        again.write_bytes(document.read_bytes())
        row = self.hub.import_(again).rows[0]
        self.assertEqual((row["name"], row["repeat"], row["accepted_as"]), ("again.xml", True, "october.xml"))
        self.assertIn("as october.xml: 0 new events", self.hub.call("import", again, "--source", "amb").out)
        answer = self.hub.import_(again, self.hub.root / "bad\nname.xml")
        self.assertEqual(answer.exit, 1)
        self.assertIn("file 2 of 2", answer.err)

    def test_input_lines_may_end_as_on_windows_and_may_not_be_missing(self):
        added = self.hub.call("subscriptions", "add", given=f"{egn(1)}\r\np1@example.test\r\n")
        self.assertEqual(added.exit, 0, added)
        self.assertEqual(len(self.hub.look("subscriptions", "list", "-", given=f"{egn(1)}\r\n")), 1)
        empty = self.hub.call("subscriptions", "add")
        self.assertEqual(empty.exit, 1, empty)
        self.assertIn("standard input ends before the identifier", empty.err)

    def test_refused_rows_are_json_where_json_was_asked_for(self):
        given = f"id_type,id,channel,address\negn,{wrong_egn(1)},email,p1@example.test\n"
        answer = self.hub.call("subscriptions", "import", "-", "--json", given=given)
        self.assertEqual((answer.exit, answer.err), (1, ""), answer)
        self.assertEqual((answer.rows[0]["refused"]["line"], answer.rows[1]["refused"]), (2, 1))
        self.assertEqual(self.hub.leaks([wrong_egn(1)]), [])

    def test_a_discarded_record_says_that_it_was_discarded(self):
        self.hub.import_(self.filled())
        self.hub.look("quarantine", "discard", "q-1-1")
        self.assertRegex(self.hub.call("quarantine", "show", "q-1-1").out, r"discarded at \d{4}-\d\d-\d\dT")
        again = self.hub.call("quarantine", "discard", "q-1-1")
        self.assertEqual(again.exit, 1, again)
        self.assertIn("discarded already", again.err)

    def test_what_cannot_be_opened_is_shown_as_such_and_hides_nothing_else(self):
        document = self.hub.root / "october.xml"
        document.write_bytes(report(sheet(1, 1), sheet(2, 2), sheet(3, 3)))
        self.hub.import_(document)
        with sqlite3.connect(self.hub.state / "store" / "vestitel.db") as store:
            store.execute("UPDATE event SET body = zeroblob(64) WHERE id = (1 << 32) + 2")
        store.close()
        answer = self.hub.call("events", "--json")
        self.assertEqual(answer.exit, 1, answer)
        self.assertEqual([(e["id"], e.get("unreadable", False)) for e in answer.rows],
                         [("e-1-1", False), ("e-1-2", True), ("e-1-3", False)])
        self.assertIn("the content of 1 of them does not open", answer.err)

    def test_a_second_hub_on_the_same_store_exits_69(self):
        self.hub.start()
        second = self.hub.call("run")
        self.assertEqual(second.exit, 69, second)
        self.assertIn("another process", second.err)
        self.assertEqual(self.hub.stop(), 0)

    def test_a_wrong_configuration_exits_78_and_names_the_place(self):
        self.hub.write("plugins.d/sink-0.yaml", FILE_SINK + "  rate: 50 per second\n")
        self.hub.write("vestitel.yaml", f"store: {self.hub.state}\nlog:\n  level: loud\n")
        for words in (["run"], ["check"], ["status"], ["import", "x.xml", "--source", "amb"]):
            answer = self.hub.call(*words)
            with self.subTest(words=words):
                self.assertEqual(answer.exit, 78, answer)
                self.assertRegex(answer.err, r'vestitel\.yaml:3:\d+: log\.level: found "loud"; allowed: .*debug')
                self.assertRegex(answer.err, r'sink-0\.yaml:7:\d+: sink\.rate: found "50 per second"; allowed: .*50/s')

    def test_what_is_not_there_is_said_in_one_line(self):
        self.hub.import_(self.filled())
        for words, said in ((["explain", "e-9-9"], "explaining e-9-9: there is no such event"),
                            (["import", "/no/such.xml", "--source", "amb"], "such.xml: No such file"),
                            (["import", "/dev/null", "--source", "nobody"], "no source instance is called nobody"),
                            (["dead-letters", "show", "77"], "none of this number")):
            answer = self.hub.call(*words)
            with self.subTest(words=words):
                self.assertEqual(answer.exit, 1, answer)
                self.assertEqual(answer.err.count("\n"), 1, answer)
                self.assertIn(said, answer.err)

    def test_looking_at_a_store_that_is_not_there_yet_says_so(self):
        answer = self.hub.call("status")
        self.assertEqual(answer.exit, 1, answer)
        self.assertEqual(answer.err.count("\n"), 1, answer)

    def test_paths_start_where_the_verb_was_typed(self):
        self.filled()
        self.hub.start()
        done = subprocess.run([BINARY, "import", "october.xml", "--source", "amb", "--config", self.hub.config],
                              cwd=self.hub.root, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, 0, done)

    def test_a_verb_that_reads_nothing_does_not_wait_for_an_end_of_input(self):
        document = self.filled()
        self.hub.start()
        ours, theirs = os.pipe()  # never closed while the verb runs
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        done = subprocess.run([BINARY, "import", document, "--source", "amb", "--config", self.hub.config], stdin=ours,
                              capture_output=True, text=True, timeout=150)
        self.assertEqual(done.returncode, 0, done)

    def test_every_verb_is_in_the_guide_for_operators(self):
        guide = (REPOSITORY / "docs" / "operate.md").read_text()
        for verb in verbs_of():
            self.assertIn(f"`vestitel {verb}", guide)

    def test_every_exit_code_of_the_guide_is_one_that_the_program_knows(self):
        guide = (REPOSITORY / "docs" / "operate.md").read_text()
        known = set(re.findall(r"kExit\w+ = (\d+)", pathlib.Path(REPOSITORY / "core/host/context.hpp").read_text()))
        self.assertEqual(set(re.findall(r"(?m)^\| (\d+) \|", guide)), known)


if __name__ == "__main__":
    unittest.main()
