#!/usr/bin/env python3
"""The kit asks a program what it asks a library: each check below fails for a program whose library has one thing taken
out of it, and so does each promise of sdk/python.

    programs_test.py TOOL SDK
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(__file__))
from kit import run

TOOL, SDK = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).resolve()
SAMPLE = Path(__file__).parent / "samples/hello-python/results.csv"

# what breaks: (file of vestitel_plugin, what stands there, what takes its place, the example, the check that must fail)
CASES = {
    "knows any id": ("serve.py", 'elif wanted not in (b"", plugin.id.encode()):', "elif False:", "hello", 19),
    "outlives its instance": ("serve.py", "            if kind == wire.DESTROY:\n                os._exit(0)", "", "hello", 23),
    "names no service": ("host.py", 'f"service vestitel.{service}/1 is not granted"', '"no"', "hello_feed", 28),
    "takes a refusal for an answer": ("host.py", "        if rc < 0:\n            raise HubError(rc, message or f",
                                      "        if rc < -100:\n            raise HubError(rc, message or f", "hello_feed", 48),
    "takes any setting": ("settings.py", "known[key].check(value)", "pass", "hello_feed", 32),
    "works before start": ("serve.py", "if self.state != _STARTED:\n            return 0", "if False:\n            return 0",
                           "hello", 36),
    "does not hear stop": ("serve.py", "self.host.set_over(by_stop=True)", "pass", "hello", 37),
    "does not hear cancel": ("serve.py", "host.set_over(by_hub=kind == wire.CANCEL)", "pass", "hello", 37),
    "tells its secret": ("host.py", 'return data.decode() if rc == OK else None',
                         'print(data.decode(), flush=True); return "x"', "hello_feed", 39),
    "keeps a line without an end": ("host.py", "_LONGEST_LINE = 1024 * 1024", "_LONGEST_LINE = 32 << 20", "hello", 43),
    "sends what has expired": ("serve.py", "if message.expires_us and now >= message.expires_us:", "if False:", "hello_sink", 55),
}


def broken(folder, file, stands, instead, example):
    """The example as one file, over a library with the change."""
    sdk = folder / "python"
    shutil.copytree(SDK / "python", sdk)
    source = sdk / "vestitel_plugin" / file
    text = source.read_text(encoding="utf-8")
    assert text.count(stands) == 1, (file, stands)
    source.write_text(text.replace(stands, instead), encoding="utf-8")
    program = folder / f"{example}.pyz"
    subprocess.run([sys.executable, "-B", sdk / "bundle.py", program, SDK / "examples/python" / f"{example}.py"], check=True)
    samples = folder / "samples"
    samples.mkdir()
    if example == "hello":
        shutil.copy(SAMPLE, samples)
    return program, samples


def checked(change, example, number):
    with tempfile.TemporaryDirectory(prefix="kit-") as folder:
        program, samples = broken(Path(folder), *change, example)
        return run(TOOL, program, "--samples", samples, "--only", number)[1][number]


class Broken(unittest.TestCase):
    def test_each_check_fails_for_the_program_that_breaks_it(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            runs = {name: pool.submit(checked, case[:3], *case[3:]) for name, case in CASES.items()}
            for name, result in runs.items():
                with self.subTest(name=name):
                    self.assertEqual(result.result()["outcome"], "failed", result.result())

    def test_the_same_bundle_has_the_same_bytes(self):
        made = []
        for name in ("one", "two"):
            with tempfile.TemporaryDirectory(prefix=name) as folder:
                program, _ = broken(Path(folder), *CASES["takes any setting"][:3], "hello")
                made.append(program.read_bytes())
                self.assertTrue(os.access(program, os.X_OK))
        self.assertEqual(made[0], made[1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
