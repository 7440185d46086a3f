#!/usr/bin/env python3
"""The mutant runner on a tree of three files: what a test notices is killed, what none notices survives."""
import subprocess
import tempfile
import unittest
from pathlib import Path

import mutants

FILES = {
    "CMakeLists.txt": """cmake_minimum_required(VERSION 3.25)
project(sample LANGUAGES C)
enable_testing()
add_executable(sum_test sum.c sum_test.c)
add_test(NAME sum_test COMMAND sum_test)
""",
    "CMakePresets.json": """{"version": 6,
 "configurePresets": [{"name": "dev", "generator": "Ninja", "binaryDir": "${sourceDir}/build/dev"}],
 "buildPresets": [{"name": "dev", "configurePreset": "dev"}]}""",
    "sum.c": "int sum(int a, int b) { return a + b; }\nint unused(int a) { return a * 2; }\n",
    "sum_test.c": "int sum(int, int);\nint main(void) { return sum(2, 3) != 5; }\n",
    ".gitignore": "/build/\n",
}
SUM = {"name": "minus", "breaks": "sum", "file": "sum.c", "find": "a + b", "replace": "a - b", "targets": ["sum_test"],
       "tests": ["sum_test"]}


class Runner(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.TemporaryDirectory()
        cls.root = Path(cls.top.name) / "root"
        cls.root.mkdir()
        for name, text in FILES.items():
            (cls.root / name).write_text(text, encoding="utf-8")
        subprocess.run(["git", "init", "-q"], cwd=cls.root, check=True)

    @classmethod
    def tearDownClass(cls):
        cls.top.cleanup()

    def run_list(self, *wanted):
        tree = mutants.Tree(Path(self.top.name) / "work")
        mutants.copy_tree(self.root, tree.folder)
        lines = []
        return mutants.run_all(tree, list(wanted), lines.append), lines

    def test_each_mutant_gets_its_verdict_and_the_tree_is_whole_between_them(self):
        survivor = {**SUM, "name": "unused", "find": "a * 2", "replace": "a * 3"}
        broken = {**SUM, "name": "broken", "find": "a + b", "replace": "a +"}
        bad, lines = self.run_list(SUM, survivor, broken, {**SUM, "name": "again"})
        self.assertEqual([line.split()[:2] for line in lines[:4]],
                         [["killed", "minus"], ["survived", "unused"], ["broken", "broken"], ["killed", "again"]])
        self.assertIn("by sum_test", lines[0])
        self.assertEqual((bad, lines[4]), (2, "2 of 4 killed"))
        self.assertEqual((self.root / "sum.c").read_text(encoding="utf-8"), FILES["sum.c"])

    def test_a_mutant_without_exactly_one_place_is_refused(self):
        for find in ("a % b", "int a"):
            with self.assertRaisesRegex(mutants.ListError, "out of date"):
                mutants.mutated(self.root, {**SUM, "find": find})

    def test_a_test_that_does_not_exist_is_refused(self):
        with self.assertRaisesRegex(mutants.ListError, "no test of the name absent"):
            self.run_list({**SUM, "tests": ["absent"]})

    def test_the_list_is_checked(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write('[[mutant]]\nname = "x"\n')
            file.flush()
            with self.assertRaisesRegex(mutants.ListError, "x: breaks, file"):
                mutants.load(Path(file.name))


if __name__ == "__main__":
    unittest.main()
