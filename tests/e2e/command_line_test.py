#!/usr/bin/env python3
"""Exit codes, errors that name their place, and --json of every verb."""
import os
import pathlib
import re
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
                      ["events", "--after", "tomorrow"], ["events", "--limit", "0"], ["dead-letters", "replay", "x"]):
            done = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=30)
            with self.subTest(words=words):
                self.assertEqual(done.returncode, 2, done)
                self.assertTrue(done.stderr or done.stdout)

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
                            (["explain", egn(1)], "p-NUMBER expected, or -"),
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
