#!/usr/bin/env python3
"""The mapping in the page of each source is what its code does today.

    mapping_test.py TOOL PLUGINS
"""
import difflib
import sys
import tempfile
import unittest

import mapped_pages

TOOL, PLUGINS = sys.argv[1:3]


class Mapping(unittest.TestCase):
    def test_every_page_has_a_place_for_it(self):
        shown = {page for page, _ in mapped_pages.shown(PLUGINS)}
        self.assertEqual(shown, set(mapped_pages.PAGES.glob("*.md")))
        self.assertEqual({page.name for page in shown if mapped_pages.written(page) is None}, set())

    def test_every_page_says_what_the_code_does(self):
        with tempfile.TemporaryDirectory(prefix="mapping-") as folder:
            for page, reader in mapped_pages.shown(PLUGINS):
                with self.subTest(page=page.name):
                    table = mapped_pages.mapping(TOOL, reader, folder)
                    self.assertIn("\n|---|---|---|\n", table)
                    differs = difflib.unified_diff((mapped_pages.written(page) or "").splitlines(), table.splitlines(),
                                                   page.name, "the code", n=0, lineterm="")
                    said = "\n".join(differs)
                    self.assertEqual(said, "", f"./dev docs writes it anew:\n{said}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
