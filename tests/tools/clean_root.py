#!/usr/bin/env python3
"""A bare Debian 12 with a compiler and vestitel-plugin-dev, and nothing else: a first plugin is written there.

    clean_root.py FOLDER_OF_PACKAGES [--root FOLDER] [--seed N]

As root, over the network: debootstrap makes the root, in a temporary folder unless --root names one (which is kept and used
again). What is measured begins when everything is installed: new, 15 lines, one command, the events of a made-up CSV, and the conformance kit.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from first_plugin import AUTHOR_LINES, CHECK, COMMANDS, Layout, got, has_check, put_into

LIMIT = 60  # seconds
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
FORBIDDEN = ("poco", "boost", "nlohmann", "cli11", "sqlite3-dev", "libyaml")


def say(text):
    print(text, flush=True)


def run(words, **more):
    return subprocess.run([str(word) for word in words], check=True, text=True, **more)


class Root:
    """Commands run in namespaces of their own, with a /proc that ends with them."""

    def __init__(self, folder):
        self.folder = folder

    def make(self):
        if (self.folder / "etc/debian_version").exists():
            return
        run(["debootstrap", "--variant=minbase", "bookworm", self.folder], stdout=subprocess.DEVNULL)

    def command(self, *words, cwd="/", user="root", **more):
        inside = f"cd {cwd} && exec \"$@\""
        switch = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] if user != "root" else []
        return run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
                    f'mount -t proc proc {self.folder}/proc && exec chroot {self.folder} "$@"', "sh", *switch,
                    "sh", "-c", inside, "sh", *words], env={**ENVIRONMENT, "HOME": cwd}, **more)

    def install(self, packages):
        target = self.folder / "var/tmp/packages"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        names = []
        for package in packages:
            shutil.copy(package, target)
            names.append("/var/tmp/packages/" + package.name)
        self.command("apt-get", "update", "-qq")
        self.command("apt-get", "install", "-y", "-qq", "--no-install-recommends", "g++", *names, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)

    def packages(self):
        return self.command("dpkg-query", "-W", "-f", "${Package}\n", stdout=subprocess.PIPE).stdout.split()


def first_plugin(root, layout):
    """Returns the seconds that it took."""
    home = root.folder / "home/author"
    if not home.exists():
        root.command("useradd", "--create-home", "--shell", "/bin/sh", "author")
    owner = home.stat()
    shutil.rmtree(home / "acme-lab", ignore_errors=True)
    author = {"user": "author", "stdout": subprocess.PIPE}
    begun = time.monotonic()
    root.command("vestitel-plugin", "new", "reader", "acme-lab", cwd="/home/author", **author)
    project = home / "acme-lab"
    put_into(project, layout)
    os.chown(project / "samples/report.csv", owner.st_uid, owner.st_gid)
    commands = COMMANDS + ([CHECK] if has_check(root.command("vestitel-plugin", "--help", **author).stdout) else [])
    answers = [root.command("vestitel-plugin", *command, cwd="/home/author/acme-lab", **author) for command in commands]
    took = time.monotonic() - begun
    events = got([json.loads(line) for line in answers[0].stdout.splitlines()])
    if events != layout.expected():
        sys.exit(f"the events are not those of the CSV; seed {layout.seed}")
    return took


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("packages", type=pathlib.Path)
    parser.add_argument("--root", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    folder = options.root or pathlib.Path(tempfile.mkdtemp(prefix="vestitel-root-"))
    root = Root(folder.resolve())
    try:
        root.folder.mkdir(exist_ok=True)
        root.folder.chmod(0o755)
        say(f"making a Debian 12 in {root.folder}")
        root.make()
        say("installing vestitel-plugin-dev and g++")
        root.install(sorted(options.packages.glob("vestitel-plugin-dev_*.deb")))
        stray = [name for name in root.packages() if any(word in name for word in FORBIDDEN)]
        if stray:
            sys.exit(f"a plugin's author would have to install {', '.join(stray)}")
        layout = Layout(options.seed, lines_in_cells=False)
        lines = len(layout.source().splitlines())
        took = first_plugin(root, layout)
        say(f"first plugin: {lines} lines, {took:.1f} s from `new` to the right events (seed {options.seed})")
        sys.exit(0 if took < LIMIT and lines <= AUTHOR_LINES else "too long")
    finally:
        if options.root is None:
            shutil.rmtree(root.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
