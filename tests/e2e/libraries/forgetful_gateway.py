#!/usr/bin/python3
"""A sink in Python whose gateway loses answers. The end of a number says what it does with a message: 1 answers, 2 takes it and says nothing,
3 takes it the second time only, and says nothing at the first."""
import vestitel_plugin as vestitel


class Gateway:
    def __init__(self, settings, host):
        self.host, self.seen, self.taken = host, {}, {}

    def deliver(self, message):
        kind, key = message.to[-1], message.idem_key
        self.seen[key] = self.seen.get(key, 0) + 1
        if kind != "3" or self.seen[key] > 1:
            self.taken[key] = self.taken.get(key, 0) + 1
        if kind != "1" and self.seen[key] == 1:
            raise ConnectionError("no answer")
        return vestitel.Verdict.accepted(f"taken-{self.taken[key]}")

    def ask(self, doubt):
        if doubt.idem_key not in self.seen or not 0 < doubt.sent_us <= self.host.now_us():
            raise ValueError("this was never sent")
        if doubt.asked == 0 and self.seen[doubt.idem_key] == 1 and doubt.idem_key in self.taken:
            raise ConnectionError("no answer to this either")
        if doubt.asked == 1:
            return None
        if doubt.idem_key in self.taken:
            return vestitel.Verdict.accepted(f"taken-{self.taken[doubt.idem_key]}")
        return vestitel.Verdict.retry("not there")


vestitel.serve(vestitel.Sink("com.example.forgetful-gateway", "Forgetful gateway", "1.0.0", Gateway))
