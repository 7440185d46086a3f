#!/usr/bin/env python3
"""The ABI is what it was: compared with the recorded baseline, structs have only grown at their ends and constants have
kept their values. The gate itself is shown to notice what it must.

abidiff 2.2 alone is not enough: with the suppression of growth it also passes two fields of one type that change places,
another type of the same field and another argument of a function, as long as nothing is inserted. So what abidw says of
each struct is compared by itself as well: the fields of the baseline come first, with their places and types.

    abi_gate_test.py COMPILER INCLUDE [--record]      --record writes a baseline, for a new minor
"""
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

COMPILER, INCLUDE = sys.argv[1], Path(sys.argv[2])
HERE = Path(__file__).parent
BASELINE, CONSTANTS, GROWTH = HERE / "baseline-1.1.xml", HERE / "constants-1.1.txt", HERE / "growth.abignore"
ABIDW = ["abidw", "--no-show-locs", "--no-corpus-path", "--no-comp-dir-path", "--type-id-style", "hash"]


FILES = ("abi.h", "abi_services.h")
SEAM = "/* ---- the next file ---- */\n"


def header():
    """Both files as one text, to be searched and changed."""
    return SEAM.join((INCLUDE / "vestitel" / name).read_text(encoding="utf-8") for name in FILES)


def surface(folder, text):
    """The library whose debugger's view is the ABI of this header."""
    (folder / "vestitel").mkdir()
    for name, part in zip(FILES, text.split(SEAM), strict=True):
        (folder / "vestitel" / name).write_text(part, encoding="utf-8")
    library = folder / "surface.so"
    subprocess.run([COMPILER, "-std=c17", "-g", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{folder}",
                    str(HERE / "surface.c"), "-o", str(library)], check=True)
    return library


class Types:
    """The types of what abidw wrote, in words that do not depend on its ids."""

    def __init__(self, text):
        self.root = xml.fromstring(text)
        self.by_id = {node.get("id"): node for node in self.root.iter() if node.get("id")}

    def word(self, type_id):
        node = self.by_id[type_id]
        if node.tag in ("class-decl", "type-decl"):
            return node.get("name") + ("" if node.tag == "class-decl" else ":" + node.get("size-in-bits", "0"))
        if node.tag == "array-type-def":
            return f"{self.word(node.get('type-id'))}[{node.find('subrange').get('length')}]"
        if node.tag == "function-type":
            arguments = ", ".join(self.word(one.get("type-id")) for one in node.findall("parameter"))
            return f"{self.word(node.find('return').get('type-id'))}({arguments})"
        mark = {"pointer-type-def": "*", "typedef-decl": "", "qualified-type-def": " const"}[node.tag]
        return self.word(node.get("type-id")) + mark

    def structs(self):
        """name -> its fields in order, each with its name, its place in bits and its type."""
        return {node.get("name"): [(member.find("var-decl").get("name"), member.get("layout-offset-in-bits"),
                                    self.word(member.find("var-decl").get("type-id")))
                                   for member in node.findall("data-member")]
                for node in self.root.iter("class-decl") if node.get("is-declaration-only") != "yes"}


def moved(before, after):
    """What of the structs in the baseline is no longer where and what it was."""
    return {f"{name}.{field[0]}" for name, fields in before.items()
            for i, field in enumerate(fields) if after.get(name, [])[i:i + 1] != [field]}


def compared(text):
    """Empty: nothing but growth at the end of structs."""
    with tempfile.TemporaryDirectory(prefix="abi-") as name:
        library = surface(Path(name), text)
        done = subprocess.run(["abidiff", "--suppressions", str(GROWTH), str(BASELINE), str(library)],
                              capture_output=True, text=True)
        seen = subprocess.run([*ABIDW, str(library)], capture_output=True, text=True, check=True).stdout
    fields = moved(Types(BASELINE.read_text(encoding="utf-8")).structs(), Types(seen).structs())
    return (done.stdout if done.returncode != 0 else "") + "".join(f"{field} changed\n" for field in sorted(fields))


def constants(text):
    found = re.findall(r"^#define (VESTITEL_[A-Z0-9_]+) +([^/\n]*)", text, re.M)
    ours = {"VESTITEL_ABI_MINOR", "VESTITEL_EXPORT", "VESTITEL_HAS"}  # they may change
    return {name: " ".join(value.split()) for name, value in found if name not in ours and value.strip()}


def recorded():
    rows = (line.split(" ", 2) for line in CONSTANTS.read_text(encoding="utf-8").splitlines())
    return {name: value for _, name, value in rows}


def lost(text):
    now = constants(text)
    return {name for name, value in recorded().items() if now.get(name) != value}


def changed(old, new):
    text = header()
    assert text.count(old) == 1, old
    return text.replace(old, new)


DELIVERY_END = "  void (*settle)(const vestitel_host*, uint32_t i, const vestitel_verdict*);\n"

BREACHES = {
    "two fields change places": ("uint32_t flags, attr_first, attr_count, line,", "uint32_t attr_first, flags, attr_count, line,"),
    "a field goes": ("  int64_t  retry_after_ms;\n  uint64_t item;", "  uint64_t item;"),
    "a field is put in the middle": ("uint32_t size; int32_t kind;", "uint32_t size; int32_t news; int32_t kind;"),
    "a field changes its type": ("typedef struct vestitel_span { uint32_t off, len; }", "typedef struct vestitel_span { uint32_t off; int32_t len; }"),
    "a text becomes longer": ("char message[512];", "char message[600];"),
    "a function takes another argument": ("void (*begin)(const vestitel_host*, uint32_t i);", "void (*begin)(const vestitel_host*, uint64_t i);"),
    "a function changes its place": ("  vestitel_rc (*start)(vestitel_plugin*, vestitel_error*);  /* [control]                               */\n", ""),
}


class Gate(unittest.TestCase):
    def test_the_header_is_that_of_the_baseline_or_has_grown_at_the_end(self):
        self.assertEqual(compared(header()), "")
        self.assertEqual(lost(header()), set())

    def test_a_field_at_the_end_passes(self):
        grown = changed(DELIVERY_END, DELIVERY_END + "  void (*later)(const vestitel_host*);\n")
        self.assertEqual(compared(grown), "")

    def test_every_other_change_is_caught(self):
        for name, (old, new) in BREACHES.items():
            with self.subTest(name=name):
                self.assertNotEqual(compared(changed(old, new)), "")

    def test_the_baseline_knows_every_struct_of_the_header(self):
        structs = set(Types(BASELINE.read_text(encoding="utf-8")).structs())
        named = set(re.findall(r"^(?:typedef )?struct (vestitel_\w+) *\{", header(), re.M))
        self.assertEqual(named - structs, set())
        self.assertGreater(len(named), 20)

    def test_a_constant_with_another_value_is_caught(self):
        self.assertEqual(lost(changed("#define VESTITEL_RETRY          3", "#define VESTITEL_RETRY          4")), {"VESTITEL_RETRY"})
        self.assertEqual(lost(changed("#define VESTITEL_EHIC           4", "#define VESTITEL_CARD           4")), {"VESTITEL_EHIC"})


def record():
    with tempfile.TemporaryDirectory(prefix="abi-") as name:
        library = surface(Path(name), header())
        done = subprocess.run([*ABIDW, str(library)], capture_output=True, text=True, check=True)
    BASELINE.write_text(done.stdout.replace(str(HERE / "surface.c"), "tests/abi/surface.c"), encoding="utf-8")
    CONSTANTS.write_text("".join(f"#define {name} {value}\n" for name, value in constants(header()).items()),
                         encoding="utf-8")


if __name__ == "__main__":
    if "--record" in sys.argv:
        record()
    else:
        unittest.main(argv=sys.argv[:1])
