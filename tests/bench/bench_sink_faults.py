#!/usr/bin/env python3
"""What a faulty sink costs the others: how long a message waits and is on its way through a healthy sink, from its decision until
its verdict, while another sink works, and while that one meets a fault; interleaved.

  bench_sink_faults.py --build DIR [--rounds N]

Everybody is told on two channels: by `file` on this machine, and by a webhook whose receiver works, refuses connections, takes them
and never answers, answers 503, or resets them. Prints the 99th percentile of the healthy sink and its ratio to that of the run with
nothing wrong in the same round.
"""
import argparse
import datetime
import os
import pathlib
import socket
import statistics
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(pathlib.Path(__file__).parent)]
REPORTS, SHEETS = 20, 100
WEBHOOK = """id: out
plugin: webhook
home: child
settings:
  url: http://127.0.0.1:{port}/
  secret: ${{file:{secret}}}
  timeout: 2s
sink:
  channel: webhook
  retry:
    base: 100ms
    cap: 1s
"""


class Peer:
    """A receiver that does one thing to every connection."""

    def __init__(self, what):
        self.what, self.held = what, []
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
        answer = {"works": b"200 OK", "503": b"503 No"}.get(self.what)
        text = b""
        try:
            while piece := line.recv(65536):
                text += piece
                if self.what == "reset":
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return line.close()
                while answer and b"\r\n\r\n" in text:
                    head, _, rest = text.partition(b"\r\n\r\n")
                    size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                    if len(rest) < size:
                        break
                    text = rest[size:]
                    line.sendall(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")
        except OSError:
            pass

    def close(self):
        self.listener.close()
        for line in self.held:
            line.close()


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def p99(what):
    from hub import FILE_SINK, Hub, wait_until
    from reports import egn, report, sheet
    peer = Peer(what)
    hub = Hub(sinks=(FILE_SINK.replace("webhook, ", ""),))
    try:
        hub.root.chmod(0o755)
        secret = hub.secret("secret", "whsec_" + "A" * 43 + "=\n")
        hub.write("plugins.d/out.yaml", WEBHOOK.format(port=peer.port, secret=secret))
        for channel, address in (("email", "p{}@example.test"), ("webhook", "https://hooks.example.test/{}")):
            hub.subscribe([(egn(i), address.format(i)) for i in range(SHEETS)], channel=channel)
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
    options = parser.parse_args()
    os.environ["VESTITEL_BINARY"] = str(options.build.resolve() / "bin" / "vestitel")
    faults = ("refused", "mute", "503", "reset")
    ratios = {fault: [] for fault in faults}
    for number in range(options.rounds):
        for fault in faults:
            sound, with_fault = p99("works"), p99(fault)
            ratios[fault].append(with_fault / sound)
            print(f"{fault} round {number + 1}: {with_fault * 1000:.0f} ms, without the fault {sound * 1000:.0f} ms", flush=True)
    for fault, all_ in ratios.items():
        print(f"{fault}: ratio {statistics.median(all_):.2f} ({min(all_):.2f} to {max(all_):.2f})")


if __name__ == "__main__":
    main()
