"""An installed SDK, a folder to work in, and the built tool."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

PREFIX = pathlib.Path(os.environ["VESTITEL_PREFIX"])
TOOL = PREFIX / "bin/vestitel-plugin"
PATIENCE = 120  # seconds for whatever a child has to do; reached only when something is wrong


class Answer:
    def __init__(self, words, done):
        self.words, self.exit, self.out, self.err = words, done.returncode, done.stdout, done.stderr

    @property
    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"{' '.join(map(str, self.words))}: exit {self.exit}\n{self.out}{self.err}"


class Workshop:
    """A temporary folder; find_package(Vestitel) finds the prefix, as it finds /usr on a vendor's machine."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="vestitel-tools-"))
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.root),
                            "CMAKE_PREFIX_PATH": str(PREFIX)}

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *words, cwd=None, given=None):
        done = subprocess.run([str(word) for word in words], cwd=cwd or self.root, env=self.environment, text=True,
                              capture_output=True, timeout=PATIENCE, input=given, check=False)
        return Answer(words, done)

    def tool(self, *words, cwd=None):
        return self.run(TOOL, *words, cwd=cwd)

    def new(self, kind, name, *more):
        answer = self.tool("new", kind, name, *more)
        assert answer.exit == 0, answer
        return self.root / name

    def write(self, path, text):
        path.write_text(text, encoding="utf-8")
        return path
