#!/usr/bin/env python3
"""The pages of sdk/docs, done as they say: what is a command is run, what is C++ is compiled.

What stands behind the language of a block says how:
    cpp                      compiles at namespace scope, as C++17
    python                   is Python in its form
    cpp body                 compiles inside a function with document, in, out, host and settings at hand
    cpp plugin=NAME          is the whole source of the project NAME
    LANGUAGE plugin=NAME file=PATH   is a file of that project
    console plugin=NAME [setup]      "$ " begins a command; what follows is what it prints. setup: any output
    console                  is shown only
"""
import re
import unittest
from pathlib import Path

from workshop import PREFIX, TOOL, Workshop

DOCS = sorted((Path(__file__).resolve().parents[2] / "sdk/docs").glob("*.md"))
BLOCK = re.compile(r"(?m)^```(\w+)([^\n]*)\n(.*?)^```$", re.S)
BODY = """#include <vestitel/plugin.hpp>
#include <cstdint>
[[maybe_unused]] void body([[maybe_unused]] const vestitel::Document& document, [[maybe_unused]] vestitel::Input& in,
          [[maybe_unused]] vestitel::Emit& out, [[maybe_unused]] const vestitel::Host& host,
          [[maybe_unused]] const vestitel::Settings& settings) {
%s}
"""
STRICT = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++"]


class Block:
    def __init__(self, page, match):
        self.page, self.language, self.text = page, match[1], match[3]
        self.words = match[2].split()
        self.line = match.string.count("\n", 0, match.start()) + 1
        self.named = dict(word.split("=", 1) for word in self.words if "=" in word)

    def __str__(self):
        return f"{self.page.name}:{self.line}"


def blocks(page):
    return [Block(page, match) for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]


class Pages(unittest.TestCase):
    def test_there_are_pages_with_snippets(self):
        every = [block for page in DOCS for block in blocks(page)]
        self.assertGreater(sum(block.language == "cpp" for block in every), 10)
        self.assertGreater(sum(block.language == "console" for block in every), 5)

    def test_every_snippet_compiles(self):
        shop = Workshop()
        self.addCleanup(shop.close)
        for page in DOCS:
            for block in blocks(page):
                if block.language != "cpp" or "plugin" in block.named:
                    continue
                text = BODY % block.text if "body" in block.words else "#include <vestitel/plugin.hpp>\n" + block.text
                compiled = shop.run("g++", *STRICT, "-I", PREFIX / "include", "-", given=text)
                with self.subTest(at=str(block)):
                    self.assertEqual(compiled.exit, 0, compiled)

    def test_every_snippet_of_python_is_python(self):
        every = [block for page in DOCS for block in blocks(page) if block.language == "python"]
        self.assertGreater(len(every), 3)
        for block in every:
            with self.subTest(at=str(block)):
                compile(block.text, str(block), "exec")

    def test_every_page_does_what_it_shows(self):
        for page in DOCS:
            shop = Workshop()
            shop.environment["PATH"] = f"{TOOL.parent}:{shop.environment['PATH']}"
            try:
                for block in blocks(page):
                    if "plugin" in block.named:
                        with self.subTest(at=str(block)):
                            self.do(shop, block)
            finally:
                shop.close()

    def do(self, shop, block):
        project = shop.root / block.named["plugin"]
        if block.language == "console":
            for command, printed in self.commands(block.text):
                done = shop.run("sh", "-c", command, cwd=shop.root if "setup" in block.words else project)
                self.assertEqual(done.exit, 0, done)
                if "setup" not in block.words:
                    said = done.out + "".join(line + "\n" for line in done.err.splitlines()
                                              if line.startswith(("written: ", "as expected: ")))
                    self.assertEqual(said, printed, command)
        else:
            name = block.named.get("file", block.named["plugin"].replace("-", "_") + ".cpp")
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shop.write(path, block.text)

    @staticmethod
    def commands(text):
        for part in re.split(r"(?m)^\$ ", text)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed


if __name__ == "__main__":
    unittest.main()
