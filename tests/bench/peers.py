"""Programs that do what a sink does, each in a folder of its own."""
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import urllib.request

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


KANNEL = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = pw
smsbox-port = {box}
smsbox-interface = 127.0.0.1
store-type = spool
store-location = "{d}/store"
log-file = "{d}/bearerbox.log"
log-level = 2
dlr-storage = internal
sms-outgoing-queue-limit = 1000000

group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = {to}
transceiver-mode = true
smsc-username = hub
smsc-password = pw
system-type = ""
max-pending-submits = 10

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {send}
sendsms-interface = 127.0.0.1
log-file = "{d}/smsbox.log"
log-level = 2

group = sendsms-user
username = hub
password = pw
max-messages = 5

group = sms-service
keyword = default
text = none
"""
TEXT = "%D0%98%D0%BC%D0%B0%20%D0%BD%D0%BE%D0%B2%D0%BE%20%D0%B8%D0%B7%D0%B2%D0%B5%D1%81%D1%82%D0%B8%D0%B5."


class Kannel:
    """Messages lie in its store, the box suspended, until go()."""

    def __init__(self, folder, to):
        folder.mkdir()
        (folder / "store").mkdir()
        self.admin, self.box, self.send = free_port(), free_port(), free_port()
        (folder / "conf").write_text(KANNEL.format(admin=self.admin, box=self.box, send=self.send, to=to, d=folder))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes = [subprocess.Popen(["bearerbox", folder / "conf"], **quiet)]
        until(lambda: greets(self.box), what="bearerbox listens")
        self.processes.append(subprocess.Popen(["smsbox", folder / "conf"], **quiet))
        until(lambda: greets(self.send), what="smsbox listens")
        until(lambda: "online" in self.ask("status.txt"), what="Kannel is bound")

    def ask(self, what):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/{what}?password=pw") as answer:
            return answer.read().decode("latin-1")

    def waiting(self):
        return int(re.search(r"SMS: sent \d+ \((\d+) queued\)|sent \d+ \((\d+) queued\)", self.ask("status.txt")).group(1))

    def fill(self, messages):
        self.ask("suspend")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(self.post, (range(i, messages, 8) for i in range(8))))

    def post(self, numbers):
        line = http.client.HTTPConnection("127.0.0.1", self.send)
        for number in numbers:
            line.request("GET", f"/cgi-bin/sendsms?username=hub&password=pw&from=NZOK&to=%2B35988{8000000 + number}"
                                f"&coding=2&charset=UTF-8&text={TEXT}")
            answer = line.getresponse()
            answer.read()
            if answer.status != 202:
                raise RuntimeError(f"Kannel answered {answer.status}")

    def go(self):
        self.ask("resume")

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
