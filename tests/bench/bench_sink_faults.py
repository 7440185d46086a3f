#!/usr/bin/env python3
"""What a faulty sink costs the others: how long a message waits and is on its way through a healthy sink, from its decision until
its verdict, while another sink works, and while that one meets a fault; interleaved.

  bench_sink_faults.py --build DIR [--rounds N] [--only SINK,..] [--faults FAULT,..]

Everybody is told on two channels: by `file` on this machine, and by `webhook`, `smtp` or `smpp`, each in a process of its own, whose
receiver works, refuses connections, takes them and never answers, is busy (503, 451, throttled), answers bytes that are not its
protocol, or resets the connection at the first word. Prints the 99th percentile of the healthy sink and its ratio to that of the
run with nothing wrong in the same round.
"""
import argparse
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
}
ADDRESSES = {"email": "p{}@example.test", "sms": "+359888{:06}"}
SECRETS = {"webhook": "whsec_" + "A" * 43 + "=\n", "smtp": "", "smpp": "pw\n"}


def http_answers(what, text):
    """What is answered to the whole requests at the front of `text`, and what is left of it."""
    out, status = b"", b"503 No" if what == "busy" else b"200 OK"
    while b"\r\n\r\n" in text:
        head, _, rest = text.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if len(rest) < size:
            break
        text = rest[size:]
        out += b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
    return out, text


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


ANSWERS = {"webhook": http_answers, "smtp": smtp_answers, "smpp": smpp_answers}
GREETINGS = {"webhook": b"", "smtp": b"220 peer\r\n", "smpp": b""}


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
                line.sendall(GREETINGS[self.sink])
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


def p99(sink, what):
    from hub import FILE_SINK, Hub, wait_until
    from reports import egn, report, sheet
    settings, channel, address, healthy = SINKS[sink]
    peer = Peer(sink, what)
    hub = Hub(sinks=(FILE_SINK.replace("email, sms, push, webhook, file", healthy),))
    try:
        hub.root.chmod(0o755)
        settings = settings.format(port=peer.port, secret=hub.secret("secret", SECRETS[sink]))
        hub.write("plugins.d/out.yaml", INSTANCE.format(plugin=sink, settings=settings, channel=channel))
        for on, shape in ((healthy, ADDRESSES[healthy]), (channel, address)):
            hub.subscribe([(egn(i), shape.format(i)) for i in range(SHEETS)], channel=on)
        hub.start()
        for number in range(REPORTS):
            hub.put(f"{number}.xml", report(*(sheet(number * SHEETS + i, i) for i in range(SHEETS))))

        def told():
            lines = sum(path.read_bytes().count(b"\n") for path in (hub.state / "outbox").glob("*.jsonl"))
            return lines >= REPORTS * SHEETS
        wait_until(told, "the healthy sink has told everybody")
        rows, after = [], 0
        while page := hub.look("deliveries", "--after", after, "--limit", 1000):
            rows += [row for row in page if row["sink"] == "file"]
            after = page[-1]["id"]
        took = [moment(row["history"][-1]["settled"]) - moment(row["created"]) for row in rows]
        return statistics.quantiles(took, n=100)[98]
    finally:
        hub.close()
        peer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(SINKS))
    parser.add_argument("--faults", default=",".join(FAULTS))
    options = parser.parse_args()
    os.environ["VESTITEL_BINARY"] = str(options.build.resolve() / "bin" / "vestitel")
    ratios = {}
    for number in range(options.rounds):
        for sink in options.only.split(","):
            for fault in options.faults.split(","):
                sound, with_fault = p99(sink, "works"), p99(sink, fault)
                ratios.setdefault(f"{sink} {fault}", []).append(with_fault / sound)
                print(f"{sink} {fault} round {number + 1}: {with_fault * 1000:.0f} ms, without the fault {sound * 1000:.0f} ms", flush=True)
    for name, all_ in ratios.items():
        print(f"{name}: ratio {statistics.median(all_):.2f} ({min(all_):.2f} to {max(all_):.2f})")


if __name__ == "__main__":
    main()
