#!/usr/bin/env python3
"""Projects that the tool wrote: green as they are; and what the tool says when a plugin misbehaves."""
import itertools
import re
import unittest

from workshop import TOOL, Workshop

READER = """#include <vestitel/plugin.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
struct Flawed {
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {
    for (const auto& line : vestitel::lines(in)) {
      if (line.text == "segfault") std::raise(SIGSEGV);
      if (line.text == "exit") std::exit(0);
      if (line.text == "hang") for (volatile int i = 0;;) i = i + 1;
      if (line.text == "throw") throw 5;
      if (line.text == "chatter") std::puts("said by the plugin");
      const auto cells = vestitel::csv(line.text);
      if (cells.size() == 3) out.event("activity.laboratory", line.place).key(document.partner, cells[0]).egn(cells[1]).on(cells[2]);
    }
  }
};
VESTITEL_READER(Flawed, "{}")
"""


class Shop(unittest.TestCase):
    def setUp(self):
        self.shop = Workshop()
        self.addCleanup(self.shop.close)


class Projects(Shop):
    def test_each_kind_is_green_as_it_is_written(self):
        every = itertools.product(("cpp", "c", "python"),
                                  (("reader", ["samples/first.csv"]), ("feed", []), ("sink", ["samples/first.messages"])))
        for language, (kind, sample) in every:
            with self.subTest(kind=kind, language=language):
                project = self.shop.new(kind, f"acme-{language}-{kind}", "--lang", language)
                ran = self.shop.tool("run", *sample, cwd=project)
                self.assertEqual(ran.exit, 0, ran)
                self.assertTrue(ran.out, ran)
                tested = self.shop.run("ctest", "--test-dir", "build", "--no-tests=error", cwd=project)
                self.assertEqual(tested.exit, 0, tested)
                self.assertIn("100% tests passed", tested.out)
                expected = next((project / "samples").glob("first.[ev]*s"))
                self.shop.write(expected, expected.read_text(encoding="utf-8").replace("1", "2", 1))
                spoiled = self.shop.run("ctest", "--test-dir", "build", cwd=project)
                self.assertNotEqual(spoiled.exit, 0, "a golden file that is wrong passed")

    def test_what_is_there_is_never_overwritten(self):
        project = self.shop.new("reader", "acme-lab")
        self.shop.write(project / "plugin.json", "mine")
        again = self.shop.tool("new", "sink", "acme-lab")
        self.assertEqual(again.exit, 1, again)
        self.assertIn("is there already", again.err)
        self.assertEqual((project / "plugin.json").read_text(encoding="utf-8"), "mine")
        self.assertEqual([entry.name for entry in self.shop.root.iterdir()], ["acme-lab"])

    def test_a_wrong_word_exits_2(self):
        for words in (["new", "reader", "Acme"], ["new", "reader", "a--b"], ["new", "reader", "../x"], ["new", "reader", "test"],
                      ["new", "reader", ""], ["new", "writer", "x"], ["new", "reader", "x", "--prefix", "Com.x"],
                      ["new", "reader", "x", "--prefix", "com"], [], ["no-such-verb"], ["fuzz", "--seed", "xyz"]):
            with self.subTest(words=words):
                self.assertEqual(self.shop.tool(*words).exit, 2)
        self.assertEqual(list(self.shop.root.iterdir()), [])

    def test_build_names_the_library_and_shows_what_the_compiler_says(self):
        project = self.shop.new("reader", "acme-lab")
        built = self.shop.tool("build", "--json", cwd=project)
        self.assertEqual(built.exit, 0, built)
        self.assertTrue((project / "build/acme-lab.so").samefile(built.rows[0]["library"]))
        self.shop.write(project / "acme_lab.cpp", "int broken = 'x;\n")
        broken = self.shop.tool("build", cwd=project / "samples")
        self.assertEqual(broken.exit, 1, broken)
        self.assertIn("acme_lab.cpp:1:14", broken.err)

    def test_the_man_page_names_every_verb(self):
        listed = self.shop.tool("--help").out.partition("Subcommands:")[2]
        verbs = re.findall(r"(?m)^  ([a-z-]+) ", listed)
        self.assertGreater(len(verbs), 6)
        page = (TOOL.parents[1] / "share/man/man1/vestitel-plugin.1").read_text(encoding="utf-8")
        self.assertEqual([verb for verb in verbs if not re.search(rf"(?m)^\.B[RI]? {verb}\b", page)], [])

    def test_outside_of_a_project_it_says_so(self):
        answer = self.shop.tool("run", "x.csv")
        self.assertEqual(answer.exit, 1)
        self.assertIn("no plugin.json here or above", answer.err)

    def test_a_wrong_manifest_is_a_wrong_configuration(self):
        project = self.shop.new("reader", "acme-lab")
        for text, said in (("{", "not a JSON object"), ('{"id": 5}', "/id: a text is expected"),
                           ('{"id":"a.b","name":"n","version":"1.0.0","library":"../x.so"}', "/library: leaves the project")):
            self.shop.write(project / "plugin.json", text)
            answer = self.shop.tool("build", cwd=project)
            with self.subTest(text=text):
                self.assertEqual(answer.exit, 78, answer)
                self.assertIn(said, answer.err)

    def test_pkg_config_is_enough_without_cmake(self):
        project = self.shop.new("reader", "acme-lab")
        self.shop.tool("build", cwd=project)
        self.shop.environment["PKG_CONFIG_PATH"] = str(TOOL.parents[1] / "share/pkgconfig")
        flags = self.shop.run("pkg-config", "--cflags", "--libs", "vestitel-plugin").out.split()
        source = self.shop.write(self.shop.root / "plain.cpp", READER.replace(
            'VESTITEL_READER(Flawed, "{}")', 'VESTITEL_EXPORT_READER(Flawed, "com.example.plain", "Plain", "1.0.0", "{}")'))
        library = self.shop.root / "plain.so"
        built = self.shop.run("g++", "-std=c++17", source, *flags, "-o", library)
        self.assertEqual(built.exit, 0, built)
        sample = self.shop.write(self.shop.root / "a.csv", "r1,9932319981,2026-10-06\n")
        self.assertEqual(self.shop.tool("run", sample, "--plugin", library).out.split()[:2], ["activity.laboratory", "new"])
        symbols = self.shop.run("nm", "-D", "--defined-only", "--format=posix", library).out.splitlines()
        self.assertEqual([line.split()[0] for line in symbols], ["vestitel_plugin_entry_v1"])


PROGRAM = '''#!/usr/bin/python3
import datetime, os, signal, time
import vestitel_plugin as vestitel

class Flawed:
    def parse(self, document, lines, out):
        for place, line in lines:
            if line == "segfault": os.kill(os.getpid(), signal.SIGSEGV)
            if line == "exit": os._exit(0)
            if line == "hang":
                while True: pass
            if line == "throw": raise ValueError("about 9932319981")
            if line == "chatter": print("said by the plugin", flush=True)
            if line == "nonsense": os.write(3, b"no frame at all, by no means" * 4); time.sleep(60)
            cells = line.split(",")
            if len(cells) == 3:
                out.event(vestitel.Event("activity.laboratory", "s", cells[0], cells[1], datetime.date.fromisoformat(cells[2]), place=place))
            out.flush()

vestitel.serve(vestitel.Reader.of(Flawed))
'''


class Programs(unittest.TestCase):
    """What is a program is tried like a library: the same verbs, the same words when it misbehaves."""

    @classmethod
    def setUpClass(cls):
        cls.shop = Workshop()
        cls.addClassCleanup(cls.shop.close)
        cls.project = cls.shop.new("reader", "acme-lab", "--lang", "python")
        cls.flawed = cls.shop.new("reader", "flawed", "--lang", "python")
        cls.feed = cls.shop.new("feed", "acme-feed", "--lang", "python")
        cls.shop.write(cls.flawed / "flawed.py", PROGRAM)

    def run_on(self, text, *more):
        return self.shop.tool("run", self.shop.write(self.flawed / "samples/flawed.csv", text), *more, cwd=self.flawed)

    def fails(self, text, said, *more):
        answer = self.run_on(text, *more)
        self.assertEqual(answer.exit, 1, answer)
        self.assertIn(said, answer.err)
        return answer

    def test_an_end_is_told_as_that_of_a_library(self):
        crashed = self.fails("r1,9932319981,2026-10-06\nsegfault\n",
                             "the plugin was killed by signal 11 (Segmentation fault) while parsing")
        self.assertIn("the program was ended by signal 11 (SIGSEGV)", crashed.err)
        self.fails("exit\n", "the plugin ended the process with status 0 while parsing")
        self.fails("hang\n", "the plugin made no progress for 2000 ms while parsing and was killed", "--timeout", "2")
        self.fails("nonsense\n", "the program broke the runner's protocol: what came over the channel is no frame")

    def test_an_exception_is_told_by_its_type_and_place_alone(self):
        answer = self.fails("throw\n", "ValueError in a call of the plugin, __main__.py:")
        self.assertNotIn("9932319981", answer.out + answer.err)

    def test_what_a_program_prints_does_not_stand_among_the_events(self):
        answer = self.run_on("chatter\nr1,9932319981,2026-10-06\n")
        self.assertEqual((answer.exit, len(answer.out.splitlines())), (0, 1), answer)
        self.assertIn("said by the plugin", answer.err)

    def test_what_does_not_start_says_why(self):
        self.shop.write(self.flawed / "flawed.py", "import no_such_module\n")
        self.addCleanup(self.shop.write, self.flawed / "flawed.py", PROGRAM)
        answer = self.run_on("x\n")
        self.assertEqual(answer.exit, 1, answer)
        self.assertIn("No module named 'no_such_module'", answer.err)
        self.assertIn("ended by itself with exit code 1 instead of answering hello", answer.err)

    def test_the_lab_the_manual_and_fuzz_take_a_program(self):
        rows = self.shop.tool("lab", "samples/first.csv", "--json", cwd=self.project).rows
        self.assertEqual([row["record"]["outcome"] for row in rows], ["accepted", "accepted", "rejected", "rejected"])
        subject = next(f for f in rows[0]["record"]["fields"] if f["field"] == "subject")
        self.assertEqual([(p["line"], p["column"], p["length"]) for p in subject["from"]], [(2, 8, 10)])
        self.assertIn("| `folder` | text | required | Where the laboratory leaves its files. |",
                      self.shop.tool("docs", cwd=self.feed).out)
        fuzzed = self.shop.tool("fuzz", "--cases", "200", "--seed", "2a", cwd=self.project)
        self.assertEqual(fuzzed.exit, 0, fuzzed)
        self.assertIn("200 cases, 0 findings", fuzzed.out)

    def test_a_program_is_measured_in_its_only_home(self):
        rows = self.shop.tool("bench", "samples/first.csv", "--seconds", "0.2", "--json", cwd=self.project).rows
        self.assertEqual([row["home"] for row in rows], ["runner"])
        self.assertGreater(rows[0]["items"], 0)
        nowhere = self.shop.tool("bench", "samples/first.csv", "--home", "in process", cwd=self.project)
        self.assertEqual(nowhere.exit, 1, nowhere)

    def test_a_project_is_checked_as_one(self):
        checked = self.shop.tool("check", ".", "--only", "1,15,16,18,19,23,24,31,36,40,41,44,45", "--json", cwd=self.project)
        self.assertEqual(checked.exit, 0, checked)
        results = {one["number"]: one for one in checked.rows[0]["results"]}
        self.assertEqual(results[1]["message"], "does not apply to a program")
        self.assertEqual({one["outcome"] for number, one in results.items() if number != 1}, {"passed"})

    def test_the_kit_names_the_end_of_a_program(self):
        self.shop.tool("build", cwd=self.flawed)
        self.shop.write(self.flawed / "samples/first.csv", "segfault\n")
        checked = self.shop.tool("check", ".", "--only", "41", "--json", cwd=self.flawed)
        self.assertEqual(checked.exit, 1, checked)
        found = checked.rows[0]["results"][0]
        self.assertEqual(found["outcome"], "crashed")
        self.assertIn("while reading first.csv twice: the program was ended by signal 11", found["message"])


class Running(unittest.TestCase):
    """Projects for all: two as they were written, and one that does what its input says."""

    @classmethod
    def setUpClass(cls):
        cls.shop = Workshop()
        cls.addClassCleanup(cls.shop.close)
        cls.project, cls.broken = cls.shop.new("reader", "acme-lab"), cls.shop.new("reader", "flawed")
        cls.sink = cls.shop.new("sink", "acme-sms")
        cls.shop.write(cls.broken / "flawed.cpp", READER)

    def flawed(self, text):
        return self.shop.write(self.broken / "samples/flawed.csv", text)

    def run_on(self, text, *more):
        return self.shop.tool("run", self.flawed(text), *more, cwd=self.broken)

    def test_identifiers_are_masked_unless_they_are_asked_for(self):
        masked = self.shop.tool("run", "samples/first.csv", cwd=self.project)
        self.assertNotIn("9932319981", masked.out + masked.err)
        self.assertIn(" egn:person-1 ", masked.out)
        self.assertIn("2 events, 2 quarantined", masked.err)
        shown = self.shop.tool("run", "samples/first.csv", "--show-identifiers", cwd=self.project)
        self.assertIn(" egn:9932319981 ", shown.out)
        rows = self.shop.tool("run", "samples/first.csv", "--json", cwd=self.project).rows
        self.assertEqual([next(iter(row)) for row in rows], ["event", "event", "quarantined", "quarantined", "summary"])
        self.assertEqual(rows[0]["event"]["subject"], "egn:person-1")
        self.assertNotIn("bytes", rows[2]["quarantined"])

    def test_a_golden_file_is_held_and_renewed(self):
        held = self.shop.tool("run", "samples/first.csv", "--expect", "samples/first.events", cwd=self.project)
        self.assertEqual((held.exit, held.out), (0, ""), held)
        golden = self.project / "samples/first.events"
        right = golden.read_text(encoding="utf-8")
        self.shop.write(golden, right.replace("9932319981", "5831079946"))
        wrong = self.shop.tool("run", "samples/first.csv", "--expect", golden, cwd=self.project)
        self.assertEqual(wrong.exit, 1, wrong)
        self.assertIn("first.events:1: not what was expected", wrong.err)
        self.assertFalse(re.search("[0-9]{10}", wrong.err), "an identifier was shown")
        self.assertEqual(self.shop.tool("run", "samples/first.csv", "--expect", golden, "--update", cwd=self.project).exit, 0)
        self.assertEqual(golden.read_text(encoding="utf-8"), right)

    def test_an_identifier_that_the_hub_refuses_is_pointed_out(self):
        answer = self.run_on("r1,9932319982,2026-10-06\n")
        self.assertIn("line 1: the hub will quarantine this event: ", answer.err)
        self.assertNotIn("9932319982", answer.out + answer.err)

    def test_a_crash_names_the_signal_and_the_place(self):
        answer = self.run_on("r1,9932319981,2026-10-06\nr2,9932319981,2026-10-06\nsegfault\nr3,9932319981,2026-10-06\n")
        self.assertEqual(answer.exit, 1, answer)
        self.assertIn("the plugin was killed by signal 11 (Segmentation fault) while parsing", answer.err)
        self.assertIn("the input had been read up to line 3 ", answer.err)

    def test_a_plugin_that_ends_the_process_has_not_passed(self):
        answer = self.run_on("exit\n")
        self.assertEqual(answer.exit, 1, answer)
        self.assertIn("the plugin ended the process with status 0 while parsing", answer.err)

    def test_a_hang_is_killed(self):
        answer = self.run_on("hang\n", "--timeout", "0.5")
        self.assertEqual(answer.exit, 1, answer)
        self.assertIn("the plugin made no progress for 500 ms while parsing and was killed", answer.err)

    def test_what_a_plugin_throws_is_an_error(self):
        answer = self.run_on("throw\n")
        self.assertEqual(answer.exit, 1, answer)
        self.assertIn("the plugin threw something that is no exception", answer.err)

    def test_what_a_plugin_prints_does_not_stand_among_the_events(self):
        answer = self.run_on("chatter\n")
        self.assertEqual((answer.exit, answer.out), (0, ""), answer)
        self.assertIn("said by the plugin", answer.err)

    def test_the_lab_shows_where_each_field_came_from(self):
        rows = self.shop.tool("lab", "samples/first.csv", "--json", cwd=self.project).rows
        self.assertEqual([row["record"]["outcome"] for row in rows], ["accepted", "accepted", "rejected", "rejected"])
        fields = {f["field"]: f for f in rows[0]["record"]["fields"]}
        place = lambda name: [(p["line"], p["column"], p["length"]) for p in fields[name]["from"]]
        self.assertEqual(place("subject"), [(2, 8, 10)])
        self.assertEqual(place("occurred"), [(2, 19, 10)])
        self.assertEqual(place("code.ksmp"), [(2, 30, 5)])
        self.assertEqual(place("scope"), [])
        text = self.shop.tool("lab", "samples/first.csv", cwd=self.project).out
        self.assertIn("      | L-1001,**********,2026-10-06,90.59,Blood count", text)
        self.assertIn("5:1  rejected  row: 5 cells expected, 2 found", text)
        self.assertFalse(re.search("[0-9]{10}", text), "an identifier was shown")

    def test_fuzz_finds_a_crash_and_reproduces_it(self):
        sample = self.flawed("r1,9932319981,2026-10-06\nsegfault!\nr2,9932319981,2026-10-06\n")
        found = self.shop.tool("fuzz", sample, "--cases", "3000", "--seed", "1", "--json", cwd=self.broken)
        self.assertEqual(found.exit, 1, found)
        case = next(row for row in found.rows if "signal 11" in row.get("found", ""))
        kept = self.broken / "case.bin"
        again = self.shop.tool("fuzz", sample, "--reproduce", case["case"], "--keep", kept, "--json", cwd=self.broken)
        self.assertEqual(again.exit, 1, again)
        self.assertEqual(again.rows[0], case)
        self.assertIn("signal 11", self.shop.tool("run", kept, cwd=self.broken).err)

    def test_fuzz_finds_nothing_in_the_template(self):
        answer = self.shop.tool("fuzz", "--cases", "1000", "--seed", "2a", cwd=self.project)
        self.assertEqual(answer.exit, 0, answer)
        self.assertIn("1000 cases, 0 findings; seed 000000000000002a", answer.out)

    def test_bench_counts_what_it_measured(self):
        big = self.project / "big.csv"
        self.shop.write(big, "number,egn,date,code,test\n" + "".join(f"L-{i},9932319981,2026-10-06,90.59,x\n" for i in range(10_000)))
        row, = self.shop.tool("bench", big, "--seconds", "0.3", "--home", "in process", "--json",
                              cwd=self.project).rows
        self.assertEqual((row["home"], row["what"], row["items"] % 10_000), ("in process", "events", 0))
        self.assertGreater(row["items_per_second"], 1000)
        self.assertGreaterEqual(row["p99_us"], row["p50_us"])
        self.assertGreater(row["peak_rss_kib"], 1000)

    def test_bench_measures_the_sandboxed_home_beside_the_other(self):
        rows = self.shop.tool("bench", "samples/first.csv", "--seconds", "0.2", "--json", cwd=self.project).rows
        self.assertEqual([row["home"] for row in rows], ["in process", "runner"])
        self.assertGreater(min(row["items"] for row in rows), 0)

    def test_bench_sizes_the_batches_of_a_sink(self):
        rows = self.shop.tool("bench", "samples/first.messages", "--batch", "1,16", "--seconds", "0.2", "--home", "in process",
                              "--json", cwd=self.sink).rows
        self.assertEqual([(row["batch"], row["items_a_batch"]) for row in rows], [(1, 1.0), (16, 16.0)])

    def test_docs_come_from_the_schema(self):
        text = self.shop.tool("docs", cwd=self.sink).out
        self.assertIn("| `folder` | text | required | Where the gateway picks up its messages. |", text)
        self.assertIn("- write: {folder}", text)
        page = self.shop.write(self.shop.root / "page.7", self.shop.tool("docs", "--man", cwd=self.sink).out)
        shown = self.shop.run("man", "-l", "--warnings", page) if self.shop.run("sh", "-c", "command -v man").exit == 0 else None
        if shown is not None:
            self.assertEqual((shown.exit, shown.err), (0, ""), shown)
        self.assertTrue(page.read_text(encoding="utf-8").startswith('.TH "acme\\-sms" 7'))


if __name__ == "__main__":
    unittest.main()
