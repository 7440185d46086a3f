#!/usr/bin/env python3
"""Feeds under the built hub, in both homes: polled, killed, steered, they tell each record once."""
import json
import os
import pathlib
import shutil
import signal
import unittest

from hub import BINARY, FILE_SINK, Hub, wait_until
from reports import egn

LIBRARIES = pathlib.Path(BINARY).parent.parent / "lib" / "vestitel" / "plugins"
HERE = "home: in-process\n"


def with_plugins(name, library):
    """A hub whose plugin folder holds one more."""
    hub = Hub(sinks=[HERE + FILE_SINK], reader=HERE)
    shutil.copytree(LIBRARIES, hub.root / "plugins")
    shutil.copy(library, hub.root / "plugins" / f"{name}.so")
    main = hub.config / "vestitel.yaml"
    main.write_text(main.read_text() + f"plugins: {hub.root / 'plugins'}\n")
    return hub


class Feed(unittest.TestCase):
    """The template's feed, in the hub's own process."""

    def setUp(self):
        self.hub = with_plugins("acme-feed", os.environ["VESTITEL_FEED"])
        self.addCleanup(self.hub.close)
        self.folder = self.hub.root / "laboratory"
        self.folder.mkdir()
        self.configure()

    def configure(self, schedule="@every 1s", more=""):
        self.hub.write("plugins.d/feed.yaml", f"id: lab\nplugin: acme-feed\nhome: in-process\nsettings:\n"
                                              f"  folder: {self.folder}\nfeed:\n  schedule: \"{schedule}\"\n{more}")

    def day(self, number, *people):
        """What the laboratory leaves on a day: one record a person."""
        lines = [f"L-{number:02}{person:02};{egn(person)};{number:02}.10.2026\n" for person in people]
        (self.folder / f".{number}").write_text("".join(lines))
        (self.folder / f".{number}").rename(self.folder / f"2026-10-{number:02}.csv")

    def source(self):
        return next(row for row in self.hub.look("sources", "list") if row["source"] == "lab")

    def cursor(self):
        return self.hub.look("sources", "cursor", "lab")[0]["cursor"]

    def records(self):
        return sorted(event["data"]["record"]["key"] for event in self.hub.look("events"))

    def read_up_to(self, number):
        wait_until(lambda: self.cursor() == f"2026-10-{number:02}.csv", f"day {number} is read")

    def test_what_comes_is_told_once_over_kills_and_restarts(self):
        self.hub.subscribe((egn(i), f"p{i}@example.test") for i in range(3))
        self.day(1, 0, 1)
        self.hub.start()
        self.read_up_to(1)
        self.day(2, 2)
        self.read_up_to(2)
        self.hub.process.send_signal(signal.SIGKILL)
        self.hub.process.wait()
        self.day(3, 0)
        self.hub.start()
        self.read_up_to(3)
        self.assertTrue(self.hub.settled()["balanced"])
        self.assertEqual(self.records(), ["L-0100", "L-0101", "L-0202", "L-0300"])
        self.assertEqual(sorted(m["to"] for m in self.hub.messages()),
                         ["p0@example.test", "p0@example.test", "p1@example.test", "p2@example.test"])
        units = [row for row in self.hub.look("documents") if row["state"] == "sealed"]
        self.assertEqual([row["transport"] for row in units], ["feed"] * 3)
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(self.hub.leaks([egn(i) for i in range(3)]), [])

    def test_staff_pause_resume_and_set_the_cursor(self):
        self.day(1, 0)
        self.hub.start()
        self.read_up_to(1)
        self.hub.look("sources", "pause", "lab")
        wait_until(lambda: self.source()["state"] == "paused", "it is paused")
        self.day(2, 1)
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(self.source()["reason"], "an operator paused it")  # without a hub
        self.hub.start()
        wait_until(lambda: self.source()["state"] == "paused", "it still is")
        status = self.hub.look("status")[0]["hub"]["feeds"]
        self.assertEqual([(feed["feed"], feed["state"]) for feed in status], [("lab", "paused")])
        self.assertEqual(self.records(), ["L-0100"])
        self.hub.look("sources", "resume", "lab")
        self.read_up_to(2)
        refused = self.hub.call("sources", "cursor", "lab", "--set", "")
        self.assertEqual(refused.exit, 2)
        self.assertIn("--yes", refused.err)
        documents = len(self.hub.look("documents"))
        self.hub.look("sources", "cursor", "lab", "--set", "", "--yes")
        wait_until(lambda: len(self.hub.look("documents")) == documents + 2, "all is read again")
        self.assertEqual(self.records(), ["L-0100", "L-0201"])

    def test_nobody_is_told_of_the_first_load(self):
        self.hub.subscribe([(egn(0), "p0@example.test")])
        self.configure(more="  baseline: true\n")
        self.day(1, 0)
        self.day(2, 0)
        self.hub.start()
        self.read_up_to(2)
        wait_until(lambda: "ended" in self.source(), "the first load has ended")
        self.day(3, 0)
        self.read_up_to(3)
        self.assertTrue(self.hub.settled()["balanced"])
        self.assertEqual(len(self.hub.messages()), 1)
        first = self.hub.look("events")[0]["id"]
        self.assertEqual(self.hub.look("explain", first)[0]["not_owed"][0]["reason"], "baseline")

    def test_what_the_other_side_refuses_is_said_and_tried_again(self):
        self.folder.rename(self.folder.with_suffix(".gone"))
        self.hub.start()
        wait_until(lambda: self.source()["state"] == "failing", "it says that it fails")
        self.assertIn("listing the folder", self.source()["reason"])
        self.folder.with_suffix(".gone").rename(self.folder)
        self.day(1, 0)
        self.read_up_to(1)

    def test_a_wrong_schedule_is_an_error_of_the_configuration(self):
        self.configure(schedule="61 * * * *")
        answer = self.hub.call("check")
        self.assertEqual(answer.exit, 78)
        self.assertIn("feed.yaml:7:13: feed.schedule: found \"61 * * * *\": the minute takes 0 to 59", answer.err)
        self.configure()
        self.assertEqual(self.hub.call("check").exit, 0)


class FeedInChild(unittest.TestCase):
    """In a process of its own, which may die."""

    def setUp(self):
        self.hub = with_plugins("numbers", os.environ["VESTITEL_NUMBERS"])
        self.addCleanup(self.hub.close)

    def configure(self, records, dies_at=-1):
        self.hub.write("plugins.d/feed.yaml", "id: numbers\nplugin: numbers\nhome: child\nsettings:\n"
                                              f"  records: {records}\n  dies_at: {dies_at}\n"
                                              "feed:\n  schedule: \"@every 1s\"\n  max_events: 3\n")

    def source(self):
        return next(row for row in self.hub.look("sources", "list") if row["source"] == "numbers")

    def read_up_to(self, number):
        wait_until(lambda: self.hub.look("sources", "cursor", "numbers")[0]["cursor"] == str(number), f"up to {number}")

    def runners(self):
        return [json.loads(line)["pid"] for line in self.hub.log_text().splitlines() if '"runner_started"' in line]

    def records(self):
        return sorted(int(event["data"]["record"]["key"]) for event in self.hub.look("events"))

    def test_a_killed_runner_and_a_killed_hub_lose_and_repeat_nothing(self):
        self.configure(10)
        self.hub.start()
        self.read_up_to(10)
        os.kill(self.runners()[-1], signal.SIGKILL)
        wait_until(lambda: len(self.runners()) == 2, "another is started for the next poll")
        self.hub.process.kill()
        self.hub.process.wait()
        self.configure(20)
        self.hub.start()
        self.read_up_to(20)
        self.assertEqual(self.records(), list(range(20)))
        self.assertEqual(self.hub.stop(), 0)

    def test_a_feed_that_dies_at_one_cursor_is_paused_and_the_hub_goes_on(self):
        self.configure(8, dies_at=4)
        self.hub.start()
        wait_until(lambda: self.source()["state"] == "paused", "it is paused")
        self.assertIn("its process died three times at this cursor", self.source()["reason"])
        self.assertEqual(self.records(), [0, 1, 2])  # nothing of the unit in which it died
        self.assertIsNone(self.hub.process.poll())
        self.assertEqual(self.hub.stop(), 0)
        self.configure(8)
        self.hub.start()
        wait_until(lambda: self.source()["state"] == "paused", "it still is")
        self.hub.look("sources", "resume", "numbers")
        self.read_up_to(8)
        self.assertEqual(self.records(), list(range(8)))


if __name__ == "__main__":
    unittest.main()
