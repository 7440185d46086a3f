#!/usr/bin/env python3
"""Exit codes, errors that name their place, and --json of every verb."""
import contextlib
import json
import os
import pathlib
import pwd
import re
import signal
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
                "subscriptions list": ["-"], "subscriptions cancel": ["-", "--channel", "email"],
                "sinks test": ["file", "--to", "p9@example.test"],
                "sinks pause": ["file"], "sinks resume": ["file"]}
        more |= {f"partners {verb}": ["acme"] for verb in ("add", "set", "show", "rotate")}
        failing = {"dead-letters show": 1, "dead-letters replay": 1, "dead-letters discard": 1}  # there is none
        for verb in ("sources pause", "sources resume", "sources cursor"):  # a reader has neither
            more[verb], failing[verb] = ["amb"], 1
        more["metrics"], failing["metrics"] = [], 1  # the hub does not run
        first = ["import", "subscriptions add", "partners add"]
        elsewhere = first + ["run", "demo"] + [v for v in verbs_of() if v.startswith("plugin")]  # tests/tools
        for verb in first + [v for v in verbs_of() if v not in elsewhere]:
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

    def test_the_group_plugin_is_the_vendors_tool(self):
        self.assertIn("plugin new", verbs_of())
        for exit in (0, 1):  # the second finds the first one's project
            done = subprocess.run([BINARY, "plugin", "new", "reader", "acme-lab", "--json"], cwd=self.hub.root,
                                  capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, exit, done)
        self.assertIn("acme-lab is there already", json.loads(done.stderr)["error"])
        self.assertTrue((self.hub.root / "acme-lab/plugin.json").is_file())

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

    def wrong(self, *words):
        """What a verb finds wrong with the configuration: ((file, line, column, key), found, allowed) of each error."""
        answer = self.hub.call(*words, "--json")
        self.assertEqual(answer.exit, 78, answer)
        self.assertEqual(answer.out, "", answer)
        return [((error["file"].removeprefix(str(self.hub.config) + "/"), error["line"], error["column"], error["key"]),
                 error["found"], error["allowed"]) for error in json.loads(answer.err)["errors"]]

    def test_errors_of_a_configuration_are_a_line_each(self):
        self.hub.write("vestitel.yaml", "stroe: /x\n")
        answer = self.hub.call("status")
        self.assertRegex(answer.err, r"yaml:1:1: stroe: found an unknown key; allowed: .*; did you mean store\?\n$")
        self.assertNotIn("\n\n", answer.err)

    def test_everything_that_is_wrong_is_told_at_once(self):
        self.hub.write("plugins.d/smtp.yaml", "id: smtp\nplugin: smtp\nsettings:\n  host: h.test\n  port: 99999\n"
                                              "  tls: maybe\n  from: a@b.test\nsink:\n  channel: email\n  rate: fast\n")
        self.hub.write("routes.yaml", "routes:\n- name: Not so\n  channels: [fax]\n  template: nope\n")
        told = [place for place, _, _ in self.wrong("check")]
        for place in (("plugins.d/smtp.yaml", 10, 9, "sink.rate"), ("plugins.d/smtp.yaml", 5, 9, "settings.port"),
                      ("plugins.d/smtp.yaml", 6, 8, "settings.tls"), ("routes.yaml", 2, 9, "routes[0].name"),
                      ("routes.yaml", 3, 13, "routes[0].channels"), ("routes.yaml", 4, 13, "routes[0].template")):
            self.assertIn(place, told)

    def test_a_plugin_that_is_not_there_is_a_matter_of_configuration(self):
        self.hub.write("plugins.d/sink-0.yaml", FILE_SINK.replace("plugin: file", "plugin: fiel"))
        for verb in ("check", "run"):
            self.assertEqual(self.wrong(verb),
                             [(("plugins.d/sink-0.yaml", 2, 9, "plugin"), '"fiel"', "apns, csv-mapping, fcm, file, gp-contracts, nap-nhifstatus5, nap-nhifstatus5-feed, nhis, nhis-feed, nzok-amblist, "
                              "nzok-clpr, nzok-cpfile, nzok-dental, nzok-labs, nzok-pl, pis-contacts, pis-contacts-feed, regix-nhif, smpp, "
                              "sms-http, smtp, wards, webhook, webpush")])

    def test_what_a_plugin_says_of_its_settings_has_a_place(self):
        self.hub.write("plugins.d/sink-0.yaml", "id: smtp\nplugin: smtp\nsettings:\n  host: h.test\n  from: nobody\n"
                                                "sink: {channel: email}\n")
        (place, found, _), = self.wrong("check")
        self.assertEqual(place, ("plugins.d/sink-0.yaml", 5, 9, "settings.from"))
        self.assertTrue(found.startswith('"nobody"; the plugin says: '), found)

    def test_keys_of_a_sink_belong_to_a_sink(self):
        self.hub.write("plugins.d/reader.yaml", "id: amb\nplugin: nzok-amblist\nsink:\n  channel: email\n")
        self.hub.write("plugins.d/sink-0.yaml", "id: file\nplugin: file\nsettings: {directory: /tmp/x}\nreader: {}\n")
        self.hub.write("routes.yaml", "routes: [{name: all, channels: sms}]\n")
        self.assertEqual([place for place, _, _ in self.wrong("check")],
                         [("plugins.d/reader.yaml", 3, 1, "sink"), ("plugins.d/sink-0.yaml", 4, 1, "reader"),
                          ("plugins.d/sink-0.yaml", 1, 1, "sink")])

    def test_a_hub_without_instances_is_refused_and_an_idle_one_warned_of(self):
        self.hub.write("plugins.d/reader.yaml", "id: amb\nplugin: nzok-amblist\nenabled: false\n")
        (self.hub.config / "plugins.d" / "sink-0.yaml").unlink()
        answer = self.hub.call("check")
        self.assertEqual((answer.exit, "no instance is enabled" in answer.err), (0, True), answer)
        (self.hub.config / "plugins.d" / "reader.yaml").unlink()
        for verb in ("check", "run"):
            (place, found, _), = self.wrong(verb)
            self.assertEqual((place[0], found), ("plugins.d", "no instance: nothing would be read or sent"))

    def test_two_sinks_on_the_same_channels_are_one_error(self):
        self.hub.write("plugins.d/sink-1.yaml", FILE_SINK.replace("id: file", "id: other").replace("outbox", "more"))
        (place, found, allowed), = self.wrong("check")
        self.assertEqual(place[0], "routes.yaml")
        self.assertEqual(found, "email, sms, push, webhook, file served by both file and other")
        self.assertIn("reported, changes", allowed)

    def test_two_readers_of_one_folder_are_refused(self):
        self.hub.write("plugins.d/reader-2.yaml", "id: amb-2\nplugin: nzok-amblist\nreader:\n"
                                                  "  drop_folder: ${store}/x/../inbox/\n")
        for verb in ("check", "run"):
            (place, found, _), = self.wrong(verb)
            self.assertEqual(place, ("plugins.d/reader.yaml", 4, 16, "reader.drop_folder"))
            self.assertIn("which instance amb-2 reads already", found)

    def test_a_fresh_installation_can_be_reached(self):
        self.hub.write("vestitel.yaml", f"store: {self.hub.root}/fresh/state\n")
        self.assertEqual([row["result"] for row in self.hub.look("check", "--connect")], ["reached", "reached"])
        self.assertFalse((self.hub.root / "fresh").exists())

    def test_check_looks_at_the_drop_folder_itself(self):
        plain = self.hub.root / "plain"
        plain.touch()
        for folder, why in ((plain, "it is not a folder"), (plain / "in", f"{plain} is not a folder")):
            self.hub.write("plugins.d/reader.yaml",
                           f"id: amb\nplugin: nzok-amblist\nreader: {{drop_folder: {folder}}}\n")
            answer = self.hub.call("check", "--connect")
            self.assertEqual(answer.exit, 1, answer)
            self.assertIn(f"reader.drop_folder {folder}: ", answer.out)
            self.assertIn(why, answer.out)

    def test_a_hangup_stops_the_hub_in_order(self):
        self.hub.start()
        self.hub.process.send_signal(signal.SIGHUP)
        self.assertEqual(self.hub.process.wait(60), 0)
        self.hub.process = None
        self.assertIn("hub_stopping", self.hub.log_text())

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_a_store_of_another_user_is_told_with_whose_it_is(self):
        self.hub.import_(self.filled())
        key = self.hub.state / "keys" / "master.key"
        for file, exit_code in ((key, 78), (self.hub.state / "store" / "keys.db", 1)):
            os.chown(file, 1, -1)
            name = pwd.getpwuid(1).pw_name
            answer = self.hub.call("status")
            with self.subTest(file=file):
                self.assertEqual(answer.exit, exit_code, answer)
                self.assertIn(f"belongs to user {name}, and you are root; run", answer.err)
                self.assertIn(f": sudo -u {name} vestitel ...", answer.err)
            os.chown(file, 0, -1)

    def test_a_store_that_does_not_open_is_refused_by_every_verb(self):
        self.hub.import_(self.filled())
        key, vault = self.hub.state / "keys" / "master.key", self.hub.state / "store" / "keys.db"
        readers = (["status"], ["events"], ["explain", "-"], ["explain", "p-1"], ["check", "--connect"], ["run"])
        right = key.read_text()
        key.chmod(0o600)
        key.write_text(right[:-65] + "0" * 64 + "\n")
        key.chmod(0o400)
        for words in readers:
            with self.subTest("another key", words=words):
                answer = self.hub.call(*words, given=egn(1) + "\n")
                self.assertEqual(answer.exit, 78, answer)
                self.assertIn("the master key is not the one this store was made with", answer.err)
        key.chmod(0o600)
        key.write_text(right)
        key.chmod(0o400)
        for file in self.hub.state.glob("store/keys.db*"):
            file.rename(file.with_name("away-" + file.name))
        for words in readers:
            with self.subTest("no keys.db", words=words):
                answer = self.hub.call(*words, given=egn(1) + "\n")
                self.assertEqual(answer.exit, 78, answer)
                self.assertIn("keys.db is missing beside vestitel.db", answer.err)
        self.assertFalse(vault.exists())

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

    def schema(self, *undo):
        """Of the store that no hub holds; `undo` takes it back to an older one."""
        with contextlib.closing(sqlite3.connect(self.hub.state / "store" / "vestitel.db")) as db:
            for sql in undo:
                db.execute(sql)
            db.commit()
            return db.execute("PRAGMA user_version").fetchone()[0]

    def test_who_looks_at_an_older_store_reads_it_as_it_is(self):
        self.hub.import_(self.filled())
        self.hub.call("sinks", "pause", "file")
        newest = self.schema()
        self.schema("DROP TABLE spent", "DROP INDEX outbox_ready", "PRAGMA user_version = 10",
                    "CREATE INDEX outbox_ready ON outbox(sink, later, due, id) WHERE state = 1")
        self.assertEqual(self.hub.look("status")[0]["today"]["channels"], [])
        self.assertEqual(self.hub.look("status")[0]["events"], 1)
        self.assertEqual([row["state"] for row in self.hub.look("sinks", "list")], ["paused by an operator"])
        self.assertEqual([row["source"] for row in self.hub.look("sources", "list")], ["amb"])
        for words in (["documents"], ["events"], ["deliveries"], ["quarantine", "list"], ["dead-letters", "list"],
                      ["explain", "p-1"], ["store", "check"], ["tail"]):
            self.hub.look(*words)
        self.assertEqual(self.schema(), 10)
        self.schema("PRAGMA user_version = 7")
        for words in (["status"], ["sinks", "list"], ["sources", "list"]):
            answer = self.hub.call(*words)
            with self.subTest(words=words):
                self.assertEqual((answer.exit, answer.out), (78, ""), answer)
                self.assertIn("it is of an older version of the hub (schema 7; this program looks at ", answer.err)
        self.assertEqual(self.schema("PRAGMA user_version = 10"), 10)
        self.hub.start()
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(self.schema(), newest)

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
