"""The built hub with a configuration and a state folder of its own."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from reports import REPOSITORY

BINARY = os.environ["VESTITEL_BINARY"]
PATIENCE = 60  # seconds for whatever an external process has to do; reached only when something is wrong

FILE_SINK = """id: file
plugin: file
settings:
  directory: ${store}/outbox
sink:
  channel: [email, sms, push, webhook, file]
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Answer:
    def __init__(self, words, done):
        self.words, self.exit, self.out, self.err = words, done.returncode, done.stdout, done.stderr

    @property
    def rows(self):
        """What a verb with --json printed: an object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"vestitel {' '.join(self.words)}: exit {self.exit}\n{self.out}{self.err}"


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s until {what}")
        time.sleep(0.02)
    return found


class Hub:
    def __init__(self, sinks=(FILE_SINK,), limits="free_space: 0\n  free_space_percent: 0", reader=""):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="vestitel-e2e-"))
        self.config, self.state = self.root / "config", self.root / "state"
        self.drop = self.state / "inbox"
        self.state.mkdir()
        self.said = []  # everything that any process of this hub printed
        self.process = None
        shutil.copytree(REPOSITORY / "config" / "templates", self.config / "templates")
        shutil.copy(REPOSITORY / "config" / "routes.yaml", self.config)
        self.write("vestitel.yaml", f"store: {self.state}\nlog:\n  level: debug\nlimits:\n  {limits}\n")
        self.write("plugins.d/reader.yaml", "id: amb\nplugin: nzok-amblist\nreader:\n  drop_folder: ${store}/inbox\n"
                                            f"  stable_for: 300ms\n{reader}")
        for number, text in enumerate(sinks):
            self.write(f"plugins.d/sink-{number}.yaml", text)

    def write(self, name, text):
        path = self.config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def secret(self, name, text):
        """A file that the hub alone may read."""
        path = self.root / name
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def certificate(self, name):
        """NAME.pem, which signs itself for localhost, and its NAME.key."""
        pem, key = self.root / f"{name}.pem", self.root / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", pem],
                       check=True, capture_output=True)
        key.chmod(0o600)
        return pem, key

    def open_inbox(self, more=""):
        """An inbox in its configuration; the port."""
        port = free_port()
        pem, key = self.certificate("hub")
        main = (self.config / "vestitel.yaml").read_text()
        self.write("vestitel.yaml", f"""{main}inbox:
  listen: "127.0.0.1:{port}"
  certificate: {pem}
  key: {key}
{more}""")
        return port

    def call(self, *words, given=""):
        """Carries one verb out. Standard input is exactly `given`."""
        words = [str(word) for word in words]
        done = subprocess.run([BINARY, *words, "--config", str(self.config)], input=given, capture_output=True, text=True,
                              timeout=120)
        self.said.append(done.stdout + done.stderr)
        return Answer(words, done)

    def look(self, *words, given=""):
        """The rows of a verb that has to succeed."""
        answer = self.call(*words, "--json", given=given)
        assert answer.exit == 0, answer
        return answer.rows

    def import_(self, *files, source="amb"):
        return self.call("import", *files, "--source", source, "--json")

    def subscribe(self, people, channel="email"):
        """`people`: (identifier, address)."""
        rows = "".join(f"egn,{who},{channel},{address}\n" for who, address in people)
        answer = self.call("subscriptions", "import", "-", given="id_type,id,channel,address\n" + rows)
        assert answer.exit == 0, answer

    def start(self):
        self.log = self.root / f"log-{time.monotonic_ns()}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([BINARY, "run", "--config", str(self.config)], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        wait_until(lambda: "hub_ready" in self.log_text() or self.process.poll() is not None, "the hub is ready")
        assert self.process.poll() is None, self.log_text()

    def log_text(self):
        return self.log.read_text()

    def stop(self):
        """SIGTERM, as a supervisor does. Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        exit_code = self.process.wait(PATIENCE)
        self.process = None
        self.said.append(self.log_text())
        return exit_code

    def put(self, name, content, ready=True, drop=None):
        """Drops a document, the way docs/drop-folder.md asks for."""
        drop = drop or self.drop
        drop.mkdir(parents=True, exist_ok=True)
        (drop / ("." + name)).write_bytes(content)
        (drop / ("." + name)).rename(drop / name)
        if ready:
            (drop / (name + ".ready")).touch()

    def receipt(self, name, folder="done", drop=None):
        """The receipt of a dropped document, once it is there."""
        drop = drop or self.drop
        path = drop / folder / (name + ".receipt.json")
        wait_until(lambda: (drop / folder / name).exists() and path.exists(), f"{folder}/{name} has its receipt")
        return json.loads(path.read_text())

    def settled(self):
        """Waits until all that came in is decided and nothing is owed."""
        def rested():
            books = self.look("store", "check")[0]
            return books["not_routed"] == 0 and books["owed"] == 0 and books
        return wait_until(rested, "nothing is owed")

    def messages(self):
        """What the file sink wrote."""
        return [json.loads(line) for path in sorted((self.state / "outbox").glob("*.jsonl"))
                for line in path.read_text().splitlines()]

    def leaks(self, values):
        """Where one of `values` stands in clear: state, receipts, logs, all that was printed. The documents that a
        partner delivered are the partner's own words, and stay as they came."""
        wanted = re.compile(b"|".join(re.escape(value.encode()) for value in values))
        places = [f"output {number}" for number, text in enumerate(self.said) if wanted.search(text.encode())]
        for path in sorted(self.state.rglob("*")):
            delivered = self.drop in path.parents and ".receipt." not in path.name
            if wanted.search(path.name.encode()) or (path.is_file() and not delivered and wanted.search(path.read_bytes())):
                places.append(str(path.relative_to(self.state)))
        return places

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)
