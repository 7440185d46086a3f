#!/usr/bin/env python3
"""From nothing to a working plugin: two commands, at most 15 lines of the author's, under a minute."""
import random
import time
import unittest

from first_plugin import AUTHOR_LINES, CHECK, COMMANDS, Layout, got, has_check, put_into
from workshop import Workshop



class FirstPlugin(unittest.TestCase):
    def test_a_made_up_csv_is_read_by_fifteen_lines_in_a_minute(self):
        layout = Layout(random.SystemRandom().randrange(2**32), lines_in_cells=False)
        shop = Workshop()
        self.addCleanup(shop.close)
        begun = time.monotonic()
        project = shop.new("reader", "acme-lab")
        put_into(project, layout)
        commands = COMMANDS + ([CHECK] if has_check(shop.tool("--help").out) else [])
        answers = [shop.tool(*command, cwd=project) for command in commands]
        took = time.monotonic() - begun
        with self.subTest(seed=layout.seed):
            for answer in answers:
                self.assertEqual(answer.exit, 0, answer)
            self.assertEqual(got(answers[0].rows), layout.expected())
            self.assertLessEqual(len(layout.source().splitlines()), AUTHOR_LINES)
        print(f"{len(layout.source().splitlines())} lines, {took:.1f} s, seed {layout.seed}")

    def test_layouts_of_every_kind_are_read(self):
        """One project for all: only the source and the document change."""
        shop = Workshop()
        self.addCleanup(shop.close)
        project = shop.new("reader", "acme-lab")
        for seed in (1, 2, 3, 4):
            layout = Layout(seed)
            shop.write(project / "acme_lab.cpp", layout.source())
            (project / "samples/report.csv").write_bytes(layout.document())
            ran = shop.tool("run", "samples/report.csv", "--json", "--show-identifiers", cwd=project)
            with self.subTest(seed=seed, separator=layout.separator, pattern=layout.pattern):
                self.assertEqual(ran.exit, 0, ran)
                self.assertEqual(got(ran.rows), layout.expected())


if __name__ == "__main__":
    unittest.main()
