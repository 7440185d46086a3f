#!/usr/bin/env python3
"""The inbox of the real hub, by clients that the project did not write: Python's http.client, ssl, gzip and zipfile, and
curl where there is one."""
import gzip
import http.client
import io
import json
import shutil
import socket
import ssl
import subprocess
import unittest
import zipfile

from hub import Hub, wait_until
from reports import egn, report, sheet

FACILITY = "2203999001"


class Inbox(unittest.TestCase):
    def setUp(self):
        self.hub = Hub()
        self.addCleanup(self.hub.close)
        self.port = self.hub.open_inbox()
        self.hub.certificate("acme")
        self.client = ssl.create_default_context(cafile=self.path("hub.pem"))

    def path(self, name):
        return self.hub.root / name

    def add_partner(self, name, *words):
        answer = self.hub.call("partners", "add", name, "--facility", FACILITY, "--instance", "amb", "--json", *words)
        self.assertEqual(answer.exit, 0, answer)
        self.hub.said.pop()  # where a key had to be printed
        return answer.rows[0].get("key")

    def ask(self, method, address, body=None, headers=None, context=None):
        connection = http.client.HTTPSConnection("localhost", self.port, context=context or self.client, timeout=60)
        try:
            connection.request(method, address, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def receipt(self, address, headers, context=None):
        def decided():
            status, _, body = self.ask("GET", address, headers=headers, context=context)
            self.assertIn(status, (200, 202))
            return json.loads(body) if status == 200 else None
        return wait_until(decided, "the receipt is there")

    def test_a_document_is_delivered_read_and_answered(self):
        key = self.add_partner("acme")
        self.hub.start()
        headers = {"Authorization": "Bearer " + key, "Content-Type": "application/xml", "Idempotency-Key": "october",
                   "Vestitel-Name": f"{egn(1)}.xml"}
        document = report(sheet(1, egn(1)))
        status, answered, body = self.ask("POST", "/inbox/amb", document, headers)
        self.assertEqual(status, 202, body)
        self.assertEqual(json.loads(body)["receipt"], answered["Location"])
        receipt = self.receipt(answered["Location"], headers)
        self.assertEqual(receipt["state"], "accepted")
        self.assertEqual(receipt["counts"]["accepted"], 1)
        status, _, body = self.ask("GET", answered["Location"], headers={**headers, "Accept": "text/plain"})
        self.assertIn("ПРИЕТ", body.decode().upper())
        self.assertEqual(self.ask("POST", "/inbox/amb", document, headers)[0], 200)
        self.assertEqual(self.ask("POST", "/inbox/amb", document + b"\n", headers)[0], 422)
        self.assertEqual(len(self.hub.look("documents")), 1)
        for packed, more in ((gzip.compress(document), {"Content-Encoding": "gzip"}),
                             (self.zipped(document), {"Content-Type": "application/zip"}),
                             (self.zipped(document, streamed=True), {"Content-Type": "application/zip"})):
            self.assertEqual(self.ask("POST", "/inbox/amb", packed, {**headers, **more})[0], 200)  # the same content
        self.assertEqual(self.hub.call("check", "--connect").exit, 0)  # the port is taken, by this very inbox
        self.assertEqual(self.hub.stop(), 0)
        places = [place for place in self.hub.leaks([key, egn(1)]) if "/amb/acme/" not in place]
        self.assertEqual(places, [])

    @staticmethod
    def zipped(document, streamed=False):
        class Pipe(io.RawIOBase):  # cannot seek: sizes come behind the data
            def __init__(self):
                self.bytes = b""

            def writable(self):
                return True

            def write(self, piece):
                self.bytes += bytes(piece)
                return len(piece)
        to = Pipe() if streamed else io.BytesIO()
        with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("report.xml", document)
        return to.bytes if streamed else to.getvalue()

    def test_a_trial_is_answered_and_nothing_of_it_stays(self):
        key = self.add_partner("acme")
        self.hub.start()
        headers = {"Authorization": "Bearer " + key}
        _, answered, _ = self.ask("POST", "/trial/amb", report(sheet(1, egn(1))), headers)
        receipt = self.receipt(answered["Location"], headers)
        self.assertTrue(receipt["trial"])
        self.assertEqual(self.hub.look("events"), [])
        _, answered, _ = self.ask("POST", "/trial/amb", b"<cut", headers)
        self.assertEqual(self.receipt(answered["Location"], headers)["state"], "rejected")

    def test_a_certificate_is_as_good_as_a_key_and_ends_with_its_partner(self):
        self.add_partner("acme", "--certificate", self.path("acme.pem"))
        self.hub.start()
        shown = ssl.create_default_context(cafile=self.path("hub.pem"))
        shown.load_cert_chain(self.path("acme.pem"), self.path("acme.key"))
        document = report(sheet(1, egn(1)))
        status, answered, _ = self.ask("POST", "/inbox/amb", document, context=shown)
        self.assertEqual(status, 202)
        self.assertEqual(self.receipt(answered["Location"], {}, shown)["state"], "accepted")
        self.assertEqual(self.ask("POST", "/inbox/amb", document)[0], 401)
        self.assertEqual(self.hub.call("partners", "set", "acme", "--end").exit, 0)
        self.assertEqual(self.ask("POST", "/inbox/amb", b"more", context=shown)[0], 401)

    @unittest.skipUnless(shutil.which("curl"), "there is no curl")
    def test_the_commands_of_the_page_work(self):
        key = self.add_partner("acme")
        self.hub.start()
        self.path("october.xml").write_bytes(report(sheet(1, egn(1))))
        done = subprocess.run(["curl", "--silent", "--show-error", "--fail-with-body", "--cacert", self.path("hub.pem"), "--data-binary",
                               f"@{self.path('october.xml')}", "--header", "Authorization: Bearer " + key, "--header",
                               "Content-Type: application/xml", "--header", "Idempotency-Key: october-2026-1",
                               f"https://localhost:{self.port}/inbox/amb"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual(json.loads(done.stdout)["state"], "waiting")

    def test_what_is_configured_wrong_is_told_by_check(self):
        self.assertEqual(self.hub.call("check", "--connect").exit, 0)
        self.path("hub.key").chmod(0o644)
        wrong = self.hub.call("check")
        self.assertEqual(wrong.exit, 78)
        self.assertIn("inbox.key", wrong.err)
        self.path("hub.key").chmod(0o600)
        shutil.copy(self.path("acme.pem"), self.path("hub.pem"))
        wrong = self.hub.call("check")
        self.assertEqual(wrong.exit, 78)
        self.assertIn("inbox", wrong.err)
        self.assertEqual(self.hub.call("run").exit, 78)

    def test_a_port_that_somebody_else_has_is_told_by_check(self):
        with socket.create_server(("127.0.0.1", self.port)) as other:
            other.settimeout(60)
            wrong = self.hub.call("check", "--connect")
        self.assertEqual(wrong.exit, 78)
        self.assertIn("inbox.listen", wrong.err)


if __name__ == "__main__":
    unittest.main()
