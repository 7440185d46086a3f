"""The plugin's life: hello, ready, calls until the hub goes.

Three threads: this one reads the channel; one runs control calls, the other work, each one after the other, so that a
stop can end the work that runs.
"""
import inspect
import os
import queue
import struct
import sys
import threading

from . import wire
from .batch import doubts_of, messages_of
from .host import (E_CANCELLED, E_CONFIG, E_DATA, E_INTERNAL, E_INVALID, E_RETRY, E_UNSUPPORTED, END, MORE, NOT_FOUND, OK,
                   Host, Input, Out)
from .model import Cancelled, ConfigError, DataError, Document, HubError, RetryError, Verdict
from .plugins import KIND_FEED, KIND_READER, KIND_SINK
from .settings import read_settings

_MOST_REASON = 256
_WORK = {wire.SNIFF, wire.PARSE, wire.POLL, wire.DELIVER, wire.ASK}
_CREATED, _CONFIGURED, _STARTED, _STOPPED = range(4)


class _Session:
    def __init__(self, plugin, host):
        self.plugin, self.host, self.object = plugin, host, None
        self.state, self.working = _CREATED, False
        self.control, self.work = queue.SimpleQueue(), queue.SimpleQueue()
        for calls in (self.control, self.work):
            threading.Thread(target=self.run, args=(calls,), daemon=True).start()

    def take(self, frame):
        (self.work if frame[0] in _WORK else self.control).put(frame)

    def run(self, calls):
        while True:
            kind, call, payload = calls.get()
            rc, message, path, after_ms = self.guarded(kind, payload)
            out = wire.Writer().numbers("iqQ", rc, after_ms, 2**64 - 1)
            self.host._send(wire.ANSWER, call, out.text(_cut(path, 128)).text(_cut(message, 512)).text("").bytes())
            if kind == wire.DESTROY:
                os._exit(0)

    def guarded(self, kind, payload):
        """(rc, message, field path, retry after)."""
        try:
            return self.call(kind, payload) or OK, "", "", 0
        except DataError as error:
            return E_DATA, str(error), "", 0
        except RetryError as error:
            return E_RETRY, str(error), "", error.after_ms
        except ConfigError as error:
            return E_CONFIG, str(error), error.path, 0
        except HubError as error:
            return error.rc, str(error), "", 0
        except Cancelled:
            return E_CANCELLED, "cancelled", "", 0
        except Exception as error:  # the border: nothing goes further; the text could hold a value and is not told
            print(f"{type(error).__name__} in a call of the plugin, {_place(error)}", file=sys.stderr, flush=True)
            return E_INTERNAL, type(error).__name__, "", 0

    def call(self, kind, payload):
        if kind in _WORK:
            return self.working_call(kind, payload)
        if kind == wire.CONFIGURE:
            return self.configure(payload)
        if kind == wire.CHECK:
            return self.check()
        if kind == wire.START:
            return self.start()
        if kind == wire.STOP:
            return self.stop()
        if kind == wire.DESTROY:
            return self.destroy()
        return E_UNSUPPORTED

    # ---- control: out of order is E_INVALID, without an effect

    def configure(self, payload):
        if self.state == _STARTED or self.working:
            return E_INVALID
        self.state = _CREATED
        self.object = _made(self.plugin.factory, read_settings(self.plugin.settings, payload), self.host)
        self.state = _CONFIGURED

    def check(self):
        if self.state == _CREATED:
            return E_INVALID
        getattr(self.object, "check", lambda: None)()

    def start(self):
        if self.state in (_CREATED, _STARTED) or self.working:
            return E_INVALID
        self.host.set_over(by_stop=False)
        getattr(self.object, "start", lambda: None)()
        self.state = _STARTED

    def stop(self):
        if self.state != _STARTED:
            return E_INVALID
        self.state = _STOPPED
        self.host.set_over(by_stop=True)
        getattr(self.object, "stop", lambda: None)()

    def destroy(self):
        if self.state == _STARTED:
            self.stop()
        if self.object is not None:
            getattr(self.object, "close", lambda: None)()

    # ---- work

    def working_call(self, kind, payload):
        if self.state != _STARTED:
            return 0 if kind == wire.SNIFF else E_INVALID
        self.working = True
        try:
            return {wire.SNIFF: self.sniff, wire.PARSE: self.parse, wire.POLL: self.poll, wire.DELIVER: self.deliver,
                    wire.ASK: self.ask}[kind](wire.Payload(payload))
        finally:
            self.working = False

    def sniff(self, fields):
        sure = getattr(self.object, "sniff", lambda name, head: 0)(fields.text(), fields.rest())
        return min(max(int(sure), 0), 100)

    def parse(self, fields):
        if self.plugin.kind != KIND_READER:
            return E_UNSUPPORTED
        flags, as_of, total = fields.numbers("IqQ")
        document = Document(fields.text(), fields.text(), fields.text(), as_of, total, bool(flags & 1))
        out = Out(self.host)
        self.object.parse(document, Input(self.host), out)
        out.flush()

    def poll(self, fields):
        if self.plugin.kind != KIND_FEED:
            return E_UNSUPPORTED
        most, cursor = fields.numbers("I"), fields.text()
        self.host.check_cancelled()
        out = Out(self.host)
        more = self.object.poll(cursor, most, out)
        out.flush()
        return MORE if more else END

    def deliver(self, fields):
        if self.plugin.kind != KIND_SINK:
            return E_UNSUPPORTED
        self.host._need("delivery")
        for index, message in enumerate(messages_of(fields.rest())):
            self.host.check_cancelled()
            now = self.host.now_us()
            if message.expires_us and now >= message.expires_us:
                self.settle(index, Verdict.permanent("expired before it could be sent"))
            elif message.deadline_us and now >= message.deadline_us:
                self.settle(index, Verdict.retry("its turn came after its deadline"))
            elif self.plugin.max_body and len(message.body.encode()) > self.plugin.max_body:
                self.settle(index, Verdict.permanent("the body is larger than the sink takes"))
            else:
                self.send(index, message)

    def send(self, index, message):
        # From here on the peer may act on it: a crash from now on is an unknown, not a retry.
        self.host._send(wire.BEGIN, 0, wire.Writer().numbers("I", index).bytes())
        try:
            verdict = self.object.deliver(message)
            if not isinstance(verdict, Verdict):
                raise TypeError("deliver() returns a Verdict")
        except Exception as error:  # costs its message alone
            print(f"{type(error).__name__} in deliver, {_place(error)}", file=sys.stderr, flush=True)
            verdict = Verdict.unknown(str(error) if isinstance(error, HubError) else type(error).__name__)
        self.settle(index, verdict)

    def ask(self, fields):
        if not self.plugin.max_ask:
            return E_UNSUPPORTED
        self.host._need("delivery")
        doubts = list(doubts_of(fields.rest()))
        if len(doubts) > self.plugin.max_ask:
            return E_INVALID
        for index, doubt in enumerate(doubts):
            self.host.check_cancelled()
            verdict = self.found(doubt)
            if verdict is not None:
                self.settle(index, verdict)

    def found(self, doubt):
        try:
            verdict = self.object.ask(doubt)
            if verdict is not None and not isinstance(verdict, Verdict):
                raise TypeError("ask() returns a Verdict or None")
            return verdict
        except Cancelled:
            raise
        except Exception as error:  # costs this answer alone: nobody knows yet
            print(f"{type(error).__name__} in ask, {_place(error)}", file=sys.stderr, flush=True)
            return None

    def settle(self, index, verdict):
        provider, reason = verdict.provider_id.encode(), verdict.reason
        if len(provider) > 256:  # never cut
            provider, reason = b"", "the provider's id is longer than 256 bytes"
        out = wire.Writer().numbers("IiiIqq", index, verdict.kind, verdict.scope, 0, max(verdict.after_ms, 0),
                                    verdict.since_us)
        out.numbers("I", len(provider)).text(provider).text(_cut(reason, _MOST_REASON))
        self.host._send(wire.SETTLE, 0, out.bytes())


def _made(factory, *words):
    """The factory with as many of (settings, host) as it takes."""
    try:
        taken = len(inspect.signature(factory).parameters)
    except ValueError:
        taken = 0
    return factory(*words[:taken])


def _place(error):
    """Where it was raised: file and line, without the text of the line or of the exception."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "nowhere"


def _cut(text, most):
    """The text in at most so many bytes of UTF-8, cut at a character."""
    return text.encode(errors="replace")[:most].decode(errors="ignore")


def _ready(plugin):
    out = wire.Writer().numbers("I", wire.VERSION).text(os.environ.get("VESTITEL_SANDBOX", ""))
    out.numbers("III", 1, plugin.kind, plugin.flags)
    for text in (plugin.id, plugin.name, plugin.vendor, plugin.version, plugin.license, plugin.url, plugin.schema,
                 plugin.capabilities):
        out.text(text)
    out.numbers("BBBB", plugin.kind == KIND_READER, plugin.kind == KIND_FEED, plugin.kind == KIND_SINK, 1)
    out.numbers("IQq", plugin.max_batch, plugin.max_body, plugin.max_send_us)
    if plugin.max_ask:  # callbacks and polls for receipts stand before it: it has none
        out.numbers("BBI", 0, 0, plugin.max_ask)
    return out.bytes()


def _greeted(channel, plugin):
    """The host, once both have said hello."""
    first = channel.receive()
    if first is None or first[0] != wire.HELLO:
        sys.exit("this program is a plugin of vestitel, which starts it")
    hello = wire.Payload(first[2])
    least, most = hello.numbers("II")
    instance, wanted, _ = hello.text(), hello.data(), hello.data()
    offset, services = hello.numbers("qI")
    refusal = None
    if not least <= wire.VERSION <= most:
        refusal = E_INVALID, "hub and plugin speak no version in common"
    elif wanted not in (b"", plugin.id.encode()):
        refusal = NOT_FOUND, "the program does not know the plugin id"
    if refusal:
        out = wire.Writer().numbers("iqQ", refusal[0], 0, 0).text("").text(refusal[1]).text("")
        channel.send(wire.REFUSED, 0, out.bytes())
        sys.exit(1)
    channel.send(wire.READY, 0, _ready(plugin))
    return Host(channel, services, instance, offset)


def serve(plugin):
    """Serves the hub at descriptor 3 until it goes. Does not return."""
    try:
        channel = wire.Channel()
    except OSError:
        sys.exit("this program is a plugin of vestitel, which starts it; try it with vestitel-plugin run")
    host = _greeted(channel, plugin)
    session = _Session(plugin, host)
    try:
        while (frame := channel.receive()) is not None:
            kind, call, payload = frame
            if kind == wire.REPLY:
                host.replied(call, payload)
            elif kind in (wire.CANCEL, wire.RESUME):
                host.set_over(by_hub=kind == wire.CANCEL)
            elif kind == wire.PING:
                host._send(wire.PONG, 0)
            else:
                session.take(frame)
    except (OSError, ValueError, struct.error):
        os._exit(1)  # what came is no protocol, or the hub has gone in the middle of a frame
    os._exit(0)
