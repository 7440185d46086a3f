#!/usr/bin/env python3
"""The smallest hub that keeps the promises, and wrong in each way that the kill harness must notice.

    toy_hub.py FOLDER [early_move|no_dedupe|late_attempt|blind_sink|new_keys]

in/ holds documents, one recipient a line; out.jsonl takes the messages. Same tables, same named points as the real
one, so that the harness is proven on it."""
import json
import os
import signal
import sqlite3
import sys
import time

FOLDER, WRONG = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
NAME, _, NUMBER = os.environ.get("VESTITEL_FAULT", "").partition(":")
passages = {}


def point(name):
    passages[name] = passages.get(name, 0) + 1
    if NAME == "*":
        print("fault_point", name, passages[name], file=sys.stderr, flush=True)
    elif NAME == name and int(NUMBER) == passages[name]:
        os.kill(os.getpid(), signal.SIGKILL)


def path(*names):
    return os.path.join(FOLDER, *names)


db = sqlite3.connect(path("toy.db"), isolation_level=None)
db.executescript("""PRAGMA journal_mode=wal; PRAGMA synchronous=full;
    CREATE TABLE IF NOT EXISTS document(name TEXT PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS outbox(id INTEGER PRIMARY KEY, recipient TEXT, key TEXT, state INTEGER DEFAULT 1);
    CREATE TABLE IF NOT EXISTS attempt(outbox INTEGER, n INTEGER, verdict TEXT);""")


def take_in(name):
    if WRONG == "early_move":
        os.rename(path("in", name), path("done", name))
    with open(path("done" if WRONG == "early_move" else "in", name), encoding="utf-8") as file:
        recipients = file.read().split()
    db.execute("BEGIN IMMEDIATE")
    known = db.execute("SELECT 1 FROM document WHERE name = ?", (name,)).fetchone()
    if WRONG == "no_dedupe" or not known:
        db.execute("INSERT OR IGNORE INTO document VALUES(?)", (name,))
        stamp = "" if not known else str(time.monotonic_ns())
        db.executemany("INSERT INTO outbox(recipient, key) VALUES(?, ?)",
                       [(r, f"{name}-{i}{stamp}") for i, r in enumerate(recipients)])
    point("t1.before_commit")
    db.execute("COMMIT")
    point("t1.after_commit")
    if WRONG != "early_move":
        os.rename(path("in", name), path("done", name))


def lease():
    rows = db.execute("SELECT id, recipient, key FROM outbox WHERE state = 1 ORDER BY id LIMIT 10").fetchall()
    db.execute("BEGIN IMMEDIATE")
    if WRONG != "late_attempt":
        db.executemany("INSERT INTO attempt VALUES(?, (SELECT count(*) FROM attempt WHERE outbox = ?), NULL)",
                       [(row[0], row[0]) for row in rows])
    db.execute("COMMIT")
    return rows


def deliver(rows):
    seen = set()
    if WRONG != "blind_sink" and os.path.exists(path("out.jsonl")):
        with open(path("out.jsonl"), encoding="utf-8") as out:
            seen = {json.loads(line)["key"] for line in out}
    with open(path("out.jsonl"), "a", encoding="utf-8") as out:
        for _, recipient, key in rows:
            if WRONG == "new_keys":
                key = str(time.monotonic_ns())
            if key not in seen:
                out.write(json.dumps({"to": recipient, "key": key}) + "\n")
                out.flush()
    point("delivery.after_send")


def settle(rows):
    db.execute("BEGIN IMMEDIATE")
    db.executemany("UPDATE outbox SET state = 3 WHERE id = ?", [(row[0],) for row in rows])
    if WRONG == "late_attempt":
        db.executemany("INSERT INTO attempt VALUES(?, 1, 'delivered')", [(row[0],) for row in rows])
    point("t4.before_commit")
    db.execute("COMMIT")


def stop(*_):
    sys.exit(0)


def main():
    signal.signal(signal.SIGTERM, stop)
    while True:
        for name in sorted(os.listdir(path("in"))):
            take_in(name)
        rows = lease()
        if rows:
            deliver(rows)
            settle(rows)
        else:
            time.sleep(0.005)


main()
