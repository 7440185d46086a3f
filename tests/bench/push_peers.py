"""What a push sink talks to: the stand-in of its end-to-end test, over HTTP/2 with TLS, or a listener that does not get so far."""
import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "plugins"))
from push_rig import Certificates, Service

MODULES = ROOT / "build" / "npm" / "node_modules"  # `./dev test` fills it
# What the stand-in does with a message where the connection works, by what stands in its address.
FCM = {"works": "ok", "busy": "unavailable", "mute": "silent"}
APNS = {"works": 0, "busy": 1, "mute": 0xFFFFFFF0}
APNS_ANSWERS = [[200, "", None], [429, "TooManyRequests", None]]
WEBPUSH = {"works": "201", "busy": "503", "mute": "silent"}


def openssl(*words, given=b""):
    return subprocess.run(["openssl", *map(str, words)], input=given, check=True, capture_output=True).stdout


def new_key(kind, option):
    """PEM, PKCS #8."""
    return openssl("genpkey", "-algorithm", kind, "-pkeyopt", option).decode()


def base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class PushPeer:
    """`listener(what)` is made where the connection itself is at fault; the tokens of fcm are given out always. A sink is led here
    by `settings`, and has `secret` (a name and a text); `main` belongs into vestitel.yaml."""

    def __init__(self, sink, what, listener):
        self.what, self.folder = what, tempfile.TemporaryDirectory(prefix="vestitel-push-")
        certificates = Certificates(pathlib.Path(self.folder.name), ["localhost", "oauth2.localhost"])
        self.main = f"http:\n  ca_file: {certificates.ca}\n"
        words, told = getattr(self, "of_" + sink)()
        script = ROOT / "tests" / "plugins" / sink / ("push_service.mjs" if sink == "webpush" else f"{sink}_service.mjs")
        self.service = Service(shutil.which("node"), script, certificates, *words, told=told)
        self.fault = None if what in FCM else listener(what)
        self.port = (self.fault or self.service).port
        self.settings = self.settings.format(port=self.port, tokens=self.service.port)
        self.secret = (self.secret[0], self.secret[1].replace("{tokens}", str(self.service.port)))

    def of_fcm(self):
        self.settings = "endpoint: https://localhost:{port}\n  token_endpoint: https://oauth2.localhost:{tokens}\n  timeout: 2s"
        self.secret = ("service_account", json.dumps({
            "type": "service_account", "project_id": "example-project", "private_key_id": "key-1",
            "private_key": new_key("RSA", "rsa_keygen_bits:2048"), "client_email": "sender@example-project.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.localhost:{tokens}/fine"}))
        kind = FCM.get(self.what, "ok")
        self.address = lambda i: f"{kind}:synthetic-{i}"
        return [], None

    def of_apns(self):
        self.settings = ("endpoint: https://localhost:{port}\n  key_id: ABC123DEFG\n  team_id: DEF123GHIJ\n"
                         "  topic: bg.example.app\n  timeout: 2s")
        self.secret = ("auth_key", new_key("EC", "ec_paramgen_curve:P-256"))
        choice = APNS.get(self.what, 0)
        self.address = lambda i: f"{i:056x}{choice:08x}"
        return [], APNS_ANSWERS

    def of_webpush(self):
        self.settings = "stand_in: https://localhost:{port}\n  contact: mailto:push@example.bg\n  timeout: 2s"
        self.secret = ("vapid_key", new_key("EC", "ec_paramgen_curve:P-256"))
        browser, auth = new_key("EC", "ec_paramgen_curve:P-256").encode(), base64url(b"0123456789abcdef")
        private = openssl("ec", "-outform", "DER", given=browser)[7:39]  # RFC 5915: version, then the key itself
        point = base64url(openssl("pkey", "-pubout", "-outform", "DER", given=browser)[-65:])
        kind = WEBPUSH.get(self.what, "201")

        def address(i):
            to = {"endpoint": f"https://updates.push.services.mozilla.com/p{i}/{kind}", "keys": {"p256dh": point, "auth": auth}}
            return '"' + json.dumps(to, separators=(",", ":")).replace('"', '""') + '"'  # of one field of CSV
        self.address = address
        return [MODULES], {"private": base64url(private), "auth": auth}

    def close(self):
        self.service.close()
        if self.fault:
            self.fault.close()
        self.folder.cleanup()
