"""What a program says of itself: one reader, feed or sink."""
import json
import os
import sys

from .settings import schema_of

KIND_READER, KIND_FEED, KIND_SINK = 1, 2, 4
FLAG_IDEMPOTENT = 8


class _Plugin:
    """`factory` makes the object that works: factory(settings, host), factory(settings) or factory(), by what it takes.
    `settings` are Fields."""

    kind, flags = 0, 0
    max_batch, max_body, max_send_us = 0, 0, 0
    max_ask = 0  # how many messages it is asked about at once; 0: it cannot be asked

    def __init__(self, plugin_id, name, version, factory, settings=(), vendor="", license_id="", url="", capabilities="{}"):
        self.id, self.name, self.version, self.factory = plugin_id, name, version, factory
        self.settings, self.schema = tuple(settings), schema_of(settings)
        self.vendor, self.license, self.url, self.capabilities = vendor, license_id, url, capabilities

    @classmethod
    def of(cls, factory, **more):
        """With id, name, version and capabilities from the plugin.json that lies beside the program, or in it."""
        known = manifest()
        return cls(known["id"], known["name"], known["version"], factory, vendor=known.get("vendor", ""),
                   license_id=known.get("license", ""), url=known.get("url", ""),
                   capabilities=json.dumps(known.get("capabilities", {})), **more)


class Reader(_Plugin):
    """Its object has parse(document, lines, out): document bytes become events."""
    kind = KIND_READER


class Feed(_Plugin):
    """Its object has poll(cursor, most, out): hands over at most so many events after the cursor, out.commit()s, and
    returns True when there is more at once."""
    kind = KIND_FEED


class Sink(_Plugin):
    """Its object has deliver(message), which returns a Verdict. Where `factory` is a class with ask(doubt), the hub may ask
    what became of a message that was sent and never answered: that sends nothing, and returns accepted or delivered (it is
    there), retry (it surely is not), permanent (it was refused there), or None (nobody knows yet).

    `idempotent`: the same idem_key takes effect once.
    `max_send_s`: the longest time that a send may take. `max_body`: in bytes; 0: no limit of its own."""
    kind = KIND_SINK

    def __init__(self, *words, idempotent=False, max_batch=64, max_body=0, max_send_s=30, **more):
        super().__init__(*words, **more)
        self.flags = FLAG_IDEMPOTENT if idempotent else 0
        self.max_batch, self.max_body, self.max_send_us = max_batch, max_body, max_send_s * 1_000_000
        self.max_ask = max_batch if callable(getattr(self.factory, "ask", None)) else 0


def manifest():
    main = sys.modules["__main__"]
    path = os.path.join(os.path.dirname(main.__file__), "plugin.json")  # as it stands: a bundle knows no other form
    return json.loads(main.__loader__.get_data(path))
