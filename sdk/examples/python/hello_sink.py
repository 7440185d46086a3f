#!/usr/bin/python3
"""A sink in Python: takes every message whose address has an @, and knows which those were until it ends."""
import vestitel_plugin as vestitel


class Hello:
    def __init__(self):
        self.taken = set()

    def deliver(self, message):
        if "@" not in message.to:
            return vestitel.Verdict.permanent("no address of mail")
        self.taken.add(message.idem_key)
        return vestitel.Verdict.accepted(message.idem_key)

    def ask(self, doubt):
        if doubt.idem_key in self.taken:
            return vestitel.Verdict.accepted(doubt.idem_key)
        return None  # it may have been taken before this process was there


vestitel.serve(vestitel.Sink("com.example.hello-python-sink", "Hello, Python sink", "1.0.0", Hello, idempotent=True))
