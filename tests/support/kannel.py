"""Debian's Kannel on loopback, an SMS gateway that the project did not write: bearerbox with one message centre behind it,
and smsbox, which takes messages over HTTP and calls a URL with what became of them."""
import http.server
import pathlib
import queue
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

CONFIG = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = admin
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
dlr-storage = internal
log-file = {folder}/bearerbox.log
log-level = {level}
sms-resend-freq = 1
{core}
group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = {centre}
transceiver-mode = true
smsc-username = kannel
smsc-password = pw
system-type = ""
msg-id-type = 0x03
reconnect-delay = 1
{link}
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = {folder}/smsbox.log
log-level = {level}
http-request-retry = 3
http-queue-delay = 1

group = sendsms-user
username = vestitel
password = {password}
max-messages = 3
concatenation = true

group = sms-service
keyword = default
max-messages = 0
text = ""
"""


def free_ports(count):
    open_ = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in open_]
    for one in open_:
        one.close()
    return ports


class Kannel:
    """`centre`: the port of its message centre, which has to listen by now. `core`, `link`: more lines of these groups, where
    {folder} is a folder of its own. `level`: 0 logs everything, 2 warnings."""

    def __init__(self, centre, password="kannel pw&=%", core="", link="", level=0):
        self.folder = tempfile.TemporaryDirectory(prefix="vestitel-kannel-")
        self.password = password
        self.admin, self.box, self.port = free_ports(3)
        config = pathlib.Path(self.folder.name, "kannel.conf")
        config.write_text(CONFIG.format(admin=self.admin, box=self.box, send=self.port, centre=centre, folder=self.folder.name,
                                        password=password, core=core.format(folder=self.folder.name), link=link, level=level))
        self.processes = []
        self.start("bearerbox", config)
        self.wait("bearerbox listens", lambda: self.listens(self.box))
        self.start("smsbox", config)
        self.wait("smsbox listens", lambda: self.listens(self.port))
        self.wait("the centre is bound", lambda: "online" in self.status())

    def start(self, program, config):
        self.processes.append(subprocess.Popen([f"/usr/sbin/{program}", "-v", "4", str(config)], cwd=self.folder.name,
                                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def status(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/status.txt?password=admin", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def log(self):
        return "\n".join(path.read_text(errors="replace") for path in sorted(pathlib.Path(self.folder.name).glob("*.log")))

    @staticmethod
    def listens(port):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    def wait(self, what, is_so):
        until = time.monotonic() + 30
        while not is_so():
            if time.monotonic() > until or any(one.poll() is not None for one in self.processes):
                text = self.log()
                self.close()
                raise AssertionError(f"kannel: {what}: not so\n{text[-4000:]}")
            time.sleep(0.02)

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.processes.clear()
        self.folder.cleanup()


class Listener:
    """Stands for the hub's /receipts: keeps each call as it came."""

    def __init__(self):
        self.calls = queue.Queue()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path, _, query = self.path.partition("?")
                listener.calls.put({"path": path, "method": self.command, "query": query, "body": body.decode()})
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/receipts/sms-http/s3cret"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
