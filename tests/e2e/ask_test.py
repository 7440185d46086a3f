#!/usr/bin/env python3
"""A gateway whose answers are lost behind the message: with `sink.unknown: ask` it is asked, and everybody is told exactly once."""
import http.server
import json
import pathlib
import shutil
import subprocess
import sys
import threading
import unittest
import urllib.parse

from hub import BINARY, FILE_SINK, Hub, wait_until
from reports import REPOSITORY, egn, report, sheet

FILE_FOR_THE_REST = FILE_SINK.replace("sms, ", "")
PROFILE = """profile: 1
request: {path: /send, form: {to: '{to}', text: '{text}', reference: '{id}'}}
answers: {success: {status: 200, id: {json: id}}}
status:
  request: {method: GET, path: /messages, query: {reference: '{id}'}}
  found: {status: 200, json: state, is: SENT, id: {json: id}}
  rows:
    - {status: 404, json: error, is: no_such_reference, verdict: retry}
  absent_after: 0
"""
SINK = """id: sms
plugin: sms-http
home: {home}
settings:
  url: http://127.0.0.1:{port}
  profile: ${{file:{profile}}}
  sender: NZOK
  timeout: 60s
sink:
  channel: sms
  unknown: {unknown}
  retry:
    base: 10ms
    cap: 50ms
"""
LIBRARIES = pathlib.Path(BINARY).parent.parent / "lib" / "vestitel" / "plugins"
FORGETFUL = """id: sms
plugin: forgetful-gateway
sink:
  channel: sms
  unknown: {unknown}
  retry:
    base: 10ms
    cap: 50ms
"""
PLAIN, LOST, CUT = "+359888003001", "+359888003002", "+359888003003"


class Gateway(http.server.ThreadingHTTPServer):
    """Takes a message of LOST and says nothing; does not take the first of CUT, and says nothing."""
    daemon_threads = True

    def __init__(self):
        self.lock, self.taken, self.seen, self.asked = threading.Lock(), {}, {}, 0
        self.hang, self.hanging = threading.Event(), threading.Event()
        self.hang.set()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.hang.set()
        self.shutdown()
        self.server_close()

    def times(self):
        """How often each number was told."""
        with self.lock:
            told = {}
            for number, _ in self.taken.values():
                told[number] = told.get(number, 0)
            for number, times in self.taken.values():
                told[number] += times
            return told


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        gateway = self.server
        fields = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        number, reference = fields["to"], fields["reference"]
        with gateway.lock:
            first = gateway.seen.setdefault(reference, 0) == 0
            gateway.seen[reference] += 1
            if number != CUT or not first:
                gateway.taken[reference] = (number, gateway.taken.get(reference, (number, 0))[1] + 1)
        gateway.hanging.set()
        gateway.hang.wait(60)
        if number != PLAIN and first:
            self.close_connection = True
            return  # without a word
        self.answer(200, {"id": "m-" + reference[:8]})

    def do_GET(self):
        gateway = self.server
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        with gateway.lock:
            gateway.asked += 1
            there = query["reference"] in gateway.taken
        if there:
            self.answer(200, {"state": "SENT", "id": "m-" + query["reference"][:8]})
        else:
            self.answer(404, {"error": "no_such_reference"})


class Asked(unittest.TestCase):
    def hub_for(self, gateway, unknown, home="in-process", people=(PLAIN, LOST, CUT)):
        hub = Hub(sinks=(FILE_FOR_THE_REST,))
        self.addCleanup(hub.close)
        hub.write("plugins.d/sms.yaml", SINK.format(home=home, port=gateway.server_address[1], unknown=unknown,
                                                    profile=hub.secret("profile", PROFILE)))
        hub.subscribe([(egn(i), number) for i, number in enumerate(people)], channel="sms")
        if home == "child":
            hub.root.chmod(0o755)
        return hub

    def gateway(self):
        gateway = Gateway()
        self.addCleanup(gateway.close)
        return gateway

    def drop(self, hub, people):
        hub.put("october.xml", report(*(sheet(i, i) for i in range(people))))
        hub.receipt("october.xml")

    def test_everybody_is_told_exactly_once_in_both_homes(self):
        for home in ("in-process", "child"):
            with self.subTest(home=home):
                gateway = self.gateway()
                hub = self.hub_for(gateway, "ask", home)
                self.assertEqual(hub.call("check").exit, 0)
                hub.start()
                self.drop(hub, 3)
                self.assertTrue(hub.settled()["balanced"])
                self.assertEqual(gateway.times(), {PLAIN: 1, LOST: 1, CUT: 1})
                self.assertGreaterEqual(gateway.asked, 2)
                rows = hub.look("deliveries")
                self.assertEqual({row["state"] for row in rows}, {"accepted"})
                stories = sorted([attempt["verdict"], (attempt.get("receipt") or {}).get("verdict")]
                                 for row in rows for attempt in row["history"] if attempt["verdict"] == "unknown")
                self.assertEqual(stories, [["unknown", "accepted"], ["unknown", "retry"]])
                self.assertIn("doubts_settled", hub.log_text())
                self.assertEqual(hub.stop(), 0)
                self.assertEqual(hub.leaks([PLAIN[1:], LOST[1:], CUT[1:]]), [])

    def test_without_asking_who_was_told_is_told_again(self):
        gateway = self.gateway()
        hub = self.hub_for(gateway, "resend")
        hub.start()
        self.drop(hub, 3)
        hub.settled()
        self.assertEqual(gateway.times(), {PLAIN: 1, LOST: 2, CUT: 1})
        self.assertEqual(gateway.asked, 0)

    def killed_while_sending(self, unknown):
        """A hub that had sent one message and died before the answer, and the gateway that took it."""
        gateway = self.gateway()
        gateway.hang.clear()
        hub = self.hub_for(gateway, unknown, people=(PLAIN,))
        hub.start()
        self.drop(hub, 1)
        wait_until(gateway.hanging.is_set, "the gateway has the message")
        hub.process.kill()
        hub.process.wait()
        gateway.hang.set()
        return gateway, hub

    def test_a_hub_killed_before_the_answer_asks_when_it_comes_back(self):
        gateway, hub = self.killed_while_sending("ask")
        hub.start()
        hub.settled()
        self.assertEqual(gateway.times(), {PLAIN: 1})
        self.assertEqual([row["state"] for row in hub.look("deliveries")], ["accepted"])

    def test_what_a_killed_hub_had_sent_goes_by_the_word_that_stands_there_when_it_comes_back(self):
        for unknown, state in (("hold", "held"), ("ask", "accepted")):
            with self.subTest(unknown=unknown):
                gateway, hub = self.killed_while_sending("resend")
                sink = hub.config / "plugins.d" / "sms.yaml"
                sink.write_text(sink.read_text().replace("unknown: resend", f"unknown: {unknown}"))
                hub.start()
                hub.settled()
                self.assertEqual(gateway.times(), {PLAIN: 1})
                self.assertEqual([row["state"] for row in hub.look("deliveries")], [state])

    def test_a_sink_that_cannot_be_asked_is_a_wrong_configuration(self):
        hub = Hub(sinks=(FILE_SINK,))
        self.addCleanup(hub.close)
        hub.write("plugins.d/hook.yaml", "id: hook\nplugin: webhook\nsettings:\n  url: http://127.0.0.1:9/\n"
                                         f"  secret: ${{file:{hub.secret('s', 'whsec_' + 'A' * 43 + '=')}}}\n"
                                         "sink:\n  channel: webhook\n  unknown: ask\n")
        sink = hub.config / "plugins.d" / "sink-0.yaml"
        sink.write_text(sink.read_text().replace("webhook, ", ""))
        for verb in ("check", "run"):
            refused = hub.call(verb)
            self.assertEqual(refused.exit, 78, refused)
            self.assertRegex(refused.err, r"hook.yaml:8:\d+: sink.unknown: .*plugin webhook cannot be asked")


class AskedInPython(unittest.TestCase):
    """A sink that is a program of its own, in the sandbox."""

    def stories(self, unknown):
        """Of each message: its verdicts, each with what was found out later."""
        hub = Hub(sinks=("home: in-process\n" + FILE_FOR_THE_REST,), reader="home: in-process\n")
        self.addCleanup(hub.close)
        hub.root.chmod(0o755)
        shutil.copytree(LIBRARIES, hub.root / "plugins")
        subprocess.run([sys.executable, "-B", REPOSITORY / "sdk/python/bundle.py", hub.root / "plugins/forgetful-gateway.pyz",
                        REPOSITORY / "tests/e2e/libraries/forgetful_gateway.py"], check=True)
        hub.write("vestitel.yaml", (hub.config / "vestitel.yaml").read_text() + f"plugins: {hub.root / 'plugins'}\n")
        hub.write("plugins.d/sms.yaml", FORGETFUL.format(unknown=unknown))
        hub.subscribe([(egn(i), number) for i, number in enumerate((PLAIN, LOST, CUT))], channel="sms")
        self.assertEqual(hub.call("check").exit, 0)
        hub.start()
        hub.put("october.xml", report(*(sheet(i, i) for i in range(3))))
        hub.receipt("october.xml")
        self.assertTrue(hub.settled()["balanced"])
        rows = hub.look("deliveries")
        self.assertEqual({row["state"] for row in rows}, {"accepted"})
        self.assertEqual(hub.stop(), 0)
        self.assertEqual(hub.leaks([PLAIN[1:], LOST[1:], CUT[1:]]), [])
        return sorted([[attempt["verdict"], (attempt.get("receipt") or {}).get("verdict")] for attempt in row["history"]] for row in rows)

    def test_everybody_is_told_exactly_once(self):
        self.assertEqual(self.stories("ask"), [[["accepted", None]],
                                               [["unknown", "accepted"]],
                                               [["unknown", "retry"], ["accepted", None]]])

    def test_without_asking_each_in_doubt_is_sent_again(self):
        self.assertEqual(self.stories("resend"), [[["accepted", None]]] + [[["unknown", None], ["accepted", None]]] * 2)


if __name__ == "__main__":
    unittest.main()
