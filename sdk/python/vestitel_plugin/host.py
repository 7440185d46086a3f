"""The hub as a plugin sees it: what it is asked for, and where events go."""
import queue
import threading
import time

from . import wire
from .batch import EventBatch
from .model import Cancelled, DataError, HubError, Place

OK, MORE, END, NOT_FOUND = 0, 1, 2, 3
E_INVALID, E_CONFIG, E_DATA, E_RETRY, E_CANCELLED, E_DENIED, E_UNSUPPORTED, E_INTERNAL = -1, -2, -3, -4, -7, -9, -10, -99
_SERVICES = {"emit": 1, "delivery": 2, "log": 4, "secret": 8}
_LEVELS = {"debug": 1, "info": 2, "warn": 3, "error": 4}
_BATCH, _HEAP = 256, 1024 * 1024  # events, bytes
_READ = 256 * 1024
_LONGEST_LINE = 1024 * 1024
_POSTED = 8  # batches that may wait for their answer


class Host:
    """What stays the same for an instance's life. Every method is safe in any thread."""

    def __init__(self, channel, services, instance, clock_offset_us=0):
        self._channel, self._services, self.instance = channel, services, instance
        self._sending, self._waiting, self._offset = threading.Lock(), {}, clock_offset_us
        self._next, self._over = 1, threading.Event()
        self._by_hub = self._by_stop = False
        self._changing = threading.Lock()

    # ---- for authors

    def log(self, level, message, **pairs):
        """`message` is a fixed text; what varies goes into pairs. No personal value in either."""
        out = wire.Writer().numbers("i", _LEVELS[level]).text(message).numbers("I", len(pairs))
        for key, value in pairs.items():
            out.text(key).text(str(value))
        if self._services & _SERVICES["log"]:
            self._send(wire.LOG, 0, out.bytes())

    def secret(self, name):
        """The value of a settings field that was declared secret; None: not set."""
        self._need("secret")
        rc, message, data = self._request(wire.SECRET, name.encode())
        if rc < 0:
            raise HubError(rc, message or "a secret cannot be read")
        return data.decode() if rc == OK else None

    @property
    def cancelled(self):
        """True when the call that runs shall return soon. Whatever asks the hub raises Cancelled by itself."""
        return self._over.is_set()

    def check_cancelled(self):
        if self._over.is_set():
            raise Cancelled()

    def wait(self, seconds):
        """Sleeps, and raises Cancelled when the call shall end. In a call the hub wants a sign of work each 5 seconds."""
        if self._over.wait(seconds):
            raise Cancelled()

    def now_us(self):
        """The hub's clock, in microseconds since 1970 UTC. Ask nobody else for the time."""
        return time.time_ns() // 1000 + self._offset

    # ---- for the session

    def set_over(self, by_hub=None, by_stop=None):
        with self._changing:
            self._by_hub = self._by_hub if by_hub is None else by_hub
            self._by_stop = self._by_stop if by_stop is None else by_stop
            (self._over.set if self._by_hub or self._by_stop else self._over.clear)()

    def replied(self, call, payload):
        fields = wire.Payload(payload)
        rc = fields.numbers("iqQ")[0]
        fields.text()
        message, data = fields.text(), fields.data()
        waiting = self._waiting.pop(call, None)
        if waiting is not None:
            waiting.put((rc, message, data))

    def _need(self, service):
        if not self._services & _SERVICES[service]:
            raise HubError(E_DENIED, f"service vestitel.{service}/1 is not granted")

    def _send(self, kind, call, payload=b""):
        with self._sending:
            self._channel.send(kind, call, payload)

    def _post(self, kind, payload):
        """Sends a request; what comes back gives its answer."""
        answer = queue.SimpleQueue()
        with self._sending:
            call, self._next = self._next, self._next + 1
            self._waiting[call] = answer
            self._channel.send(kind, call, payload)
        return answer

    def _request(self, kind, payload):
        """Sends a request and waits for its answer: (rc, message, data)."""
        return self._post(kind, payload).get()

    def _taken(self, answer):
        rc, message, data = answer.get()
        if rc == E_CANCELLED or self._over.is_set():
            raise Cancelled()
        if rc < 0:
            raise HubError(rc, message or f"the hub answered {rc}")
        return data

    def _checked(self, kind, payload):
        return self._taken(self._post(kind, payload))


class Input:
    """The bytes of a document, pulled as they are needed."""

    def __init__(self, host):
        self._host = host

    def read(self):
        """The next piece; b"" at the end."""
        return self._host._checked(wire.READ, wire.Writer().numbers("I", _READ).bytes())

    def __iter__(self):
        """(place, line) without line ends (LF, CRLF). Bytes that are no UTF-8, and a line of more than 1 MiB, end the
        document."""
        number, begin, rest = 0, 0, b""
        while piece := self.read():
            *lines, rest = (rest + piece).split(b"\n")
            for raw in lines:
                number += 1
                yield Place(number, 1, begin), _text(raw, number)
                begin += len(raw) + 1
            if len(rest) > _LONGEST_LINE:
                _text(rest, number + 1)
        if rest:
            yield Place(number + 1, 1, begin), _text(rest, number + 1)


def _text(raw, line):
    if len(raw) > _LONGEST_LINE:
        raise DataError(f"line {line}, column 1: longer than is allowed")
    try:
        return raw.removesuffix(b"\r").decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"line {line}, column {error.start + 1}: not UTF-8") from None


class Out:
    """Where events and quarantined records go, in the order in which they are handed over."""

    def __init__(self, host):
        host._need("emit")
        self._host, self._batch, self._answers = host, EventBatch(), []

    def event(self, event):
        """An event without a type, a key or whom it is about is quarantined: nothing is repaired and nothing is lost."""
        for name in ("type", "scope", "record", "subject"):
            if not getattr(event, name):
                return self.quarantine(event.place, "record", f"the {name} is missing")
        self._batch.add(event)
        if len(self._batch) >= _BATCH or len(self._batch.heap) >= _HEAP:
            self._hand_over()

    def quarantine(self, place, element, reason, raw=b""):
        """One record that could not become an event. Element and reason quote no value."""
        self._hand_over()
        out = wire.Writer().numbers("QII", place.byte, place.line, place.column).text(element).text(reason).text(raw)
        self._answers.append(self._host._post(wire.QUARANTINE, out.bytes()))
        self._settle(_POSTED)

    def complete(self, scope):
        """All records of this scope have been handed over: what the hub knows beyond them is annulled."""
        self.flush()
        self._host._checked(wire.COMPLETE, scope.encode())

    def commit(self, cursor):
        """Feeds alone. What was handed over and the cursor become durable together; then this returns."""
        self.flush()
        self._host._checked(wire.COMMIT, cursor.encode())

    def flush(self):
        self._hand_over()
        self._settle(0)

    def _hand_over(self):
        if len(self._batch) == 0:
            return
        raw = self._batch.take()
        head = wire.Writer().numbers("II", wire.INLINE, len(raw)).bytes()
        self._answers.append(self._host._post(wire.EMIT, head + raw))
        self._settle(_POSTED)

    def _settle(self, most):
        """Waits until at most so many answers are owed; the first that is an error ends the call."""
        while len(self._answers) > most:
            self._host._taken(self._answers.pop(0))
