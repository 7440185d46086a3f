#!/usr/bin/env python3
"""The sinks beside programs that do the same work, interleaved: the hub, then the peer, and again, to one receiver.

  bench_sinks.py --build DIR [--rounds N] [--only NAME,..]

webhook   the whole way from a dropped report of nzok-amblist, one POST a message; the peer is syslog-ng with a reliable
          disk buffer and 8 workers, which has the same texts as JSON lines over a socket
slow      20 ms an answer: messages that wait in the outbox when the hub starts, beside what 512 / 20 ms allows
smtp      mails that wait in the outbox; the peer is postfix, with as many in its queue, which it may deliver from now on
smpp      texts of one part that wait in the outbox when the hub starts, window 10; the peer is Kannel with the same window,
          texts, numbers and login, whose bearerbox has as many waiting (smsbox took them), bound, the centre silent until
          now. Neither side gets receipts. Kannel keeps nothing on disk: the hub, which does, is at a disadvantage
smpp-file, smpp-spool   the same, Kannel with a store of that type: what a gateway needs that may lose nothing at a restart

Figures are messages in a second from "go" until the receiver has the last; a ratio above 1 means that the hub is faster.
"""
import argparse
import contextlib
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "support"), str(pathlib.Path(__file__).parent)]

WEBHOOK = """id: out
plugin: webhook
settings:
  url: http://127.0.0.1:{port}/
  secret: ${{file:{secret}}}
sink:
  channel: webhook
"""
SMTP = """id: out
plugin: smtp
settings:
  host: 127.0.0.1
  port: {port}
  tls: none
  dangerously_allow_plaintext: true
  from: no-reply@example.test
  sessions: {sessions}
sink:
  channel: email
"""
SMPP = """id: out
plugin: smpp
settings:
  host: 127.0.0.1
  port: {port}
  tls: none
  dangerously_allow_plaintext: true
  system_id: kannel
  password: ${{file:{secret}}}
  sender: NZOK
  window: 10
sink:
  channel: sms
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--only", default="webhook,slow,smtp,smpp,smpp-file,smpp-spool")
    return parser.parse_args()


def timed(receiver, wanted, go, seconds=300):
    """Messages a second from go() until the receiver has so many more."""
    from receivers import until
    before = receiver.count()
    start = time.monotonic()
    go()
    until(lambda: receiver.count() - before >= wanted, seconds, f"{wanted} messages")
    return wanted / (time.monotonic() - start)


class Ours:
    """A hub with one sink, and people who want its channel."""

    def __init__(self, sink, channel, address, people, port):
        from hub import Hub
        from reports import egn
        self.hub = Hub(sinks=())
        self.hub.root.chmod(0o755)
        secret = self.hub.secret("secret", "whsec_" + "A" * 43 + "=\n" if channel == "webhook" else "pw\n")
        self.hub.write("plugins.d/out.yaml", sink.format(port=port, secret=secret, sessions=4))
        main = (self.hub.config / "vestitel.yaml").read_text().replace("level: debug", "level: info")
        self.hub.write("vestitel.yaml", main)
        reader = (self.hub.config / "plugins.d" / "reader.yaml").read_text().replace("300ms", "0s")
        self.hub.write("plugins.d/reader.yaml", reader)
        self.hub.subscribe([(egn(i), address(i)) for i in range(people)], channel=channel)
        self.people = people
        self.sheets = 0

    def report(self):
        from reports import report, sheet
        first = self.sheets
        self.sheets += self.people
        return report(*(sheet(first + i, i) for i in range(self.people)))

    def whole(self, receiver):
        """From the drop of a report, the hub running."""
        text, name = self.report(), f"{self.sheets}.xml"
        rate = timed(receiver, self.people, lambda: self.hub.put(name, text))
        self.hub.settled()
        return rate

    def waiting(self, receiver):
        """From the start of a hub that owes the messages already."""
        path = self.hub.root / f"{self.sheets}.xml"
        path.write_bytes(self.report())
        answer = self.hub.import_(path)
        assert answer.exit == 0, answer
        self.route()
        rate = timed(receiver, self.people, self.begin)
        self.hub.settled()
        self.hub.stop()
        return rate

    def route(self):
        """A hub whose sink is paused: the messages are owed when it has gone."""
        from hub import wait_until
        self.hub.look("sinks", "pause", "out")
        self.hub.start()
        wait_until(lambda: self.hub.look("store", "check")[0]["not_routed"] == 0, "all is routed")
        self.hub.stop()
        self.hub.look("sinks", "resume", "out")

    def begin(self):
        self.hub.log = self.hub.root / f"log-{time.monotonic_ns()}"
        with self.hub.log.open("w") as log:
            from hub import BINARY
            self.hub.process = subprocess.Popen([BINARY, "run", "--config", str(self.hub.config)], stdin=subprocess.DEVNULL,
                                                stdout=log, stderr=log)

    def close(self):
        self.hub.close()


def compare(name, ours, theirs, rounds, words):
    """`ours` and `theirs` in turn. Prints each round and the median of the ratios."""
    ratios = []
    for number in range(rounds):
        mine, peer = ours(), theirs()
        ratios.append(mine / peer)
        print(f"{name} round {number + 1}: {mine:,.0f}/s, {words} {peer:,.0f}/s, ratio {ratios[-1]:.2f}", flush=True)
    print(f"{name}: ratio {statistics.median(ratios):.2f} (median of {rounds}; {min(ratios):.2f} to {max(ratios):.2f})",
          flush=True)


def webhook(options, folder):
    from peers import SyslogNg
    from receivers import Nginx
    receiver = Nginx(folder / "nginx")
    ours = Ours(WEBHOOK, "webhook", lambda i: f"https://hooks.example.test/{i}", options.messages, receiver.port)
    peer = SyslogNg(folder / "syslog-ng", receiver.port)
    ours.hub.start()
    try:
        compare("webhook", lambda: ours.whole(receiver), lambda: timed(receiver, options.messages, lambda: peer.send(options.messages)),
                options.rounds, "syslog-ng")
    finally:
        peer.close()
        ours.close()
        receiver.close()


def slow(options, folder):
    from receivers import Nginx
    receiver = Nginx(folder / "nginx-slow", delay=0.02)
    ours = Ours(WEBHOOK, "webhook", lambda i: f"https://hooks.example.test/{i}", options.messages, receiver.port)
    try:
        compare("slow", lambda: ours.waiting(receiver), lambda: 512 / 0.02, options.rounds, "512 / 20 ms allows")
    finally:
        ours.close()
        receiver.close()


def smtp(options, folder):
    from peers import Postfix
    from receivers import SmtpSink
    receiver = SmtpSink()
    messages = min(options.messages, 3_000)
    ours = Ours(SMTP, "email", lambda i: f"p{i}@example.test", messages, receiver.port)
    peer = Postfix(folder / "postfix", receiver.port)

    def theirs():
        peer.fill(messages, ours.hub)
        return timed(receiver, messages, peer.go)
    try:
        compare("smtp", lambda: ours.waiting(receiver), theirs, options.rounds, "postfix")
    finally:
        peer.close()
        ours.close()
        receiver.close()


def smpp(options, folder, store="none"):
    from peers import Kannel
    from receivers import Centre
    messages = 3 * options.messages  # so that the start of the hub is a small part of it
    octets = [0, 0]  # that each sent
    with contextlib.closing(Centre(options.build, folder)) as receiver, \
            contextlib.closing(Ours(SMPP, "sms", lambda i: f"+35988{8000000 + i}", messages, receiver.port)) as ours, \
            contextlib.closing(Kannel(receiver, store)) as peer:
        print(f"the centre takes {receiver.ceiling(messages, peer.WINDOW):,.0f}/s of a client that only counts", flush=True)

        def counted(side, rate):
            before = receiver.octets()
            answer = rate()
            octets[side] += receiver.octets() - before
            return answer

        def theirs():
            peer.fill(messages)
            return timed(receiver, messages, peer.go)
        compare(f"smpp, store {store}", lambda: counted(0, lambda: ours.waiting(receiver)), lambda: counted(1, theirs), options.rounds,
                "Kannel")
    each = [round(sent / options.rounds / messages) for sent in octets]
    print(f"octets a part: {each[0]} (with its key and how long it is worth trying), Kannel {each[1]}", flush=True)


def smpp_file(options, folder):
    smpp(options, folder, "file")


def smpp_spool(options, folder):
    smpp(options, folder, "spool")


def main():
    options = arguments()
    os.environ["VESTITEL_BINARY"] = str(options.build.resolve() / "bin" / "vestitel")
    print(f"{platform.machine()}, {os.cpu_count()} cores, {options.rounds} rounds", flush=True)
    # The users that the peers change to look into it.
    with tempfile.TemporaryDirectory(prefix="vestitel-bench-") as folder:
        os.chmod(folder, 0o755)
        for name in options.only.split(","):
            globals()[name.replace("-", "_")](options, pathlib.Path(folder))


if __name__ == "__main__":
    main()
