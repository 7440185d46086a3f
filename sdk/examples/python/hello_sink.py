#!/usr/bin/python3
"""A sink in Python: takes every message whose address has an @."""
import vestitel_plugin as vestitel


class Hello:
    def deliver(self, message):
        if "@" not in message.to:
            return vestitel.Verdict.permanent("no address of mail")
        return vestitel.Verdict.accepted(message.idem_key)


vestitel.serve(vestitel.Sink("com.example.hello-python-sink", "Hello, Python sink", "1.0.0", Hello, idempotent=True))
