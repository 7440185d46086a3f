"""Kills a hub at random moments and at its named points, starts it again, and counts from outside: is each event
told, and told once, and is the store whole each time. What is particular to one hub is in a class of its own; see Hub.
"""
import collections
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
from dataclasses import dataclass, field


INTAKE = ("t1.", "seal.", "intake.")  # points that only a document passes

class HarnessError(Exception):
    """The rig or the hub is at fault in a way that makes the counts meaningless."""


class Hub:
    """What the harness needs of a hub. Each instance has a folder of its own; nothing of it exists before prepare()."""

    honours_keys = True  # what the sink makes of a repeat under the same key
    at_risk = 1          # where it does not: messages that one kill can catch between send and settle

    def __init__(self, folder):
        self.folder = folder

    def prepare(self):
        raise NotImplementedError

    def command(self):
        """Runs until SIGTERM, then exits 0. VESTITEL_FAULT is in its environment."""
        raise NotImplementedError

    def first_command(self):
        """What has to end well once before the first start, where there is something; a kill may come in between."""
        return None

    def databases(self):
        raise NotImplementedError

    def drop(self, count):
        """Hands in a document of `count` events, whole at once; returns the recipient of each."""
        raise NotImplementedError

    def told(self):
        """(recipient, key) for each message that has arrived, repeats included, since the last call."""
        raise NotImplementedError

    def all_told(self):
        """The same, from the beginning, read afresh."""
        raise NotImplementedError

    def owes(self):
        """How many deliveries and documents are unfinished, by the hub's own books. The hub is running."""
        raise NotImplementedError

    def attempts(self):
        """{key: (attempts on record, whether a person has to decide)}. The hub is stopped."""
        raise NotImplementedError

    def books(self):
        """None, or what does not balance. The hub is stopped."""
        return None


@dataclass
class Plan:
    kills: int
    events: int = 500       # in flight
    per_round: int = 50     # kills before the hub drains and everything is counted
    seed: int = 1
    points: tuple = ()      # aimed at by every second kill
    first_points: tuple = ("migration.", "key.")  # beginnings of points that are passed on a first start alone
    rare_every: int = 1     # a point that many documents are needed for is aimed at once in so many rounds; 0: never
    patience: float = 120.0  # seconds that draining, or the way to a rare point, may take


@dataclass
class Tally:
    aimed: collections.Counter = field(default_factory=collections.Counter)
    hit: collections.Counter = field(default_factory=collections.Counter)
    random_kills: int = 0
    late_kills: int = 0                            # aimed at a point that was not passed
    checks: int = 0
    broken: list = field(default_factory=list)     # what an integrity check said
    events: int = 0
    lost: int = 0
    held: int = 0                                  # told or not, on record as unknown: a person decides
    told_twice: int = 0                            # more messages than one a key
    two_keys: int = 0                              # more keys than events
    repeats: int = 0
    repeats_unrecorded: int = 0
    told_thrice: int = 0                           # messages repeated more than once
    unbalanced: list = field(default_factory=list)

    @property
    def kills(self):
        return self.random_kills + self.late_kills + sum(self.hit.values())

    def faults(self, hub):
        found = [("lost", self.lost), ("told under two keys", self.two_keys),
                 ("repeats not on record", self.repeats_unrecorded), ("integrity", len(self.broken)),
                 ("books", len(self.unbalanced))]
        if hub.honours_keys:
            found += [("told twice", self.told_twice), ("held", self.held)]
        else:
            found += [("told more than twice", self.told_thrice),
                      ("repeats beyond those that kills explain", self.repeats - self.kills * hub.at_risk)]
        return [f"{name}: {count}" for name, count in found if count > 0]


class Run:
    def __init__(self, make_hub, plan, say=lambda line: None):
        self.make_hub, self.plan, self.say = make_hub, plan, say
        self.random = random.Random(plan.seed)
        self.tally = Tally()
        self.passages = {}
        self.span = 0.0  # seconds from start to told, for one document
        self.turn = 0
        is_first = lambda point: point.startswith(plan.first_points)  # noqa: E731
        self.first_points = [p for p in plan.points if is_first(p)]
        self.points = [p for p in plan.points if not is_first(p)]
        self.rare_points = []

    def all(self):
        with tempfile.TemporaryDirectory(prefix="kill-", dir=os.environ.get("VESTITEL_KILL_SCRATCH")) as scratch:
            self.calibrate(self.hub_in(scratch, "calibration"))
            number = 0
            while self.tally.random_kills + sum(self.tally.aimed.values()) < self.plan.kills:
                number += 1
                self.round(self.hub_in(scratch, f"round{number}"), number)
                self.say(f"{self.tally.kills} kills, {self.tally.events} events, "
                         f"faults: {'; '.join(self.tally.faults(self.hub)) or 'none'}")
        return self.tally

    def hub_in(self, scratch, name):
        folder = os.path.join(scratch, name)
        os.mkdir(folder)
        self.hub = self.make_hub(folder)
        self.hub.prepare()
        self.expected = collections.Counter()
        self.arrived = set()
        return self.hub

    # -- one life of the hub --------------------------------------------------------------------------------------

    def start(self, hub, fault="", stderr=subprocess.DEVNULL, command=None):
        return subprocess.Popen(command or hub.command(), env={**os.environ, "VESTITEL_FAULT": fault},
                                stdout=subprocess.DEVNULL, stderr=stderr, close_fds=False)

    def calibrate(self, hub):
        """Learns how long a document takes and how often each point is passed on the way."""
        self.begin(hub)
        self.drop(hub)
        with open(os.path.join(hub.folder, "passages"), "w+", encoding="utf-8") as log:
            begun = time.monotonic()
            process = self.start(hub, "*:1:log", log)
            self.await_told(hub, process)
            self.span = time.monotonic() - begun
            self.await_nothing_owed(hub, process)
            self.stop(process)
            log.seek(0)
            for line in log:
                words = line.split()
                if len(words) == 3 and words[0] == "fault_point":
                    self.passages[words[1]] = int(words[2])
        self.rare_points = [p for p in self.points if p not in self.passages]
        self.points = [p for p in self.points if p in self.passages]
        self.say(f"{self.plan.events} events take {self.span:.2f} s from start to told; "
                 f"{len(self.passages)} points passed")

    def round(self, hub, number):
        left = self.plan.kills - self.tally.random_kills - sum(self.tally.aimed.values())
        rare = self.rare_points if self.plan.rare_every and number % self.plan.rare_every == 0 else []
        first = self.first_points[number % len(self.first_points)] if self.first_points else None
        begun = self.begin(hub, first)
        for kill in range(begun, min(self.plan.per_round, left)):
            if self.in_flight(hub) < self.plan.events:
                self.drop(hub)
            if kill == 0 and first:
                self.kill_at_point(hub, first)
            elif 0 < kill <= len(rare):
                self.kill_at_rare_point(hub, rare[kill - 1])
            else:
                self.next_kill(hub)
            self.check_integrity(hub)
        self.drain_and_count(hub)

    def begin(self, hub, point=None):
        """The first command, killed at the point if there is one, and then again to its end. Returns how many kills."""
        command = hub.first_command()
        if not command:
            return 0
        if point:
            self.tally.aimed[point] += 1
            process = self.start(hub, f"{point}:1", command=command)
            if not self.dies(process, point, self.plan.patience, may_end=True):
                self.tally.aimed[point] -= 1  # this one is not on the way of the first command
                point = None
            self.check_integrity(hub)
        code = self.start(hub, command=command).wait(self.plan.patience)
        if code != 0:
            raise HarnessError(f"the first command ended with {code}")
        return 1 if point else 0

    def next_kill(self, hub):
        self.turn += 1
        if self.points and self.turn % 2 == 0:
            point = self.points[self.turn // 2 % len(self.points)]
            # Or there may be nothing left to do on the way to the point: what is in flight may all be past intake.
            if self.in_flight(hub) < 2 * self.plan.events or point.startswith(INTAKE):
                self.drop(hub)
            self.kill_at_point(hub, point)
        else:
            self.kill_at_random(hub)

    def drop(self, hub):
        recipients = hub.drop(self.plan.events)
        self.expected.update(recipients)
        self.tally.events += len(recipients)

    def in_flight(self, hub):
        self.arrived.update(hub.told())
        return sum(self.expected.values()) - len(self.arrived)

    def kill_at_random(self, hub):
        process = self.start(hub)
        try:
            # Something is always in flight: where a document takes longer than this, one life does a piece of it.
            code = process.wait(self.random.uniform(0, min(1.2 * self.span, 1.5)))
            raise HarnessError(f"the hub ended by itself, exit {code}")
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.tally.random_kills += 1

    def kill_at_point(self, hub, point):
        """The hub dies at the point; where it does not come by, it is killed and the point counts as not hit."""
        often = self.passages.get(point, 1)
        passage = 1 if self.random.random() < 0.5 else self.random.randint(1, max(1, often))
        process = self.start(hub, f"{point}:{passage}")
        self.tally.aimed[point] += 1
        if not self.dies(process, point, 2 * self.span + 0.5):
            process.kill()
            process.wait()
            self.tally.late_kills += 1

    def kill_at_rare_point(self, hub, point):
        """One document is not enough to get there (a WAL checkpoint): more of them, until it is."""
        process = self.start(hub, f"{point}:1")
        self.tally.aimed[point] += 1
        deadline = time.monotonic() + self.plan.patience
        while not self.dies(process, point, 0.02):
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                self.tally.late_kills += 1
                return
            while self.in_flight(hub) < 10 * self.plan.events:
                self.drop(hub)

    def dies(self, process, point, seconds, may_end=False):
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        if may_end and code == 0:
            return False
        if code != -signal.SIGKILL:
            raise HarnessError(f"aimed at {point}, the hub ended with {code}")
        self.tally.hit[point] += 1
        return True

    def check_integrity(self, hub):
        self.tally.checks += 1
        for path in hub.databases():
            if not os.path.exists(path):
                continue
            # Before it is switched to WAL a database may have a journal to roll back, for which it has to be written.
            mode = "rw" if os.path.exists(path + "-journal") else "ro"
            db = sqlite3.connect(f"file:{path}?mode={mode}", uri=True)
            try:
                said = db.execute("PRAGMA integrity_check").fetchall()
            except sqlite3.Error as error:
                said = [(str(error),)]
            finally:
                db.close()
            if said != [("ok",)]:
                self.tally.broken.append(f"{os.path.basename(path)}: {said[0][0]}")

    # -- the end of a round ---------------------------------------------------------------------------------------

    def wait_until(self, process, done, what):
        deadline = time.monotonic() + self.plan.patience
        while not done():
            if time.monotonic() > deadline:
                return False
            try:
                code = process.wait(0.01)
                raise HarnessError(f"{what}: the hub ended by itself, exit {code}")
            except subprocess.TimeoutExpired:
                pass
        return True

    def await_told(self, hub, process):
        if not self.wait_until(process, lambda: self.in_flight(hub) <= 0, "telling"):
            raise HarnessError(f"{self.in_flight(hub)} of {self.plan.events} events were not told without any fault")

    def await_nothing_owed(self, hub, process):
        """Not before the hub has had the time to come up and look around."""
        up = time.monotonic() + self.span
        return self.wait_until(process, lambda: time.monotonic() > up and self.owes_nothing(hub), "draining")

    @staticmethod
    def owes_nothing(hub):
        try:
            return hub.owes() == 0
        except sqlite3.Error:
            return False  # it is still making its tables

    def stop(self, process):
        process.terminate()
        try:
            code = process.wait(self.plan.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise HarnessError("SIGTERM did not stop the hub") from None
        if code not in (0, -signal.SIGTERM):  # the latter: it was still starting
            raise HarnessError(f"SIGTERM: the hub ended with {code}")

    def drain_and_count(self, hub):
        process = self.start(hub)
        self.await_nothing_owed(hub, process)
        self.stop(process)
        self.check_integrity(hub)
        tells = collections.Counter(hub.all_told())
        attempts = hub.attempts()
        keys = collections.defaultdict(set)
        for recipient, key in tells:
            keys[recipient].add(key)
        for recipient, events in self.expected.items():
            self.tally.lost += max(0, events - len(keys[recipient]))
        for recipient, found in keys.items():
            self.tally.two_keys += max(0, len(found) - self.expected[recipient])
        undecided = {key for key, (_, held) in attempts.items() if held}
        self.tally.held += len(undecided)
        self.tally.lost -= min(self.tally.lost, len(undecided - {key for _, key in tells}))
        self.count_repeats(tells, attempts)
        unbalanced = hub.books()
        if unbalanced:
            self.tally.unbalanced.append(unbalanced)

    def count_repeats(self, tells, attempts):
        for (_, key), times in tells.items():
            if times > 1:
                self.tally.told_twice += times - 1
                self.tally.repeats += times - 1
                self.tally.told_thrice += times > 2
                if attempts.get(key, (0, False))[0] < times:
                    self.tally.repeats_unrecorded += 1


def table(tally, hub):
    lines = [f"{'point':<26}{'aimed':>7}{'hit':>7}"]
    lines += [f"{point:<26}{tally.aimed[point]:>7}{tally.hit[point]:>7}" for point in tally.aimed]
    lines.append(f"{'at random':<26}{tally.random_kills:>7}{tally.random_kills:>7}")
    lines.append(f"kills {tally.kills}, events {tally.events}, lost {tally.lost}, told twice {tally.told_twice}, "
                 f"held as unknown {tally.held}")
    lines.append(f"repeats {tally.repeats}, of them on record {tally.repeats - tally.repeats_unrecorded}; "
                 f"integrity_check ok {tally.checks - len(tally.broken)} of {tally.checks}")
    faults = tally.faults(hub)
    lines.append("FAULTS: " + "; ".join(faults) if faults else "no fault")
    lines += tally.broken[:5] + tally.unbalanced[:5]
    return "\n".join(lines)
