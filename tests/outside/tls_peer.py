#!/usr/bin/env python3
"""HTTPS on loopback: tls_peer.py FOLDER. Makes an authority and a certificate for "right.example.test", prints its port, and answers
until its standard input closes. A client certificate is asked for and its subject told; /late answers after a second."""
import http.server
import pathlib
import ssl
import subprocess
import sys
import threading
import time

folder = pathlib.Path(sys.argv[1])


def make(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)


make("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Test authority",
     "-keyout", "ca.key", "-out", "ca.pem")
for name, extra in (("right", "subjectAltName=DNS:right.example.test"), ("client", "extendedKeyUsage=clientAuth")):
    (folder / f"{name}.ext").write_text(extra + "\n")
    make("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out",
         f"{name}.csr")
    make("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile",
         f"{name}.ext", "-out", f"{name}.pem")


class Peer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/late":
            time.sleep(1)
        subject = dict(pair[0] for pair in (self.connection.getpeercert() or {}).get("subject", ()))
        body = ("client " + subject.get("commonName", "none")).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder / "right.pem", folder / "right.key")
context.load_verify_locations(folder / "ca.pem")
context.verify_mode = ssl.CERT_OPTIONAL
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Peer)
server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("port", server.server_port, flush=True)
sys.stdin.read()
