#!/usr/bin/python3
"""@TITLE@: hands each message to a gateway that picks up files from a folder. A file is named by the idempotency key, so
that a repeat changes nothing."""
import json
import os

import vestitel_plugin as vestitel

FIELDS = [vestitel.Field("folder", "Where the gateway picks up its messages.", required=True, example="/srv/gateway/spool")]


class @CLASS@:
    def __init__(self, settings):
        self.folder = settings["folder"]

    def check(self):
        if not os.path.isdir(self.folder):
            raise vestitel.ConfigError("folder", "no such folder")

    def deliver(self, message):
        if not message.to:
            return vestitel.Verdict.permanent("the message has no address")
        if not message.idem_key or "/" in message.idem_key or "\0" in message.idem_key:
            return vestitel.Verdict.permanent("the key cannot name a file")
        name = os.path.join(self.folder, message.idem_key)
        try:
            os.makedirs(self.folder, exist_ok=True)
            with open(name + ".part", "w", encoding="utf-8") as file:
                json.dump({"to": message.to, "text": message.body}, file, ensure_ascii=False)
            os.rename(name + ".part", name + ".json")  # the gateway never sees half a message
        except OSError as error:
            return vestitel.Verdict.retry(f"writing the message: {error.strerror}", "sink")
        return vestitel.Verdict.accepted(message.idem_key)


vestitel.serve(vestitel.Sink.of(@CLASS@, settings=FIELDS, idempotent=True))
