"""Events and messages as the flat batches of vestitel/abi.h."""
import struct

from .model import Message, micros

_EVENT = struct.Struct("<IHHqqIIIIII" + "II" * 8)
_ATTRIBUTE = struct.Struct("<IIII")
_MESSAGE = struct.Struct("<II" + "II" * 8 + "qqII")
_COUNTS = struct.Struct("<IIQ")
_OCCURRED_DATE_ONLY, _REPORTED_DATE_ONLY = 1, 2
_TIME_UNKNOWN = -(1 << 63)
assert _EVENT.size == 112 and _MESSAGE.size == 96


class EventBatch:
    """Gathers events until they are worth a frame."""

    def __init__(self):
        self.events, self.attributes, self.heap = [], [], bytearray()

    def __len__(self):
        return len(self.events)

    def _span(self, text):
        raw = text.encode()
        begin = len(self.heap)
        self.heap += raw
        return begin, len(raw)

    def add(self, event):
        occurred, date_only = micros(event.occurred)
        flags = _OCCURRED_DATE_ONLY if date_only else 0
        reported = _TIME_UNKNOWN
        if event.reported is not None:
            reported, date_only = micros(event.reported)
            flags |= _REPORTED_DATE_ONLY if date_only else 0
        spans = []
        for text in (event.type, event.scope, event.record, event.subject, event.document_number, event.facility,
                     event.practitioner, ""):
            spans += self._span(text)
        first = len(self.attributes)
        for key, value in event.attributes:
            self.attributes.append(_ATTRIBUTE.pack(*self._span(key), *self._span(value)))
        self.events.append(_EVENT.pack(_EVENT.size, event.revision, event.subject_kind, occurred, reported, flags, first,
                                       len(event.attributes), event.place.line, event.place.column, 0, *spans))

    def take(self):
        """The bytes of the batch, which is empty afterwards."""
        raw = b"".join((_COUNTS.pack(len(self.events), len(self.attributes), len(self.heap)), *self.events,
                        *self.attributes, bytes(self.heap)))
        self.__init__()
        return raw


def messages_of(raw):
    count, _, heap_size = _COUNTS.unpack_from(raw)
    heap = raw[_COUNTS.size + count * _MESSAGE.size:]
    if len(heap) != heap_size:
        raise struct.error("a batch of messages is cut off")
    for i in range(count):
        values = _MESSAGE.unpack_from(raw, _COUNTS.size + i * _MESSAGE.size)
        texts = [heap[values[2 + 2 * n]:values[2 + 2 * n] + values[3 + 2 * n]].decode(errors="replace") for n in range(8)]
        yield Message(values[1], *texts, *values[18:21])
