"""Events and messages as the flat batches of vestitel/abi.h."""
import struct

from .model import Doubt, Message, micros

_EVENT = struct.Struct("<IHHqqIIIIII" + "II" * 8)
_ATTRIBUTE = struct.Struct("<IIII")
_MESSAGE = struct.Struct("<II" + "II" * 8 + "qqII")
_DOUBT = struct.Struct("<II" + "II" * 3 + "qqII")
_COUNTS = struct.Struct("<IIQ")
_OCCURRED_DATE_ONLY, _REPORTED_DATE_ONLY = 1, 2
_TIME_UNKNOWN = -(1 << 63)
assert _EVENT.size == 112 and _MESSAGE.size == 96 and _DOUBT.size == 56


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


def _items(raw, form, texts):
    """Of each struct of a batch: its numbers before the spans, the texts of the spans, and its numbers behind them."""
    count, _, heap_size = _COUNTS.unpack_from(raw)
    heap = raw[_COUNTS.size + count * form.size:]
    if len(heap) != heap_size:
        raise struct.error("a batch is cut off")
    for i in range(count):
        values = form.unpack_from(raw, _COUNTS.size + i * form.size)
        spans = zip(values[2:2 + 2 * texts:2], values[3:2 + 2 * texts:2])
        yield values[:2], [heap[at:at + size].decode(errors="replace") for at, size in spans], values[2 + 2 * texts:]


def messages_of(raw):
    for (_, channel), texts, more in _items(raw, _MESSAGE, 8):
        yield Message(channel, *texts, *more[:3])


def doubts_of(raw):
    for (_, channel), texts, more in _items(raw, _DOUBT, 3):
        yield Doubt(channel, *texts, *more[:3])
