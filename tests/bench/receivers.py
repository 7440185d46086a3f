"""What both sides send to: receivers on loopback that do as little as they can, and count."""
import mmap
import os
import pathlib
import re
import socket
import struct
import subprocess
import threading
import time

NGINX = """\
{modules}
worker_processes 1;
daemon off;
master_process off;
pid {d}/nginx.pid;
error_log {d}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {d}; proxy_temp_path {d}; fastcgi_temp_path {d}; uwsgi_temp_path {d}; scgi_temp_path {d};
  client_body_buffer_size 64k;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /count {{ stub_status; }}
    location / {{ {answer} }}
  }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(condition, seconds=60, what="something"):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.005)
    return found


def greets(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Receiver:
    """A process that listens at `port` and ends with close(); `count` says how many messages have come."""

    def begin(self, *words, **more):
        self.process = subprocess.Popen([str(word) for word in words], **more)
        until(lambda: greets(self.port), what=f"{words[0]} listens")

    def close(self):
        self.process.terminate()
        self.process.wait()


class Nginx(Receiver):
    """Answers every POST with 200, after `delay` seconds."""

    def __init__(self, folder, delay=0.0):
        self.port = free_port()
        self.looks = 0
        folder.mkdir(parents=True)
        answer = "return 200;" if delay == 0 else f"echo_sleep {delay}; echo -n '';"
        modules = "\n".join(f"load_module {path};" for path in pathlib.Path("/usr/lib/nginx/modules").glob("*http_echo*.so")
                            if delay > 0)
        (folder / "conf").write_text(NGINX.format(d=folder, port=self.port, answer=answer, modules=modules))
        self.begin("nginx", "-c", folder / "conf", "-p", folder, stderr=subprocess.DEVNULL)
        self.line = socket.create_connection(("127.0.0.1", self.port))

    def count(self):
        self.line.sendall(b"GET /count HTTP/1.1\r\nHost: h\r\n\r\n")
        text = b""
        while not re.search(rb"Waiting: \d+ *\n", text):
            text += self.line.recv(4096)
        self.looks += 1
        requests = int(re.search(rb"handled requests\s+\d+ \d+ (\d+)", text).group(1))
        return requests - self.looks

    def close(self):
        self.line.close()
        super().close()


class SmtpSink(Receiver):
    """Postfix's smtp-sink: takes mails and throws them away."""

    def __init__(self):
        self.port = free_port()
        self.mails = 0
        self.begin("smtp-sink", "-u", "nobody", "-c", f"127.0.0.1:{self.port}", "1024", stdout=subprocess.PIPE)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        text = b""
        while piece := os.read(self.process.stdout.fileno(), 65536):
            text = (text + piece)[-4096:]
            found = re.findall(rb"mesg=(\d+)", text[:text.rfind(b"\r") + 1] if b"\r" in text else text)
            if found:
                self.mails = int(found[-1])

    def count(self):
        return self.mails


class Centre(Receiver):
    """message_centre.cpp: an SMPP message centre that takes everything."""

    def __init__(self, build, folder):
        self.port = free_port()
        numbers = folder / f"centre-{self.port}"
        self.begin(build / "bin" / "message_centre", self.port, numbers, stdout=subprocess.DEVNULL)
        with numbers.open("r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 24)

    def word(self, number):
        return struct.unpack_from("=Q", self.shared, 8 * number)[0]

    def count(self):
        return self.word(0)

    def octets(self):
        return self.word(1)

    def hold(self, answers_wait):
        struct.pack_into("=Q", self.shared, 16, answers_wait)

    def ceiling(self, parts, window):
        """Parts a second that it takes of a client that composes nothing and reads no answer but its length."""
        body = b"\0\5\0NZOK\0\1\1359888000000\0" + b"\0" * 6 + b"\1\0\10\0\152" + b"\4x" * 53
        submit = struct.pack(">4I", 16 + len(body), 4, 0, 7) + body
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.sendall(struct.pack(">4I", 23, 9, 0, 1) + b"\0\0\0\x34\0\0\0")
            line.recv(4096)
            before, start = self.count(), time.monotonic()
            for sent in range(0, parts, window):
                line.sendall(submit * window)
                while self.count() - before < sent + window:
                    line.recv(65536)
            return parts / (time.monotonic() - start)

    def close(self):
        self.shared.close()
        super().close()
