#!/usr/bin/env python3
"""The kit asks a program what it asks a library: each check below fails for a program whose library has one thing taken
out of it, and so does each promise of sdk/python. What no host would send is sent by frames.

    programs_test.py TOOL SDK
"""
import concurrent.futures
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(__file__))
from kit import run

TOOL, SDK = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).resolve()
sys.path.insert(0, str(SDK / "python"))
from vestitel_plugin import wire
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
    "answers a doubt twice": ("serve.py", "            if verdict is not None:\n                self.settle(index, verdict)",
                              "            self.settle(index, Verdict.unknown('?'))\n            self.settle(index, Verdict.unknown('!'))",
                              "hello_sink", 67),
    "begins what it is asked about": ("serve.py", "verdict = self.found(doubt)",
                                      "self.host._send(wire.BEGIN, 0, wire.Writer().numbers('I', index).bytes()); "
                                      "verdict = self.found(doubt)", "hello_sink", 68),
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


ASKED = """import vestitel_plugin as vestitel
class Asked:
    def deliver(self, message):
        return vestitel.Verdict.accepted()
    def ask(self, doubt):
        if doubt.idem_key == "key-0":
            raise ConnectionError("no answer")
        return {"key-1": vestitel.Verdict.accepted("there"), "key-2": "there"}.get(doubt.idem_key)
vestitel.serve(vestitel.Sink("com.example.asked", "Asked", "1.0.0", Asked, max_batch=4))
"""


class Frames(unittest.TestCase):
    """A sink that is asked, by the frames alone: also what no host of ours would send."""

    def setUp(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        begin = f"import os, sys; os.dup2({theirs.fileno()}, 3); sys.path.insert(0, {str(SDK / 'python')!r})\n"
        process = subprocess.Popen([sys.executable, "-B", "-c", begin + ASKED], pass_fds=(theirs.fileno(),),
                                   stderr=subprocess.DEVNULL)
        theirs.close()
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.kill)
        ours.settimeout(20)
        self.line, self.call = wire.Channel(ours.detach()), 0
        self.addCleanup(self.line.socket.close)
        self.line.socket.settimeout(20)
        hello = wire.Writer().numbers("II", 1, 1).text("under-test").text("").text("").numbers("qII", 0, 2, 0)
        self.line.send(wire.HELLO, 0, hello.bytes())
        self.ready = self.line.receive()[2]
        self.assertEqual(self.outcome(wire.CONFIGURE, b"{}"), (0, []))
        self.assertEqual(self.outcome(wire.START), (0, []))

    def outcome(self, kind, payload=b""):
        """The code of a call's answer, and what was said before it."""
        self.call += 1
        self.line.send(kind, self.call, payload)
        said = []
        while (frame := self.line.receive())[0] != wire.ANSWER:
            said.append((frame[0], frame[2]))
        self.assertEqual(frame[1], self.call)
        return struct.unpack_from("<i", frame[2])[0], said

    @staticmethod
    def doubts(count):
        keys = [f"key-{i}".encode() for i in range(count)]
        heap, items = b"".join(keys), b""
        for i, key in enumerate(keys):
            items += struct.pack("<II6IqqII", 56, 1, 0, 0, sum(map(len, keys[:i])), len(key), 0, 0, 1, 0, 0, 0)
        return struct.pack("<IIQ", count, 0, len(heap)) + items + heap

    def test_a_batch_that_is_over_the_most_is_not_looked_at(self):
        self.assertEqual(struct.unpack("<I", self.ready[-4:])[0], 4)
        self.assertEqual(self.outcome(wire.ASK, self.doubts(5)), (-1, []))

    def test_what_fails_costs_its_own_answer_alone(self):
        rc, said = self.outcome(wire.ASK, self.doubts(4))
        self.assertEqual((rc, [kind for kind, _ in said]), (0, [wire.SETTLE]))
        self.assertEqual(struct.unpack_from("<Ii", said[0][1]), (1, 1))  # the second is accepted


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
