"""Frames and payloads: little-endian numbers, texts with their length in front."""
import socket
import struct

MAGIC = 0x31525356
VERSION = 1
MAX_PAYLOAD = 48 * 1024 * 1024
INLINE = 0xFFFFFFFF  # kEmit: the batch stands in the frame, not in the shared memory
_HEADER = struct.Struct("<IHHIIQ")

HELLO, READY, REFUSED = 1, 2, 3
CONFIGURE, CHECK, START, STOP, DESTROY, SNIFF, PARSE, POLL, DELIVER = range(16, 25)
ASK = 27  # what became of messages in doubt
CANCEL, RESUME, PING = 32, 33, 34
ANSWER, PONG = 48, 49
EMIT, QUARANTINE, COMPLETE, COMMIT, READ, BEGIN, SETTLE, LOG, SECRET = range(64, 73)
REPLY = 96


class Writer:
    def __init__(self):
        self.parts = []

    def numbers(self, form, *values):
        self.parts.append(struct.pack("<" + form, *values))
        return self

    def text(self, value):
        raw = value.encode() if isinstance(value, str) else bytes(value)
        self.parts += (struct.pack("<I", len(raw)), raw)
        return self

    def bytes(self):
        return b"".join(self.parts)


class Payload:
    """Reads numbers and texts in turn. What is not there raises struct.error: the other end speaks another protocol."""

    def __init__(self, raw):
        self.raw, self.at = memoryview(raw), 0

    def numbers(self, form):
        values = struct.unpack_from("<" + form, self.raw, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def text(self):
        return self.data().decode()

    def data(self):
        size = self.numbers("I")
        if size > len(self.raw) - self.at:
            raise struct.error("a text is cut off")
        raw = bytes(self.raw[self.at:self.at + size])
        self.at += size
        return raw

    def rest(self):
        return bytes(self.raw[self.at:])


class Channel:
    """Whole frames in, whole frames out. Sending is safe from any thread when `lock` is held by the caller."""

    def __init__(self, descriptor=3):
        self.socket = socket.socket(fileno=descriptor)
        self.socket.setblocking(True)
        self.stream = self.socket.makefile("rb", buffering=256 * 1024)

    def send(self, kind, call, payload=b""):
        self.socket.sendall(_HEADER.pack(MAGIC, kind, 0, len(payload), 0, call) + payload)

    def receive(self):
        """(kind, call, payload), or None when the hub has gone."""
        head = self.stream.read(_HEADER.size)
        if head is None or len(head) < _HEADER.size:
            return None
        magic, kind, _, length, nought, call = _HEADER.unpack(head)
        if magic != MAGIC or nought != 0 or length > MAX_PAYLOAD:
            raise ValueError("what came over the channel is no frame")
        payload = self.stream.read(length)
        return (kind, call, payload) if len(payload) == length else None
