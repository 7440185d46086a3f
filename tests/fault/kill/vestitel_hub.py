"""The built hub under the kill harness: `vestitel run` on a state folder, reports in its drop folder, and what arrived
read back from the file sink or from a real SMTP server. All that is particular to vestitel is here.
"""
import email
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys

import harness

HELD = 6
OPEN_STATES = "(0, 1, 2)"  # waiting, ready, leased
PATIENT = re.compile(r"<Patient>\s*<EGN>(\d{10})</EGN>")
SETTINGS = {
    "vestitel.yaml": "store: {folder}/state\nlog:\n  form: json\n  level: error\nlimits:\n  free_space: 1MiB\n"
                     "  free_space_percent: 0\n",
    "plugins.d/reports.yaml": "id: reports\nplugin: nzok-amblist\nreader:\n  drop_folder: {folder}/drop\n",
    "plugins.d/out.yaml": "id: out\nplugin: {plugin}\nsettings:\n{settings}sink:\n  channel: email\n{batch}"
                          "  retry:\n    base: 10ms\n    cap: 50ms\n",
}
FILE_SETTINGS = "  directory: {folder}/out\n  format: jsonl\n  rotate: never\n"
SMTP_SETTINGS = ("  host: localhost\n  port: {port}\n  from: no-reply@example.test\n  tls: none\n"
                 "  dangerously_allow_plaintext: true\n")


def month(number):
    """A month of its own for each document: its own scope, its own document numbers."""
    return f"{2010 + number // 12}-{number % 12 + 1:02}"


class VestitelHub(harness.Hub):
    vestitel = generator = templates = ""
    people = 500

    def prepare(self):
        self.dropped = 0
        for name in ("conf/plugins.d", "drop", "tmp"):
            os.makedirs(self.path(*name.split("/")), mode=0o700)
        self.configure()
        self.list_people()

    def configure(self):
        """The configuration holds absolute paths: it is to be made again where the folder has been moved."""
        if not os.path.lexists(self.path("conf", "templates")):
            os.symlink(os.path.abspath(self.templates), self.path("conf", "templates"))
        for name, text in SETTINGS.items():
            with open(self.path("conf", *name.split("/")), "w", encoding="utf-8") as file:
                file.write(text.format(folder=self.folder, plugin=self.plugin, settings=self.settings(),
                                       batch=self.batch))

    def list_people(self):
        """Everybody but each tenth: people are met for the first time on the way through T1 too."""
        self.addresses = {}
        rows = ["id_type,id,channel,address"]
        for i, egn in enumerate(sorted(set(PATIENT.findall(self.report(1, 20 * self.people))))):
            if i % 10:
                self.addresses[egn] = f"p{i}@example.test"
                rows.append(f"egn,{egn},email,p{i}@example.test")
        with open(self.path("people.csv"), "w", encoding="utf-8") as file:
            file.write("\n".join(rows) + "\n")

    def first_command(self):
        return [self.vestitel, "subscriptions", "import", self.path("people.csv"), "--config", self.path("conf")]

    def report(self, number, sheets):
        return subprocess.run([self.generator, str(sheets), "--seed", str(number), "--persons", str(self.people),
                               "--month", month(number)], check=True, capture_output=True).stdout.decode()

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def command(self):
        return [self.vestitel, "run", "--config", self.path("conf")]

    def databases(self):
        return [self.path("state", "store", name) for name in ("vestitel.db", "keys.db")]

    def drop(self, count):
        self.dropped += 1
        name = f"report{self.dropped:05}.xml"
        text = self.report(self.dropped + 1, count)
        with open(self.path("tmp", name), "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.path("tmp", name), self.path("drop", name))
        open(self.path("drop", name + ".ready"), "w", encoding="utf-8").close()
        return [self.addresses[egn] for egn in PATIENT.findall(text) if egn in self.addresses]

    def query(self, sql):
        db = sqlite3.connect(f"file:{self.databases()[0]}?mode=ro", uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def owes(self):
        waiting = sum(name.endswith(".xml") for folder in ("drop", "drop/work") if os.path.isdir(self.path(folder))
                      for name in os.listdir(self.path(folder)))
        return waiting + self.query(
            f"SELECT (SELECT count(*) FROM outbox WHERE state IN {OPEN_STATES}) + "
            "(SELECT count(*) FROM document, router WHERE document.seal > router.seal) + "
            # The router stands within a document while it routes it page by page.
            "(SELECT count(*) FROM document AS d, router AS r, event AS e WHERE d.seal = r.seal AND e.id > r.event "
            "AND e.id < (d.id + 1 << 32))")[0][0]

    def attempts(self):
        return {key: (n, state == HELD) for key, n, state in self.query(
            "SELECT lower(hex(idem)), (SELECT count(*) FROM attempt WHERE outbox = outbox.id), state FROM outbox")}

    def books(self):
        run = subprocess.run([self.vestitel, "store", "check", "--config", self.path("conf")], check=False,
                             capture_output=True, text=True)
        return None if run.returncode == 0 else (run.stdout + run.stderr).strip() or f"exit {run.returncode}"


class FileHub(VestitelHub):
    """Tells through the sink `file`, which honours keys: nothing may stand there twice."""

    plugin, batch, offset = "file", "", 0

    def settings(self):
        return FILE_SETTINGS.format(folder=self.folder)

    def lines(self, offset):
        path = self.path("out", "messages.jsonl")
        if not os.path.exists(path):
            return [], offset
        with open(path, "rb") as file:
            file.seek(offset)
            whole = file.read().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()], offset + len(whole) + (1 if whole else 0)

    def told(self):
        lines, self.offset = self.lines(self.offset)
        return [(line["to"], line["idem_key"]) for line in lines]

    def all_told(self):
        return [(line["to"], line["idem_key"]) for line in self.lines(0)[0]]


    def whole_keys(self):
        """Keys of the lines that can be read: a power cut leaves parts of lines, until the sink mends its file."""
        path, keys = self.path("out", "messages.jsonl"), set()
        if os.path.exists(path):
            with open(path, "rb") as file:
                for line in file.read().split(b"\n"):
                    try:
                        keys.add(json.loads(line.decode())["idem_key"])
                    except (ValueError, TypeError, KeyError):
                        pass
        return keys


class SmtpHub(VestitelHub):
    """Tells through a real SMTP server, which honours no key: what a kill repeats has to be on record."""

    plugin, honours_keys = "smtp", False
    server = {}

    def prepare(self):
        self.seen = set(self.names())
        self.before = frozenset(self.seen)
        super().prepare()

    @property
    def batch(self):
        return f"  batch: {self.at_risk}\n"

    def settings(self):
        return SMTP_SETTINGS.format(**self.server)

    def attempts(self):
        """By what stands in Message-ID: the key itself does not leave the hub."""
        return {hashlib.sha256(key.encode()).hexdigest()[:32]: record for key, record in super().attempts().items()}

    def names(self):
        new = os.path.join(self.server["maildir"], "new")
        return os.listdir(new) if os.path.isdir(new) else []

    def mail(self, name):
        with open(os.path.join(self.server["maildir"], "new", name), "rb") as file:
            head = email.message_from_bytes(file.read())
        return head["X-Original-To"], head["Message-ID"].strip("<>").split("@")[0]

    def told(self):
        fresh = [name for name in self.names() if name not in self.seen]
        self.seen.update(fresh)
        return [self.mail(name) for name in fresh]

    def all_told(self):
        return [self.mail(name) for name in self.names() if name not in self.before]


class Postfix:
    """A server for a run; with the script of tests/support."""

    def __init__(self, script, folder):
        self.script, self.folder = script, folder

    def __enter__(self):
        os.chmod(os.path.dirname(self.folder), 0o755)  # postfix's own user goes through it
        started = subprocess.run([sys.executable, self.script, "start", self.folder], check=False, capture_output=True,
                                 text=True)
        if started.returncode != 0:
            self.__exit__()
            raise harness.HarnessError("starting postfix: " + started.stderr.strip())
        return json.loads(started.stdout)

    def __exit__(self, *_):
        subprocess.run([sys.executable, self.script, "stop", self.folder], check=False)
