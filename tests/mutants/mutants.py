#!/usr/bin/env python3
"""Breaks the code in each way of mutants.toml, one at a time, and sees that the named tests notice.

    mutants.py [--root DIR] [--list FILE] [--work DIR] [--check] [NAME...]

The tree is copied to --work (default ROOT/build/mutants) and built there; the tree itself is not touched. A mutant is
killed when it compiles and one of its tests fails or does not end. Exit 0: all killed. 1: some survived, do not
compile, or their tests fail without them. --check only looks whether each still finds its place in the source.
"""
import argparse
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

REQUIRED = ("name", "breaks", "file", "find", "replace", "targets", "tests")


class ListError(Exception):
    pass


def load(path):
    mutants = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    names = [m.get("name") for m in mutants]
    for m in mutants:
        missing = [key for key in REQUIRED if key not in m]
        if missing:
            raise ListError(f"{m.get('name', '?')}: {', '.join(missing)} missing")
    if len(set(names)) != len(names):
        raise ListError("two mutants of one name")
    return mutants


def mutated(root, mutant):
    """The text of the file with the mutation in it. Each of its edits must have exactly one place."""
    text = (root / mutant["file"]).read_text(encoding="utf-8")
    for edit in (mutant, *mutant.get("also", ())):
        places = text.count(edit["find"])
        if places != 1 or edit["find"] == edit["replace"]:
            raise ListError(f"{mutant['name']}: {edit['find'].strip()!r} is in {mutant['file']} {places} times; "
                            "the list is out of date")
        text = text.replace(edit["find"], edit["replace"])
    return text


def copy_tree(root, tree):
    """Copies what git would commit; a file that did not change keeps its time, so that only changes are rebuilt."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                            check=True, capture_output=True).stdout.decode().split("\0")
    wanted = {name for name in listed if name and (root / name).is_file()}
    for name in wanted:
        source, target = root / name, tree / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    for path in [p for p in tree.rglob("*") if p.is_file()]:
        name = path.relative_to(tree).as_posix()
        if name not in wanted and not name.startswith("build/"):
            path.unlink()


class Tree:
    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "CCACHE_BASEDIR": str(folder), "CCACHE_NOHASHDIR": "1"}

    def run(self, *command, timeout=None):
        return subprocess.run(command, cwd=self.folder, env=self.environment, check=False, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")

    def configure(self):
        return self.run("cmake", "--preset", "dev")

    def build(self, targets):
        return self.run("cmake", "--build", "--preset", "dev", "--target", *targets)

    def test(self, tests, timeout):
        """None when the tests pass, else the names of those that do not; no test at all is an error."""
        pattern = "^(" + "|".join(tests) + ")$"
        try:
            run = self.run("ctest", "--test-dir", "build/dev", "--no-tests=error", "-R", pattern, timeout=timeout)
        except subprocess.TimeoutExpired:
            return ["no end"]
        if "No tests were found" in run.stdout:
            raise ListError(f"no test of the name {' or '.join(tests)}")
        failed = [line.split(" - ")[1].split(" (")[0] for line in run.stdout.splitlines()
                  if " - " in line and line.rstrip().endswith(")") and line.lstrip()[:1].isdigit()]
        return None if run.returncode == 0 else failed or [run.stdout.strip().splitlines()[-1]]


def try_mutant(tree, mutant):
    """(verdict, detail): killed, survived or broken."""
    path = tree.folder / mutant["file"]
    whole = path.read_text(encoding="utf-8")
    text = mutated(tree.folder, mutant)
    try:
        path.write_text(text, encoding="utf-8")
        built = tree.build(mutant["targets"])
        if built.returncode != 0:
            errors = [line for line in built.stdout.splitlines() if "error" in line]
            return "broken", (errors or built.stdout.splitlines()[-1:])[0]
        failed = tree.test(mutant["tests"], mutant.get("timeout", 600))
    finally:
        path.write_text(whole, encoding="utf-8")
    return ("killed", "by " + ", ".join(failed)) if failed else ("survived", "no test failed")


def run_all(tree, mutants, say):
    targets = sorted({t for m in mutants for t in m["targets"]})
    tests = sorted({t for m in mutants for t in m["tests"]})
    for step in (tree.configure(), tree.build(targets)):
        if step.returncode != 0:
            raise ListError("the tree does not build: " + step.stdout[-2000:])
    failed = tree.test(tests, 3600)
    if failed:
        raise ListError(f"without any mutant these fail: {', '.join(failed)}")
    survived = 0
    for mutant in mutants:
        begun = time.monotonic()
        verdict, detail = try_mutant(tree, mutant)
        survived += verdict != "killed"
        say(f"{verdict:<9}{mutant['name']:<32}{time.monotonic() - begun:6.1f} s  {detail}")
    say(f"{len(mutants) - survived} of {len(mutants)} killed")
    return survived


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve()
    parser.add_argument("--root", type=Path, default=here.parents[2])
    parser.add_argument("--list", type=Path, default=here.parent / "mutants.toml")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    try:
        mutants = load(args.list)
        unknown = set(args.names) - {m["name"] for m in mutants}
        if unknown:
            raise ListError(f"no mutant of the name {', '.join(sorted(unknown))}")
        mutants = [m for m in mutants if not args.names or m["name"] in args.names]
        for m in mutants:
            mutated(args.root, m)
        if args.check:
            print(f"{len(mutants)} mutants find their place")
            return 0
        tree = Tree((args.work or args.root / "build" / "mutants").resolve())
        copy_tree(args.root, tree.folder)
        return 1 if run_all(tree, mutants, lambda line: print(line, flush=True)) else 0
    except ListError as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
