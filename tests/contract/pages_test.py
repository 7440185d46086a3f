#!/usr/bin/env python3
"""The page of each source is held to its code: what the plugin declares stands there with its class, its settings with
their defaults, and what comes of corner cases is said. That its mapping is what the code does is for mapping_test.py.

    pages_test.py TOOL PLUGINS
"""
import re
import subprocess
import sys
import unittest
from pathlib import Path

import mapped_pages

TOOL, PLUGINS = sys.argv[1:3]
SOURCE = Path(__file__).resolve().parents[2]
PAGES = SOURCE / "docs" / "sources"
# What every format is asked for, whether it can say it or not.
CASES = {"correction", "annulment", "duplicate", "two persons of one family", "foreign insured", "newborn", "death",
         "hired substitute"}


def libraries():
    """(library, page) of every built source; a feed that stands beside a reader shares its page."""
    for library in sorted(Path(PLUGINS).glob("*.so")):
        name = library.stem.removesuffix("-feed")
        page = PAGES / f"{name}.md"
        if page.exists():
            yield library, page
        elif not (SOURCE / "docs" / "sinks" / f"{name}.md").exists():
            raise AssertionError(f"{library.stem} has no page in docs/")


class Declared:
    def __init__(self, library):
        manual = subprocess.run([TOOL, "docs", "--plugin", library], capture_output=True, text=True, check=True).stdout
        line = re.search(r"^- attributes: (.*)$", manual, re.M)
        self.attributes = dict(re.findall(r"([\w.-]+) \((\w+)\)", line[1])) if line else {}
        settings = manual.partition("## Settings")[2].partition("```")[0]
        self.settings = {name: default for name, default in re.findall(r"^\| `(\w+)` \| [^|]+ \| (.*?) \|", settings, re.M)}


def rows(text):
    """The cells of every table row of a page; a bar that belongs to a cell is written with a backslash before it."""
    for line in text.splitlines():
        if line.startswith("|") and not set(line) <= set("|- "):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


class Pages(unittest.TestCase):
    def test_every_page_is_held(self):
        self.assertGreaterEqual(len(list(libraries())), 13)

    def test_what_is_declared_stands_in_the_mapping_with_its_class(self):
        for library, page in libraries():
            with self.subTest(page=page.name, plugin=library.stem):
                mapping = mapped_pages.written(page) or ""
                missing = {key: of for key, of in Declared(library).attributes.items() if f"`{key}` ({of})" not in mapping}
                self.assertEqual(missing, {})

    def test_what_a_page_calls_the_plugins_own_is_declared(self):
        for page in sorted(PAGES.glob("*.md")):
            named = set(re.findall(rf"`({page.stem}\.[a-z][\w-]*)`", page.read_text()))
            declared = {key for library, at in libraries() if at == page for key in Declared(library).attributes}
            with self.subTest(page=page.name):
                self.assertEqual(named - declared, set())

    def test_settings_stand_there_with_their_defaults(self):
        for library, page in libraries():
            sections = re.split(r"^##+ ", page.read_text(), flags=re.M)
            table = [cells for section in sections if "ettings" in section.partition("\n")[0] or "| default |" in section
                     for cells in rows(section)]
            for name, default in Declared(library).settings.items():
                with self.subTest(page=page.name, setting=name):
                    row = next((cells for cells in table if f"`{name}`" in cells[0]), None)
                    self.assertIsNotNone(row, f"{name} is in no row")
                    self.assertIn(default.strip("`"), " ".join(row) + ("not set" if row[1] in ("", "none") else ""))

    def test_what_comes_of_corner_cases_is_said(self):
        for page in sorted({one[1] for one in libraries()}):
            section = page.read_text().partition("\n## Corner cases\n")[2].partition("\n## ")[0]
            told = {case for cells in rows(section) for case in cells[0].split(", ")}
            with self.subTest(page=page.name):
                self.assertEqual(CASES - told, set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
