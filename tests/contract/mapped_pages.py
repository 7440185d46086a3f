#!/usr/bin/env python3
"""The tables of docs/sources that say which place of a document gives which field of an event, made of what the built
readers do with their samples (`vestitel-plugin docs --mapping`).

    mapped_pages.py TOOL PLUGINS [PAGE..]    writes them into the pages, all or those named; ./dev docs does it
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "fuzz"))
from readers import readers

PAGES = ROOT / "docs" / "sources"
BEGIN, END = "<!-- mapping: written by ./dev docs -->", "<!-- end of mapping -->"
EXPLAINED = "[How to read the table](../../sdk/docs/write-a-reader.md#the-table-for-your-users)."
BLOCK = re.compile(re.escape(BEGIN) + r"\n(.*?)" + re.escape(END), re.S)
AS_OF = "2026-11-25"  # what day it is for the readers: the day of the samples' golden files, and never another one
# Of a reader that is read with one mapping or another: the one that its page shows. Fixed columns have no names.
SHOWN = {"csv-mapping": "csv-mapping.lab"}
SECRETS = {"regix-nhif": {"person_key": "a value for trials alone, of 41 bytes"}}


def shown(plugins):
    """(page, reader) of every page."""
    for reader in readers(plugins):
        name = reader.name.partition(".")[0]
        if SHOWN.get(name, name) == reader.name:
            yield PAGES / f"{name}.md", reader


def mapping(tool, reader, folder):
    """What stands between the marks of the reader's page. Settings are the defaults, but for a mapping."""
    words = [tool, "docs", "--plugin", reader.library, "--as-of", AS_OF]
    if "mapping" in reader.settings:
        settings = Path(folder) / "settings.json"
        settings.write_text(json.dumps({"mapping": reader.settings["mapping"]}), encoding="utf-8")
        words += ["--settings", settings]
    for name, value in SECRETS.get(reader.name, {}).items():
        secret = Path(folder) / name
        secret.write_text(value, encoding="utf-8")
        words += ["--secret", f"{name}={secret}"]
    done = subprocess.run([*map(str, words), "--mapping", *map(str, reader.samples)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{reader.name}: exit {done.returncode}: {done.stderr}")
    return f"\n{done.stdout}\n{EXPLAINED}\n\n"


def written(page):
    """The table that the page has, or nothing."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return found[0] if len(found) == 1 else None


def write(page, table):
    text = page.read_text(encoding="utf-8")
    if written(page) is None:
        raise RuntimeError(f"{page}: one pair of marks is expected: {BEGIN} and {END}")
    page.write_text(BLOCK.sub(lambda _: f"{BEGIN}\n{table}{END}", text), encoding="utf-8")


def main(tool, plugins, *names):
    with tempfile.TemporaryDirectory(prefix="mapping-") as folder:
        for page, reader in shown(plugins):
            if names and page.stem not in names:
                continue
            table = mapping(tool, reader, folder)
            if table != written(page):
                write(page, table)
                print(f"written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
