#!/usr/bin/env python3
"""The status of health insurance, through the hub: what is a change, what is a baseline, and what is nothing."""
import http.server
import re
import threading
import unittest

from hub import Hub, wait_until
from reports import egn

READER = "id: nap\nplugin: nap-nhifstatus5\nreader:\n  drop_folder: ${store}/nap\n"
INSURED, INTERRUPTED, NO_DATA = "1", "2", "3"


def reply(status, months=()):
    details = "".join(f'<PeriodDetails Mnt="{month}" Yr="2026"/>' for month in months)
    return f"<PIS_Response><Patient><Status>{status}</Status>{details}</Patient></PIS_Response>"


def document(day, *records):
    """`records`: (person, reply)."""
    inside = "".join(f'<s:record PIN="{egn(person)}" PINType="0" ChkDt="2026-10-{day:02}">{said}</s:record>'
                     for person, said in records)
    return f'<s:statuses xmlns:s="urn:vestitel:nap-status:1">{inside}</s:statuses>'.encode()


class Status(unittest.TestCase):
    def setUp(self):
        self.hub = Hub()
        self.addCleanup(self.hub.close)
        self.hub.subscribe((egn(i), f"p{i}@example.test") for i in range(3))

    def told(self):
        self.assertTrue(self.hub.settled()["balanced"])
        return sorted(message["to"] for message in self.hub.messages())


class Documents(Status):
    def setUp(self):
        super().setUp()
        self.hub.write("plugins.d/nap.yaml", READER)

    def import_(self, day, *records):
        path = self.hub.root / f"status-{day}-{len(records)}.xml"
        path.write_bytes(document(day, *records))
        answer = self.hub.import_(path, source="nap")
        self.assertEqual(answer.exit, 0, answer)
        counts = ("accepted", "corrected", "annulled", "duplicates", "outdated", "quarantined")
        return {key: answer.rows[0][key] for key in counts if answer.rows[0][key]}

    def test_insured_no_data_interrupted_is_one_event(self):
        self.assertEqual(self.import_(1, (0, reply(INSURED)), (1, reply(INSURED)), (2, reply(INTERRUPTED, [4, 5]))),
                         {"accepted": 3})
        self.assertEqual(self.import_(2, *((i, reply(NO_DATA)) for i in range(3))), {})
        self.assertEqual(self.import_(3, (0, reply(INTERRUPTED, [6])), (1, reply(INSURED)), (2, reply(INTERRUPTED, [5, 6]))),
                         {"accepted": 1, "duplicates": 2})
        self.assertEqual(self.import_(2, (0, reply(INSURED))), {"outdated": 1})
        self.hub.start()
        self.assertEqual(self.told(), ["p0@example.test"])
        self.assertEqual(self.import_(4, (0, reply(INSURED)), (1, reply(INSURED))), {"accepted": 1, "duplicates": 1})
        self.assertEqual(self.told(), ["p0@example.test", "p0@example.test"])
        self.assertEqual(self.hub.stop(), 0)
        events = self.hub.look("events")
        self.assertEqual(len(events), 5)
        self.assertEqual({event["data"]["revision"] for event in events}, {"new"})
        self.assertEqual(sum("prior" in event["data"] for event in events), 2)
        self.assertEqual(self.hub.leaks([egn(i) for i in range(3)]), [])


class Register(http.server.BaseHTTPRequestHandler):
    answers, asked = {}, []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        pin = re.search("<PIN>(.*)</PIN>", body).group(1)
        self.asked.append((pin, 'RCZPassword="s3cret-word"' in body))
        status, text = self.answers.get(pin, (200, reply(INSURED)))
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Feed(Status):
    def setUp(self):
        super().setUp()
        self.register = http.server.HTTPServer(("127.0.0.1", 0), Register)
        Register.answers, Register.asked = {}, []
        threading.Thread(target=self.register.serve_forever, daemon=True).start()
        self.addCleanup(self.register.server_close)
        self.addCleanup(self.register.shutdown)
        secret = self.hub.root / "password"
        secret.touch(mode=0o600)
        secret.write_text("s3cret-word")
        self.hub.write("plugins.d/feed.yaml",
                       f"id: nap\nplugin: nap-nhifstatus5-feed\nsettings:\n  endpoint: http://127.0.0.1:"
                       f"{self.register.server_port}/x\n  practice_number: \"2201999002\"\n  practice_eik: \"999000113\"\n"
                       f"  requests_per_minute: 600\n  password: ${{file:{secret}}}\nfeed:\n  schedule: \"@every 1s\"\n")

    def begin(self):
        self.hub.look("sources", "cursor", "nap", "--set", "", "--yes")

    def rests(self, asked):
        wait_until(lambda: len(Register.asked) >= asked, f"{asked} people were asked about")
        wait_until(lambda: self.hub.look("sources", "cursor", "nap")[0]["cursor"].startswith("rests since"), "it rests")

    def test_subscribed_people_are_asked_about_and_told_of_a_change(self):
        self.hub.start()
        self.rests(3)
        self.assertEqual(sorted(Register.asked), sorted((egn(i), True) for i in range(3)))
        self.assertEqual(self.told(), [])
        Register.answers = {egn(0): (200, reply(INTERRUPTED, [4])), egn(1): (200, reply(NO_DATA))}
        self.begin()
        self.rests(6)
        self.assertEqual(self.told(), ["p0@example.test"])
        Register.answers = {egn(0): (200, reply(INTERRUPTED, [5])), egn(1): (200, "<html>3</html>")}
        self.begin()
        wait_until(lambda: "a page in HTML" in self.hub.log_text(), "it fails")
        del Register.answers[egn(1)]
        self.rests(9)
        self.assertEqual(self.told(), ["p0@example.test"])
        self.assertEqual(self.hub.stop(), 0)
        self.assertEqual(len(self.hub.look("events")), 4)
        self.assertEqual(self.hub.leaks([egn(i) for i in range(3)] + ["s3cret-word"]), [])


if __name__ == "__main__":
    unittest.main()
