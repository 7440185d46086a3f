"""The real store under the kill harness and the power-loss rig: what store_cycle promises, read back from outside."""
import collections
import os
import re
import sqlite3
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "kill"), os.path.join(HERE, "..", "powerloss")]
import harness  # noqa: E402

SEALED, LEASED, DELIVERED, HELD = 2, 2, 4, 6
DOCUMENT_OF = "(event.id >> 32)"
BEFORE_POSITION = """(document.seal < router.seal OR (document.seal = router.seal AND event.id <= router.event))"""

# What may never be, whenever the process ends: a query that must find nothing, and its words.
INVARIANTS = [
    ("an event of no document", f"SELECT 1 FROM event LEFT JOIN document ON document.id = {DOCUMENT_OF} "
                                "WHERE document.id IS NULL"),
    ("a document whose position is not that of its rows",
     "SELECT 1 FROM document WHERE events <> (SELECT count(*) FROM event WHERE id >> 32 = document.id) OR "
     "quarantined <> (SELECT count(*) FROM quarantine WHERE id >> 32 = document.id)"),
    ("an event before the router's position without a decision",
     f"SELECT 1 FROM router, event JOIN document ON document.id = {DOCUMENT_OF} WHERE {BEFORE_POSITION} AND "
     "NOT EXISTS (SELECT 1 FROM outbox WHERE event = event.id) AND "
     "NOT EXISTS (SELECT 1 FROM not_owed WHERE event = event.id)"),
    ("a decision beyond the router's position",
     f"SELECT 1 FROM router, outbox JOIN event ON event.id = outbox.event JOIN document ON document.id = {DOCUMENT_OF} "
     f"WHERE document.seal IS NULL OR NOT {BEFORE_POSITION}"),
    ("two deliveries of one event to one person", "SELECT 1 FROM outbox GROUP BY event, person, sink HAVING count(*) > 1"),
    ("a leased message without its attempt",
     f"SELECT 1 FROM outbox WHERE state = {LEASED} AND NOT EXISTS (SELECT 1 FROM attempt WHERE outbox = outbox.id AND "
     "token = outbox.token AND settled IS NULL)"),
    ("a settled message whose attempt is open",
     f"SELECT 1 FROM outbox JOIN attempt ON outbox = outbox.id WHERE state <> {LEASED} AND settled IS NULL"),
    ("a message owed without a body",
     "SELECT 1 FROM outbox WHERE state IN (0, 1, 2) AND id NOT IN (SELECT id FROM outbox_body)"),
    ("an event of a person without a key", "SELECT 1 FROM event WHERE person NOT IN (SELECT id FROM keys.person)"),
]


def opened(folder, mode="ro"):
    db = sqlite3.connect(f"file:{os.path.join(folder, 'store', 'vestitel.db')}?mode={mode}", uri=True)
    db.execute("ATTACH ? AS keys", (f"file:{os.path.join(folder, 'store', 'keys.db')}?mode={mode}",))
    return db


def integrity(db):
    for schema in ("main", "keys"):
        said = db.execute(f"PRAGMA {schema}.integrity_check").fetchall()
        if said != [("ok",)]:
            return f"{schema}: {said[0][0]}"
    return None


def broken_invariant(db):
    return next((words for words, query in INVARIANTS if db.execute(query + " LIMIT 1").fetchone()), None)


LINE = re.compile(rb'{"to":"([^"\x00]+)","key":"([0-9a-f]{32})"}')


def lines_of(folder):
    """(recipient, key) for each whole line; what a power cut has left of a line that was never synced is none."""
    path = os.path.join(folder, "out.jsonl")
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        whole, _, _ = file.read().rpartition(b"\n")
    found = [LINE.fullmatch(line) for line in whole.split(b"\n")]
    return [(match[1].decode(), match[2].decode()) for match in found if match]


def prepare(folder, people):
    for name in ("in", "done", "tmp"):
        os.mkdir(os.path.join(folder, name))
    with open(os.path.join(folder, "people"), "w", encoding="utf-8") as file:
        file.writelines(f"p{i}\n" for i in range(people))


def drop_document(folder, number, people):
    """One record a person, and a bad one at each end; put into in/ whole at once. Returns who is to be told."""
    name = f"doc{number:05}"
    with open(os.path.join(folder, "tmp", name), "w", encoding="utf-8") as file:
        file.write(f"{name}-bad1 !\n" + "".join(f"{name}-{i} p{i}\n" for i in range(people)) + f"{name}-bad2 !\n")
    os.rename(os.path.join(folder, "tmp", name), os.path.join(folder, "in", name))
    return [f"p{i}@example.test" for i in range(people)]


class StoreHub(harness.Hub):
    """store_cycle as the kill harness sees it."""

    program = ""
    at_risk = 16  # it leases, writes and settles by 16

    def prepare(self):
        self.dropped, self.read = 0, 0
        prepare(self.folder, self.people)

    def command(self):
        return [self.program, self.folder, "serve", "keyed" if self.honours_keys else "plain"]

    def databases(self):
        return [os.path.join(self.folder, "store", name) for name in ("vestitel.db", "keys.db")]

    def drop(self, count):
        self.dropped += 1
        return drop_document(self.folder, self.dropped, count)

    def told(self):
        lines = lines_of(self.folder)[self.read:]
        self.read += len(lines)
        return lines

    def all_told(self):
        return lines_of(self.folder)

    def owes(self):
        waiting = len(os.listdir(os.path.join(self.folder, "in")))
        db = opened(self.folder)
        try:
            return waiting + db.execute("SELECT count(*) FROM outbox WHERE state IN (0, 1, 2)").fetchone()[0]
        finally:
            db.close()

    def attempts(self):
        db = opened(self.folder)
        try:
            return {key: (n, state == HELD) for key, n, state in db.execute(
                "SELECT lower(hex(idem)), (SELECT count(*) FROM attempt WHERE outbox = outbox.id), state FROM outbox")}
        finally:
            db.close()

    def books(self):
        db = opened(self.folder)
        try:
            return broken_invariant(db)
        finally:
            db.close()


def check_acks(folder, db, acks):
    state = dict(db.execute("SELECT lower(hex(idem)), state FROM outbox"))
    sealed = {name for name, in db.execute(f"SELECT name FROM document WHERE state = {SEALED}")}
    tried = {key for key, in db.execute(
        "SELECT lower(hex(idem)) FROM outbox WHERE EXISTS (SELECT 1 FROM attempt WHERE outbox = outbox.id)")}
    told = {key for _, key in lines_of(folder)}
    for ack in acks:
        what, name = ack.split()
        true = {"moved": name in sealed and os.path.exists(os.path.join(folder, "done", name)),
                "leased": name in tried, "told": name in told, "settled": state.get(name) == DELIVERED}[what]
        if not true:
            return f"lost: {ack}"
    return None


def check_image(folder, acks):
    """An image of the power-loss rig: whole, and nothing that was acknowledged is untrue."""
    if not all(os.path.exists(os.path.join(folder, "store", name)) for name in ("vestitel.db", "keys.db")):
        return f"lost: {len(acks)} acks, no store" if acks else None
    try:
        db = opened(folder, "rw")
        try:
            if not db.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'outbox'").fetchone():
                return f"lost: {len(acks)} acks, no tables" if acks else None
            return integrity(db) or broken_invariant(db) or check_acks(folder, db, acks)
        finally:
            db.close()
    except sqlite3.Error as error:
        return f"{error}"


def check_resumed(program, folder, documents, people):
    """The image is started, and everything that is still in the drop folder or owed is told, once."""
    run = subprocess.run([program, folder, "once", "keyed"], check=False, capture_output=True, text=True)
    if run.returncode != 0:
        return f"resuming ended with {run.returncode}: {run.stderr.strip()}"
    lines = lines_of(folder)
    per_person = collections.Counter(to for to, _ in lines)
    if len({key for _, key in lines}) != len(lines):
        return "told twice after resuming"
    if per_person != {f"p{i}@example.test": documents for i in range(people)}:
        return f"told {len(lines)} of {documents * people} after resuming"
    db = opened(folder)
    try:
        return broken_invariant(db)
    finally:
        db.close()
