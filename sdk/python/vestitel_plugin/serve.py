"""The plugin's life: hello, ready, calls until the hub goes.

Two threads: this one reads the channel; the other runs the plugin's calls, one after the other.
"""
import json
import os
import queue
import sys
import threading

from . import wire
from .batch import EventBatch, messages_of
from .model import Cancelled, DataError, Document, Place, Settings, Verdict

KIND_READER, KIND_SINK = 1, 4
FLAG_IDEMPOTENT = 8
OK, E_INVALID, E_CONFIG, E_DATA, E_CANCELLED, E_UNSUPPORTED, E_INTERNAL = 0, -1, -2, -3, -7, -10, -99
SERVICE_EMIT, SERVICE_DELIVERY, SERVICE_LOG, SERVICE_SECRET = 1, 2, 4, 8
_BATCH = 256
_READ = 256 * 1024
_MOST_REASON = 256


class Reader:
    """A reader. `factory(settings, host)` or `factory()` makes the object whose parse(document, input, out) reads."""

    kind, flags = KIND_READER, 0

    def __init__(self, plugin_id, name, version, factory, schema="{}", vendor="", license_id="", url=""):
        self.id, self.name, self.version, self.factory = plugin_id, name, version, factory
        self.schema, self.vendor, self.license, self.url = schema, vendor, license_id, url
        self.max_batch, self.max_send_us = 0, 0


class Sink(Reader):
    """A sink: the object's deliver(message) returns a Verdict."""

    kind = KIND_SINK

    def __init__(self, *words, idempotent=False, max_batch=64, max_send_s=30, **more):
        super().__init__(*words, **more)
        self.flags = FLAG_IDEMPOTENT if idempotent else 0
        self.max_batch, self.max_send_us = max_batch, max_send_s * 1_000_000


class Host:
    """The hub as the plugin sees it."""

    def __init__(self, channel, services, instance):
        self._channel, self._services, self.instance = channel, services, instance
        self._sending, self._waiting = threading.Lock(), {}
        self._next, self.cancelled = 1, threading.Event()

    def _send(self, kind, call, payload=b""):
        with self._sending:
            self._channel.send(kind, call, payload)

    def _request(self, kind, payload):
        """Sends a request and waits for its answer: (rc, message, data)."""
        answer = queue.SimpleQueue()
        with self._sending:
            call, self._next = self._next, self._next + 1
            self._waiting[call] = answer
            self._channel.send(kind, call, payload)
        return answer.get()

    def _replied(self, call, payload):
        fields = wire.Payload(payload)
        rc = fields.numbers("iqQ")[0]
        fields.text()
        message, data = fields.text(), fields.data()
        waiting = self._waiting.pop(call, None)
        if waiting is not None:
            waiting.put((rc, message, data))

    def _checked(self, kind, payload):
        rc, message, data = self._request(kind, payload)
        if rc == E_CANCELLED or self.cancelled.is_set():
            raise Cancelled()
        if rc < 0:
            raise RuntimeError(message or f"the hub answered {rc}")
        return data

    def log(self, level, message, **pairs):
        """`message` is a fixed text; what varies goes into pairs. No personal value in either."""
        out = wire.Writer().numbers("i", {"debug": 1, "info": 2, "warn": 3, "error": 4}[level]).text(message)
        out.numbers("I", len(pairs))
        for key, value in pairs.items():
            out.text(key).text(str(value))
        self._send(wire.LOG, 0, out.bytes())

    def secret(self, name):
        """The value of a settings field that was declared secret; None: not set."""
        rc, message, data = self._request(wire.SECRET, name.encode())
        if rc < 0:
            raise RuntimeError(message or "the service is not granted")
        return data.decode() if rc == OK else None


class Input:
    """The bytes of a document, pulled as they are needed."""

    def __init__(self, host):
        self._host = host

    def read(self):
        """The next piece; b"" at the end."""
        return self._host._checked(wire.READ, wire.Writer().numbers("I", _READ).bytes())

    def __iter__(self):
        """(place, line) without line ends; CRLF, LF and CR end a line. Bytes that are no UTF-8 end the document."""
        number, begin, rest = 0, 0, b""
        while True:
            piece = self.read()
            rest += piece
            at = 0
            while (end := _line_end(rest, at, last=not piece)) is not None:
                number += 1
                yield Place(number, 1, begin), _text(rest[at:end[0]], number)
                begin += end[1] - at
                at = end[1]
            rest = rest[at:]
            if not piece:
                if rest:
                    yield Place(number + 1, 1, begin), _text(rest, number + 1)
                return


def _line_end(raw, at, last):
    """(where the line's text ends, where the next begins); None: not in these bytes."""
    feed, back = raw.find(b"\n", at), raw.find(b"\r", at)
    if back >= 0 and (feed < 0 or back < feed):
        if back + 1 == len(raw) and not last:
            return None  # a line feed may follow
        return back, back + (2 if raw[back + 1:back + 2] == b"\n" else 1)
    return (feed, feed + 1) if feed >= 0 else None


def _text(raw, line):
    try:
        return raw.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"line {line}, column {error.start + 1}: not UTF-8") from None


class Out:
    """Where a reader's events and quarantined records go, in the order of the document."""

    def __init__(self, host):
        self._host, self._batch = host, EventBatch()

    def event(self, event):
        self._batch.add(event)
        if len(self._batch) >= _BATCH:
            self.flush()

    def quarantine(self, place, element, reason, raw=b""):
        """One record that could not become an event. Element and reason quote no value."""
        self.flush()
        out = wire.Writer().numbers("QII", place.byte, place.line, place.column).text(element).text(reason).text(raw)
        self._host._checked(wire.QUARANTINE, out.bytes())

    def flush(self):
        if len(self._batch) == 0:
            return
        raw = self._batch.take()
        self._host._checked(wire.EMIT, wire.Writer().numbers("II", wire.INLINE, len(raw)).bytes() + raw)


class _Session:
    def __init__(self, channel, plugin, host):
        self.channel, self.plugin, self.host = channel, plugin, host
        self.object, self.settings = None, Settings()
        self.calls = queue.SimpleQueue()

    def work(self):
        while True:
            kind, call, payload = self.calls.get()
            rc, message, path = self.guarded(kind, payload)
            out = wire.Writer().numbers("iqQ", rc, 0, 2**64 - 1).text(path[:128]).text(_cut(message, 512)).text("")
            self.host._send(wire.ANSWER, call, out.bytes())
            if kind == wire.DESTROY:
                os._exit(0)

    def guarded(self, kind, payload):
        try:
            return self.call(kind, payload) or OK, "", ""
        except DataError as error:
            return E_DATA, str(error), ""
        except Cancelled:
            return E_CANCELLED, "", ""
        except KeyError as error:
            return (E_CONFIG, "is missing", f"/{error.args[0]}") if kind == wire.CONFIGURE else (
                E_INTERNAL, "KeyError", "")
        except Exception as error:  # the border: nothing goes further; the text could hold a value and is not told
            print(f"{type(error).__name__} in a call of the plugin", file=sys.stderr)
            return E_INTERNAL, type(error).__name__, ""

    def call(self, kind, payload):
        if kind == wire.CONFIGURE:
            self.settings = Settings(json.loads(payload or b"{}"))
            self.object = _made(self.plugin.factory, self.settings, self.host)
        elif kind == wire.CHECK:
            getattr(self.object, "check", lambda: None)()
        elif kind == wire.START:
            getattr(self.object, "start", lambda: None)()
        elif kind in (wire.STOP, wire.DESTROY):
            getattr(self.object, "stop" if kind == wire.STOP else "close", lambda: None)()
        elif kind == wire.SNIFF:
            fields = wire.Payload(payload)
            return int(getattr(self.object, "sniff", lambda name, head: 0)(fields.text(), fields.rest()))
        elif kind == wire.PARSE:
            self.parse(payload)
        elif kind == wire.DELIVER:
            self.deliver(payload)
        else:
            return E_UNSUPPORTED
        return OK

    def parse(self, payload):
        fields = wire.Payload(payload)
        flags, as_of, total = fields.numbers("IqQ")
        document = Document(fields.text(), fields.text(), fields.text(), as_of, total, bool(flags & 1))
        out = Out(self.host)
        self.object.parse(document, Input(self.host), out)
        out.flush()

    def deliver(self, payload):
        for index, message in enumerate(messages_of(payload)):
            if self.host.cancelled.is_set():
                return
            # From here on the peer may act on it: a crash from now on is an unknown, not a retry.
            self.host._send(wire.BEGIN, 0, wire.Writer().numbers("I", index).bytes())
            verdict = self.object.deliver(message)
            if not isinstance(verdict, Verdict):
                raise TypeError("deliver() returns a Verdict")
            out = wire.Writer().numbers("IiiIqq", index, verdict.kind, verdict.scope, 0, verdict.after_ms, verdict.since_us)
            provider = verdict.provider_id if len(verdict.provider_id.encode()) <= 256 else ""
            out.numbers("I", len(provider.encode())).text(provider).text(_cut(verdict.reason, _MOST_REASON))
            self.host._send(wire.SETTLE, 0, out.bytes())


def _made(factory, *words):
    """factory(settings, host), or factory() where it takes nothing."""
    init = getattr(factory, "__init__", None)
    return factory(*words) if init is not object.__init__ and init is not None else factory()


def _cut(text, most):
    """The text in at most so many bytes of UTF-8, cut at a character."""
    return text.encode()[:most].decode(errors="ignore")


def _ready(plugin):
    out = wire.Writer().numbers("I", wire.VERSION).text(os.environ.get("VESTITEL_SANDBOX", "")).numbers("III", 1, plugin.kind, plugin.flags)
    for text in (plugin.id, plugin.name, plugin.vendor, plugin.version, plugin.license, plugin.url, plugin.schema, "{}"):
        out.text(text)
    out.numbers("BBBB", plugin.kind == KIND_READER, 0, plugin.kind == KIND_SINK, 1)
    return out.numbers("IQq", plugin.max_batch, 0, plugin.max_send_us).bytes()


def serve(plugin):
    """Serves the hub at descriptor 3 until it goes. Does not return."""
    channel = wire.Channel()
    first = channel.receive()
    if first is None or first[0] != wire.HELLO:
        sys.exit("this program is a plugin of vestitel, which starts it")
    hello = wire.Payload(first[2])
    least, most = hello.numbers("II")
    instance, wanted, _ = hello.text(), hello.text(), hello.text()
    _, services = hello.numbers("qI")
    host = Host(channel, services, instance)
    if not least <= wire.VERSION <= most or wanted not in ("", plugin.id):
        rc, why = (3, "the program does not know the plugin id") if least <= wire.VERSION <= most else (
            E_INVALID, "hub and plugin speak no version in common")
        channel.send(wire.REFUSED, 0, wire.Writer().numbers("iqQ", rc, 0, 0).text("").text(why).text("").bytes())
        sys.exit(1)
    channel.send(wire.READY, 0, _ready(plugin))
    session = _Session(channel, plugin, host)
    threading.Thread(target=session.work, daemon=True).start()
    while (frame := channel.receive()) is not None:
        kind, call, payload = frame
        if kind == wire.REPLY:
            host._replied(call, payload)
        elif kind == wire.CANCEL:
            host.cancelled.set()
        elif kind == wire.RESUME:
            host.cancelled.clear()
        elif kind == wire.PING:
            host._send(wire.PONG, 0)
        else:
            session.calls.put(frame)
    os._exit(0)
