"""Programs that do what a sink does, each in a folder of its own."""
import concurrent.futures
import http.client
import json
import re
import socket
import subprocess
import urllib.parse

from receivers import free_port, greets, until

SYSLOG = """\
@version: 3.38
options {{ stats_freq(0); }};
source in {{ network(ip("127.0.0.1") port({port}) transport("tcp") flags(no-parse) max-connections(16)
  log-iw-size(100000) log-fetch-limit(1000)); }};
destination out {{ http(url("http://127.0.0.1:{to}/") method("POST") headers("Content-Type: application/cloudevents+json")
  body("$MSG") workers(8) batch-lines(1) persist-name("out")
  disk-buffer(reliable(yes) disk-buf-size(268435456) mem-buf-size(16777216) dir("{d}"))); }};
log {{ source(in); destination(out); flags(flow-control); }};
"""
# A notice as the sink webhook posts it.
EVENT = {"specversion": "1.0", "id": "", "source": "urn:vestitel:hub", "type": "notice.reported",
         "time": "2026-11-23T09:00:00Z", "datacontenttype": "application/json", "channel": "webhook",
         "data": {"event": "activity.outpatient", "locale": "bg"}}


class SyslogNg:
    def __init__(self, folder, to):
        folder.mkdir()
        self.port = free_port()
        (folder / "conf").write_text(SYSLOG.format(port=self.port, to=to, d=folder))
        self.process = subprocess.Popen(
            ["syslog-ng", "-F", "--no-caps", "-f", folder / "conf", "-R", folder / "persist", "-p", folder / "pid",
             "-c", folder / "control"], stderr=(folder / "log").open("w"))
        until(lambda: greets(self.port), what="syslog-ng listens")

    def send(self, messages):
        lines = "".join(json.dumps(EVENT | {"id": f"{i:064x}"}) + "\n" for i in range(messages)).encode()
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(lines)

    def close(self):
        self.process.terminate()
        self.process.wait()


class Postfix:
    """Mails lie in its queue, deferred, until go()."""

    def __init__(self, folder, to):
        import postfix_server
        self.server, self.folder = postfix_server, folder
        self.at = postfix_server.start(folder)
        self.set("virtual_mailbox_domains =", "relay_domains = example.test", "smtpd_recipient_restrictions = permit_mynetworks, reject",
                 "smtpd_relay_restrictions = permit_mynetworks, reject", "mynetworks = 127.0.0.0/8", "relay_transport = relay",
                 f"transport_maps = inline:{{ example.test=relay:[127.0.0.1]:{to} }}", "relay_recipient_maps =",
                 "smtp_connection_cache_destinations = example.test", "smtp_tls_security_level = none",
                 "minimal_backoff_time = 1h", "maximal_backoff_time = 2h", "queue_run_delay = 1h",
                 "smtpd_tls_security_level = none")

    def set(self, *settings):
        subprocess.run(["postconf", "-c", self.folder / "conf", "-e", *settings], check=True)
        subprocess.run(["postfix", "-c", self.folder / "conf", "reload"], check=True, capture_output=True)

    def queued(self):
        return sum(1 for name in ("deferred", "active", "incoming", "maildrop")
                   for path in (self.folder / "queue" / name).rglob("*") if path.is_file())

    def fill(self, messages, _):
        self.set("defer_transports = relay")
        until(lambda: greets(self.at["port"]), what="postfix listens")
        subprocess.run(["smtp-source", "-s", "4", "-m", str(messages), "-l", "2200", "-f", "no-reply@example.test", "-N",
                        "-t", "p1@example.test", f"127.0.0.1:{self.at['port']}"], check=True)
        deferred = self.folder / "queue" / "deferred"
        until(lambda: sum(1 for path in deferred.rglob("*") if path.is_file()) >= messages, what="all is deferred")
        self.set("defer_transports =")
        until(lambda: greets(self.at["port"]), what="postfix listens")

    def go(self):
        subprocess.run(["postqueue", "-c", self.folder / "conf", "-f"], check=True)

    def close(self):
        self.server.stop(self.folder)


class Kannel:
    """Messages lie at its bearerbox, given by smsbox over HTTP, until the centre answers."""

    WINDOW = 10
    TEXT = "Имате ново отчетено събитие. Вижте го в приложението."

    def __init__(self, centre, store):
        import kannel
        core = {"none": "", "file": "store-type = file\nstore-location = {folder}/store\n",
                "spool": "store-type = spool\nstore-location = {folder}\n"}[store]
        self.box = kannel.Kannel(centre.port, password="pw", core=core, level=2,
                                 link=f"max-pending-submits = {self.WINDOW}\nwait-ack = 600\n")
        self.centre = centre

    def fill(self, messages):
        self.centre.hold(True)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(self.post, (range(i, messages, 4) for i in range(4))))
        until(lambda: self.queued() == messages - self.WINDOW, what="all wait at the link")

    def post(self, numbers):
        line = http.client.HTTPConnection("127.0.0.1", self.box.port, timeout=30)
        for number in numbers:
            query = urllib.parse.urlencode({"username": "vestitel", "password": "pw", "from": "NZOK", "coding": 2,
                                            "charset": "UTF-8", "to": f"+35988{8000000 + number}", "text": self.TEXT})
            line.request("GET", f"/cgi-bin/sendsms?{query}")
            answer = line.getresponse()
            answer.read()
            if answer.status != 202:
                raise RuntimeError(f"Kannel answered {answer.status}")

    def queued(self):
        found = re.search(r"queued (\d+) msgs", self.box.status())
        return int(found.group(1)) if found else -1

    def go(self):
        self.centre.hold(False)

    def close(self):
        self.box.close()
