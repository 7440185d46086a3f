#!/usr/bin/env python3
"""What a faulty sink costs the others: how long a message waits and is on its way through a healthy sink, from its decision until
its verdict, while another sink works, and while that one meets a fault; interleaved.

  bench_sink_faults.py --build DIR [--rounds N] [--reports N] [--only SINK,..] [--faults FAULT,..]

Everybody is told on two channels: by `file` on this machine, and by `webhook`, `smtp`, `smpp`, `sms-http`, `fcm`, `apns` or
`webpush`, each in a process of its own, whose receiver works, refuses connections, takes them and never answers, is busy (503, 429,
451, throttled), answers bytes that are not its protocol, or resets the connection at the first word. Where the receiver of push
works, is busy or never answers, it is the stand-in of that sink's end-to-end test, over HTTP/2 with TLS (it needs node, and for
`webpush` what `./dev test` brings into build/npm). Prints the 99th percentile of the healthy sink and its ratio to that of the run
with nothing wrong in the same round, and what the other one had for verdicts: a run whose fault was not met fails.
"""
import argparse
import collections
import datetime
import os
import pathlib
import random
import socket
import statistics
import struct
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(pathlib.Path(__file__).parent)]
REPORTS, SHEETS = 20, 100
FAULTS = ("refused", "mute", "busy", "garbage", "reset")
INSTANCE = """id: out
plugin: {plugin}
home: child
settings:
  {settings}
sink:
  channel: {channel}
  retry:
    base: 100ms
    cap: 1s
"""
PLAIN = "host: 127.0.0.1\n  port: {port}\n  tls: none\n  dangerously_allow_plaintext: true\n  "
# Of each sink: its settings, its channel, an address on it, and the channel of those who are told by `file`.
SINKS = {
    "webhook": ("url: http://127.0.0.1:{port}/\n  secret: ${{file:{secret}}}\n  timeout: 2s", "webhook",
                "https://hooks.example.test/{}", "email"),
    "smtp": (PLAIN + "from: no-reply@example.test", "email", "p{}@example.test", "sms"),
    "smpp": (PLAIN + "system_id: hub\n  password: ${{file:{secret}}}\n  sender: NZOK", "sms", "+359888{:06}", "email"),
    "sms-http": ("url: http://127.0.0.1:{port}\n  sender: NZOK\n  profile: ${{file:{profile}}}\n  username: hub\n"
                 "  password: ${{file:{secret}}}\n  timeout: 2s", "sms", "+359888{:06}", "email"),
}
PUSH = ("fcm", "apns", "webpush")
PATIENT = ("smtp", "smpp")  # wait longer for an answer than a run takes
ADDRESSES = {"email": "p{}@example.test", "sms": "+359888{:06}"}
SECRETS = {"webhook": "whsec_" + "A" * 43 + "=\n", "smtp": "", "smpp": "pw\n", "sms-http": "pw\n"}
PROFILE = ROOT / "config" / "sms-http" / "kannel.yaml"


def http_answers(what, text, fine=b"200 OK", body=b""):
    """What is answered to the whole requests at the front of `text`, and what is left of it."""
    out, status = b"", b"503 No" if what == "busy" else fine
    while b"\r\n\r\n" in text:
        head, _, rest = text.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if len(rest) < size:
            break
        text = rest[size:]
        out += b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)
    return out, text


def kannel_answers(what, text):
    busy = what == "busy"
    return http_answers(what, text, b"202 Accepted", b"Temporal failure, try again later." if busy else b"0: Accepted for delivery")


def smtp_answers(what, text):
    """As above. A mail is not told from commands: none of its lines is one, but for the dot."""
    out = b""
    while b"\r\n" in text:
        line, _, text = text.partition(b"\r\n")
        word = line[:4].upper()
        if word == b"MAIL" and what == "busy":
            out += b"451 4.3.2 busy\r\n"
        elif word == b"DATA":
            out += b"354 go on\r\n"
        elif word in (b"EHLO", b"MAIL", b"RCPT", b"RSET", b"NOOP", b"QUIT") or line == b".":
            out += b"250 2.0.0 fine\r\n"
    return out, text


def smpp_answers(what, text):
    out = b""
    while len(text) >= 16 and len(text) >= struct.unpack_from(">I", text)[0]:
        length, command, _, sequence = struct.unpack_from(">4I", text)
        text = text[length:]
        status = 0x58 if what == "busy" and command == 4 else 0
        body = b"" if status or command in (6, 0x15) else b"ID%d\0" % sequence
        if command < 0x80000000:
            out += struct.pack(">4I", 16 + len(body), command | 0x80000000, status, sequence) + body
    return out, text


ANSWERS = {"webhook": http_answers, "smtp": smtp_answers, "smpp": smpp_answers, "sms-http": kannel_answers}
GREETINGS = {"smtp": b"220 peer\r\n"}


class Peer:
    """A receiver that does one thing to every connection."""

    def __init__(self, sink, what):
        self.sink, self.what, self.held = sink, what, []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        if what == "refused":
            self.listener.close()
        else:
            threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.held.append(line)
            threading.Thread(target=self.one, args=(line,), daemon=True).start()

    def one(self, line):
        text = b""
        try:
            if self.what not in ("mute", "garbage"):
                line.sendall(GREETINGS.get(self.sink, b""))
            while True:
                if self.what == "garbage":
                    line.sendall(random.Random(1).randbytes(4096))
                if not (piece := line.recv(65536)):
                    return
                if self.what == "reset":
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return line.close()
                if self.what in ("works", "busy"):
                    answers, text = ANSWERS[self.sink](self.what, text + piece)
                    line.sendall(answers)
        except OSError:
            pass

    def close(self):
        self.listener.close()
        for line in self.held:
            line.close()


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def add_sink(hub, sink, what):
    """The peer of the instance `out`, which is written into the hub's configuration; its channel, an address on it, and the channel
    of those who are told by `file`."""
    from hub import FILE_SINK
    if sink in PUSH:
        from push_peers import PushPeer
        peer = PushPeer(sink, what, lambda fault: Peer(sink, fault))
        name, text = peer.secret
        settings = f"{peer.settings}\n  {name}: ${{file:{hub.secret('secret', text)}}}"
        hub.write("vestitel.yaml", (hub.config / "vestitel.yaml").read_text() + peer.main)
        channel, address, healthy = "push", peer.address, "email"
    else:
        settings, channel, shape, healthy = SINKS[sink]
        peer, address = Peer(sink, what), shape.format
        settings = settings.format(port=peer.port, secret=hub.secret("secret", SECRETS[sink]),
                                   profile=hub.secret("profile", PROFILE.read_text()))
    hub.write("plugins.d/out.yaml", INSTANCE.format(plugin=sink, settings=settings, channel=channel))
    hub.write("plugins.d/sink-0.yaml", FILE_SINK.replace("email, sms, push, webhook, file", healthy))
    return peer, channel, address, healthy


def verdicts(hub, sink, what):
    """How many messages have had which verdict of the other sink, once there is one."""
    from hub import wait_until

    def heard():
        rows = [row for row in deliveries(hub) if row["sink"] == "out"]
        found = collections.Counter(one["verdict"] for row in rows for one in row["history"] if one["verdict"])
        return found or (what == "mute" and sink in PATIENT and {"none": len(rows)})
    found = wait_until(heard, "the other sink has had an answer")
    good = found.keys() & {"accepted", "delivered"}
    assert good if what == "works" else found.keys() <= {"retry", "unknown", "none"}, f"{what}: {dict(found)}"
    return dict(found)


def deliveries(hub):
    rows, after = [], 0
    while page := hub.look("deliveries", "--after", after, "--limit", 1000):
        rows += page
        after = page[-1]["id"]
    return rows


def p99(sink, what, reports):
    """In seconds, and the verdicts of the other sink."""
    from hub import Hub, wait_until
    from reports import egn, report, sheet
    hub = Hub(sinks=())
    hub.root.chmod(0o755)
    peer = None
    try:
        peer, channel, address, healthy = add_sink(hub, sink, what)
        for on, shape in ((healthy, ADDRESSES[healthy].format), (channel, address)):
            hub.subscribe([(egn(i), shape(i)) for i in range(SHEETS)], channel=on)
        hub.start()
        for number in range(reports):
            hub.put(f"{number}.xml", report(*(sheet(number * SHEETS + i, i) for i in range(SHEETS))))

        def told():
            lines = sum(path.read_bytes().count(b"\n") for path in (hub.state / "outbox").glob("*.jsonl"))
            return lines >= reports * SHEETS
        wait_until(told, "the healthy sink has told everybody")

        def settled():
            rows = [row for row in deliveries(hub) if row["sink"] == "file"]
            done = [row for row in rows if row["history"] and "settled" in row["history"][-1]]
            return len(done) >= reports * SHEETS and done
        rows = wait_until(settled, "the books have it all")
        took = [moment(row["history"][-1]["settled"]) - moment(row["created"]) for row in rows]
        return statistics.quantiles(took, n=100)[98], verdicts(hub, sink, what)
    finally:
        hub.close()
        if peer:
            peer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reports", type=int, default=REPORTS, help=f"of {SHEETS} messages each")
    parser.add_argument("--only", default=",".join([*SINKS, *PUSH]))
    parser.add_argument("--faults", default=",".join(FAULTS))
    options = parser.parse_args()
    os.environ["VESTITEL_BINARY"] = str(options.build.resolve() / "bin" / "vestitel")
    ratios = {}
    for number in range(options.rounds):
        for sink in options.only.split(","):
            for fault in options.faults.split(","):
                (sound, fine), (with_fault, ill) = (p99(sink, what, options.reports) for what in ("works", fault))
                ratios.setdefault(f"{sink} {fault}", []).append(with_fault / sound)
                print(f"{sink} {fault} round {number + 1}: {with_fault * 1000:.0f} ms, without the fault {sound * 1000:.0f} ms "
                      f"({ill}; {fine})", flush=True)
    for name, all_ in ratios.items():
        print(f"{name}: ratio {statistics.median(all_):.2f} ({min(all_):.2f} to {max(all_):.2f})")


if __name__ == "__main__":
    main()
