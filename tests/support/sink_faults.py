"""A built sink that speaks HTTP, in the tool's own child process and over its HTTP, against receivers that do well and badly: what
the fault tests of such sinks share. The tool and the library are the first two arguments of the script.

A test derives from Sink, which makes requests of its sink, and from Faults too, which holds what is the same for every sink.
"""
import email.utils
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from webhook_receiver import Authority, Receiver


class Sink(unittest.TestCase):
    """Of the sink: `message(key)` makes one, `secrets` are those that it needs, `PATH` is that of its URL. `personal`: words that, as
    the secrets, may stand in nothing that is printed."""
    PATH = ""
    secrets, personal = {}, ()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vestitel-sink-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def receiver(self, **how):
        receiver = Receiver(**how)
        self.addCleanup(receiver.close)
        return receiver

    def file(self, name, text):
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        return str(path)

    def run_(self, url, messages, secrets=None, **settings):
        """The verdicts on these messages."""
        secrets = self.secrets | (secrets or {})
        given = [word for name, value in secrets.items() for word in ("--secret", f"{name}={self.file(name, value)}")]
        words = [sys.argv[1], "run", "--plugin", sys.argv[2], "--json", *given, "--settings",
                 self.file("settings.json", json.dumps({"url": url, "timeout": "2s", **settings})),
                 self.file("some.messages", "".join(json.dumps(m) + "\n" for m in messages))]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        for word in (*(value.split()[0] for value in secrets.values()), *self.personal):
            self.assertNotIn(word, done.stdout + done.stderr)
        rows = sorted((json.loads(line) for line in done.stdout.splitlines()), key=lambda row: row.get("message", 0))
        verdicts = [row["verdict"] for row in rows if "verdict" in row]
        self.assertEqual(len(verdicts), len(messages), done.stdout + done.stderr)
        return verdicts

    def one(self, url, **settings):
        verdict, = self.run_(url, [self.message("k1")], **settings)
        self.assertNotIn("127.0.0.1", verdict)
        return verdict.split(": ")[0]

    def answered(self, answer, **settings):
        return self.one(self.receiver(answer=lambda number, taken: answer).url(self.PATH), **settings)


class Faults:
    """`POSTED`: the path of a request of this sink."""

    def test_a_date_to_wait_for(self):
        when = email.utils.formatdate(time.time() + 600, usegmt=True)
        verdict = self.answered((503, {"Retry-After": when}, b""))
        wait = int(verdict.removeprefix("retry(sink,").removesuffix(")"))
        self.assertTrue(500_000 < wait <= 600_000, verdict)

    def test_a_redirect_is_not_followed(self):
        receiver = self.receiver(answer=lambda number, taken: (307, {"Location": "/elsewhere"}, b""))
        self.assertEqual(self.one(receiver.url(self.PATH)), "config_error")
        self.assertEqual([p.path for p in receiver.posts], [self.POSTED])

    def test_what_was_sent_and_not_answered_is_unknown_and_sent_once(self):
        for fault in ("cut", "reset", "garbage", "half"):
            with self.subTest(fault=fault):
                receiver = self.receiver(answer=lambda number, taken: fault)
                self.assertEqual(self.one(receiver.url(self.PATH)), "unknown")
                self.assertEqual(len(receiver.posts), 1)

    def test_an_answer_beyond_the_timeout_is_unknown(self):
        self.assertEqual(self.answered("silent", timeout="300ms"), "unknown")

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        self.assertEqual(self.one(f"http://127.0.0.1:{port}/"), "retry(link,0)")
        self.assertEqual(self.one("https://no-such-host.invalid/"), "retry(link,0)")

    def test_a_peer_that_takes_the_connection_and_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            port = mute.getsockname()[1]
            self.assertEqual(self.one(f"https://127.0.0.1:{port}/", timeout="300ms"), "retry(link,0)")
            self.assertEqual(self.one(f"http://127.0.0.1:{port}/", timeout="300ms"), "unknown")

    def test_a_certificate_that_nobody_vouches_for_gets_nothing(self):
        authority = Authority()
        self.addCleanup(authority.close)
        receiver = self.receiver(tls=authority.context())
        self.assertEqual(self.one(f"https://localhost:{receiver.port}/"), "config_error")
        self.assertEqual(receiver.posts, [])
