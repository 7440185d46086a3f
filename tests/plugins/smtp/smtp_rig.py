"""What the end-to-end scripts of the sink smtp share: the built sink, asked by sink_run, and a postfix to send to. The
paths of the two are the first arguments of the script."""
import email
import email.policy
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SINK_RUN, SINK = sys.argv[1:3]
POSTFIX = pathlib.Path(__file__).parents[2] / "support" / "postfix_server.py"
SUBJECT = "Ново събитие във Вашето здравно досие — месечен отчет за дейности"
BODY = "Здравейте,\n\n.точка в началото\nНа Ваше име е отчетено ново събитие.\n"


def sink(settings, batches, secrets=None, check=False):
    order = {"settings": settings, "batches": batches, "secrets": secrets or {}, "check": check}
    done = subprocess.run([SINK_RUN, SINK], input=json.dumps(order), capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    answer = json.loads(done.stdout)
    assert answer["breaches"] == [], answer["breaches"]
    return answer


def settings(port, **more):
    out = {"host": "localhost", "port": port, "from": "no-reply@example.test", "from_name": "НЗОК Вестител",
           "envelope_from": "bounce+{id}@example.test", "list_id": "news.example.test"}
    out.update(more)
    return out


def plain(port, **more):
    return settings(port, tls="none", dangerously_allow_plaintext=True, **more)


def message(to, key=None, **more):
    return {"to": to, "idem_key": key or "key-" + to, "title": SUBJECT, "body": BODY, "locale": "bg", **more}


def kinds(answer):
    return [v.split(": ")[0] for batch in answer["verdicts"] for v in batch]


def wait_for(condition, what, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waiting for " + what)
        time.sleep(0.02)  # another program's queue gives no other sign


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class PostfixCase(unittest.TestCase):
    """A postfix for all tests of a class."""

    lmtp_port = []  # one, or none

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="vestitel-postfix-")
        pathlib.Path(cls.dir).chmod(0o755)  # postfix's own user goes through it
        started = subprocess.run([sys.executable, POSTFIX, "start", cls.dir + "/p", *map(str, cls.lmtp_port)],
                                 capture_output=True, text=True)
        if started.returncode != 0:
            subprocess.run([sys.executable, POSTFIX, "stop", cls.dir + "/p"], check=False)
            raise AssertionError(started.stderr)
        cls.server = json.loads(started.stdout)

    @classmethod
    def tearDownClass(cls):
        subprocess.run([sys.executable, POSTFIX, "stop", cls.dir + "/p"], check=False)
        pathlib.Path(cls.dir).rmdir()

    def tls(self, **more):
        return settings(self.server["port"], **{"ca_file": self.server["ca_file"], **more})

    def arrived_raw(self, recipient):
        """Each mail's bytes, as postfix wrote them."""
        new = pathlib.Path(self.server["maildir"]) / "new"
        wanted = b"\nX-Original-To: " + recipient.encode() + b"\n"
        return [raw for raw in (f.read_bytes() for f in sorted(new.iterdir() if new.exists() else [])) if wanted in raw]

    def arrived(self, recipient):
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.arrived_raw(recipient)]
