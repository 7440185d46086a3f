#!/usr/bin/env python3
"""Signed messages of НЗИС through the hub, checked in the sandbox: made with openssl and Python's canonical form alone."""
import base64
import hashlib
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

from hub import Hub
from nhis_messages import bundle, leaf, message
from reports import egn

DSIG = "http://www.w3.org/2000/09/xmldsig#"
LOCAL, NUMBER = "005a0000-0000-4040-8080-000000000065", "26279A0000A1"


def exchange(sign, person=1):
    """A request and its answer, each signed."""
    request = message(1, "R001", f'<n:referral>{leaf("lrn", LOCAL)}{leaf("authoredOn", "2026-10-06")}'
                                 f'{leaf("category", "R2")}</n:referral><n:subject>{leaf("identifierType", "1")}'
                                 f'{leaf("identifier", egn(person))}</n:subject><n:requester>{leaf("pmi", "2299000011")}'
                                 f'{leaf("practiceNumber", "2203999001")}</n:requester>')
    answer = message(2, "R002", leaf("nrnReferral", NUMBER) + leaf("lrn", LOCAL) + leaf("status", "1"))
    return sign(request), sign(answer)


class Signer:
    """An authority, and a certificate that it gave."""

    def __init__(self, folder, name):
        self.key, self.authority = folder / f"{name}.key", folder / f"{name}-ca.pem"
        self.made, request = folder / f"{name}.pem", folder / f"{name}.csr"
        authority_key = folder / f"{name}-ca.key"
        days = ["-days", "3650"]
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", authority_key, "-out", self.authority,
                     "-subj", "/CN=Root", *days)
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", request, "-subj", "/CN=Doctor")
        self.openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", authority_key, "-CAcreateserial",
                     "-out", self.made, *days)

    @staticmethod
    def openssl(*words, given=b""):
        return subprocess.run(["openssl", *map(str, words)], input=given, capture_output=True, check=True).stdout

    def sign(self, text):
        digest = base64.b64encode(hashlib.sha256(xml.canonicalize(text).encode()).digest()).decode()
        info = (f'<SignedInfo xmlns="{DSIG}"><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">'
                '</CanonicalizationMethod><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256">'
                f'</SignatureMethod><Reference URI=""><Transforms><Transform Algorithm="{DSIG}enveloped-signature">'
                '</Transform><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></Transform></Transforms>'
                '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>'
                f'<DigestValue>{digest}</DigestValue></Reference></SignedInfo>')
        value = base64.b64encode(self.openssl("dgst", "-sha256", "-sign", self.key, given=info.encode())).decode()
        certificate = "".join(self.made.read_text().splitlines()[1:-1])
        signature = (f'<Signature xmlns="{DSIG}">{info}<SignatureValue>{value}</SignatureValue><KeyInfo><X509Data>'
                     f'<X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></Signature>')
        return text.replace("</n:message>", signature + "</n:message>")


class Signatures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="vestitel-signer-")
        cls.addClassCleanup(cls.folder.cleanup)
        Path(cls.folder.name).chmod(0o755)  # the plugin's process may be no more than its user
        cls.doctor, cls.stranger = (Signer(Path(cls.folder.name), name) for name in ("doctor", "stranger"))

    def read(self, name, content, home):
        path = self.hub.root / name
        path.write_bytes(content)
        self.hub.write("plugins.d/nhis.yaml",
                       f"id: nhis\nplugin: nhis\nhome: {home}\nsettings:\n  trust_store: {self.doctor.authority}\n"
                       "  signature: required\nreader:\n  drop_folder: ${store}/nhis\n")
        answer = self.hub.import_(path, source="nhis")
        self.assertEqual(answer.exit, 0, answer)
        return answer.rows[0]["accepted"], answer.rows[0]["quarantined"]

    def test_a_message_is_believed_by_its_signature_in_either_home(self):
        for home in ("in-process", "child"):
            with self.subTest(home=home):
                self.hub = Hub()
                self.addCleanup(self.hub.close)
                request, answer = exchange(self.doctor.sign)
                self.assertEqual(self.read("forged.xml", bundle(request.replace("R2", "R3"), answer), home), (0, 2))
                self.assertEqual(self.read("stranger.xml", bundle(*exchange(self.stranger.sign)), home), (0, 2))
                self.assertEqual(self.read("unsigned.xml", bundle(*exchange(lambda text: text)), home), (0, 2))
                self.assertEqual(self.read("signed.xml", bundle(request, answer), home), (1, 0))
                attributes = self.hub.look("events")[0]["data"]["attributes"]
                self.assertIn({"key": "nhis.signature", "value": "valid"}, attributes)


if __name__ == "__main__":
    unittest.main()
