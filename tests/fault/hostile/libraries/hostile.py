#!/usr/bin/python3
"""A reader in Python that tries what its document's name says, and tells what came of it."""
import os
import signal
import socket
import subprocess

import vestitel_plugin as vestitel


def attempt(deed):
    word, _, argument = deed.partition(" ")
    if word == "open":
        open(argument, "rb").close()
    elif word == "write":
        open(argument, "w", encoding="ascii").close()
    elif word == "list":
        os.listdir(argument)
    elif word == "connect":
        socket.create_connection(("127.0.0.1", int(argument)), 1).close()
    elif word == "fork":
        if os.fork() == 0:
            os._exit(0)
    elif word == "run":
        subprocess.run([argument], check=False)
    elif word == "exec":
        os.execv(argument, [argument])
    elif word == "kill-parent":
        os.kill(os.getppid(), signal.SIGKILL)
    elif word == "exit":
        os._exit(3)


class Hostile:
    def parse(self, document, lines, out):
        try:
            attempt(document.name)
            out.quarantine(vestitel.Place(1, 1), document.name, "done")
        except OSError:
            out.quarantine(vestitel.Place(1, 1), document.name, "denied")


vestitel.serve(vestitel.Reader("org.test.hostile-python", "Hostile", "1.0.0", Hostile))
