"""A receiver of webhooks on loopback, as a provider would write one: Python's HTTP server and HMAC, by the steps of the
Standard Webhooks specification, and the rules of CloudEvents for the JSON format. Nothing here is shared with the sink."""
import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
TOLERANCE = 300  # seconds


def verify(secret, headers, body, now=None):
    """Raises ValueError unless one of the signatures is that of these bytes."""
    identity, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE:
        raise ValueError("too old, or from the future")
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    wanted = hmac.new(key, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    for signature in headers["webhook-signature"].split(" "):
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(base64.b64decode(value, validate=True), wanted):
            return
    raise ValueError("no signature of ours")


def read_events(headers, body):
    """The events of a request, after the rules of CloudEvents 1.0 for structured and batched mode in JSON."""
    form = headers["content-type"].split(";")[0]
    if form not in ("application/cloudevents+json", "application/cloudevents-batch+json"):
        raise ValueError("no CloudEvents")
    content = json.loads(body)
    events = content if form.endswith("-batch+json") else [content]
    if not isinstance(events, list):
        raise ValueError("a batch that is no array")
    for event in events:
        for required in ("id", "source", "type"):
            if not isinstance(event[required], str) or event[required] == "":
                raise ValueError(f"{required}: a text that is not empty is required")
        if event["specversion"] != "1.0":
            raise ValueError("another version")
        for name in event:
            if not re.fullmatch("[a-z0-9]{1,20}", name):
                raise ValueError(f"{name}: no name of an attribute")
        if "time" in event and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", event["time"]):
            raise ValueError("time: none of RFC 3339")
    return events


class Taken:
    def __init__(self, path, headers, body, subject):
        self.path, self.headers, self.body, self.subject = path, headers, body, subject
        self.at = time.monotonic()

    @property
    def events(self):
        return read_events(self.headers, self.body)


class Receiver:
    """`answer` is told the number of the request, from 0, and what was taken, and says: (status, headers, body), or one of
    "cut" (close without a word), "reset", "garbage", "half" (an answer that ends in the middle), "silent"."""

    def __init__(self, answer=lambda number, taken: (204, {}, b""), tls=None, port=0):
        receiver = self
        self.answer, self.posts, self.others = answer, [], []
        self.lock, self.ends = threading.Lock(), threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver.serve(self)

            def do_HEAD(self):
                receiver.others.append(self.command)
                self.send_response(405)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

            def handle_error(self, *_):
                pass  # a peer that hangs up is what some of the tests want

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        names = [name.lower() for name in handler.headers]
        if len(names) != len(set(names)):
            raise AssertionError("a header came twice")
        certificate = handler.connection.getpeercert() if isinstance(handler.connection, ssl.SSLSocket) else None
        subject = dict(pair[0] for pair in (certificate or {}).get("subject", ())).get("commonName")
        taken = Taken(handler.path, {name.lower(): value for name, value in handler.headers.items()}, body, subject)
        with self.lock:
            number = len(self.posts)
            self.posts.append(taken)
        said = self.answer(number, taken)
        handler.close_connection = isinstance(said, str)
        if said == "garbage":
            handler.wfile.write(b"this is not HTTP\r\n\r\n")
        elif said == "half":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\"")
        elif said == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
        elif said == "silent":
            self.ends.wait(60)
        elif said != "cut":
            status, headers, content = said
            handler.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(content)

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self):
        self.ends.set()
        self.server.shutdown()
        self.server.server_close()


class Authority:
    """Certificates for localhost and for a client, by an authority of their own."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="vestitel-authority-")
        self.make("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                  "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem")
        for name, extra in (("localhost", "subjectAltName=DNS:localhost"), ("hub", "extendedKeyUsage=clientAuth")):
            pathlib.Path(self.path(f"{name}.ext")).write_text(extra + "\n")
            self.make("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr")
            self.make("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                      "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def make(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.folder.name)

    def path(self, name):
        return f"{self.folder.name}/{name}"

    def text(self, name):
        return pathlib.Path(self.path(name)).read_text()

    def context(self):
        """Of a server that talks to nobody without a certificate of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("localhost.pem"), self.path("localhost.key"))
        context.load_verify_locations(self.path("ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def close(self):
        self.folder.cleanup()
