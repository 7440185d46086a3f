"""A message centre that the project did not write, npm's smpp, as a process on loopback; what it does stands in
tests/plugins/smpp/smsc.mjs."""
import json
import pathlib
import queue
import subprocess
import threading

CENTRE = pathlib.Path(__file__).resolve().parents[1] / "plugins" / "smpp" / "smsc.mjs"


class Process:
    """A stand-in, and the lines that it wrote."""

    def __init__(self, *words):
        self.process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def line(self):
        return self.lines.get(timeout=20)

    def rest(self):
        out = []
        while not self.lines.empty():
            out.append(self.lines.get())
        return out

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Centre(Process):
    def __init__(self, node, modules, *files):
        super().__init__(node, CENTRE, modules, *files)
        self.port = json.loads(self.line())["port"]

    def told(self):
        return [json.loads(line) for line in self.rest()]

    def taken(self):
        return [one for one in self.told() if "to" in one]
