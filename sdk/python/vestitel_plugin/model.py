"""What a plugin's author works with: values, and the exceptions that mean something to the hub."""
import dataclasses
import datetime

NEW, CORRECTED, ANNULLED = 1, 2, 3
EGN, LNCH, NAP, EHIC, UIN = 1, 2, 3, 4, 5
ACCEPTED, DELIVERED, RETRY, PERMANENT, CONTACT_DEAD, CONFIG_ERROR, UNKNOWN = range(1, 8)
SCOPES = {"message": 1, "recipient": 2, "link": 3, "sink": 4}

_EPOCH = datetime.date(1970, 1, 1)
_DAY_US = 86_400_000_000


class DataError(Exception):
    """The document as a whole is refused. The text names elements and places, never values."""


class RetryError(Exception):
    """It cannot be done now: the hub asks again, at the earliest after so long. The text holds no value."""

    def __init__(self, message, after_ms=0):
        super().__init__(message)
        self.after_ms = after_ms


class ConfigError(Exception):
    """A setting is wrong; `key` is its name. The text says what is expected, never what was found."""

    def __init__(self, key, message):
        super().__init__(message)
        self.path = f"/{key}" if key else ""


class Cancelled(Exception):
    """The hub wants the call to end. Not to be caught."""


class HubError(Exception):
    """The hub answered a request with an error. Not to be caught: the call is over, and ends with its code."""

    def __init__(self, rc, message):
        super().__init__(message)
        self.rc = rc


@dataclasses.dataclass(frozen=True)
class Place:
    """Where something stands in a document: line and column from 1; line 0: unknown."""
    line: int = 0
    column: int = 0
    byte: int = 0


@dataclasses.dataclass(frozen=True)
class Document:
    """What the hub knows of a document."""
    name: str
    media_type: str
    partner: str
    as_of_us: int
    total_bytes: int  # 0: not known
    complete: bool


@dataclasses.dataclass
class Event:
    """One fact. `scope` and `record` are the dedupe key; `occurred` is a date, or microseconds since 1970 UTC."""
    type: str
    scope: str
    record: str
    subject: str
    occurred: object
    subject_kind: int = EGN
    revision: int = NEW
    reported: object = None
    document_number: str = ""
    facility: str = ""
    practitioner: str = ""
    attributes: tuple = ()  # (key, value) pairs; keys may repeat
    place: Place = Place()


def micros(moment):
    """(microseconds, whether it is a date alone)."""
    if isinstance(moment, datetime.date) and not isinstance(moment, datetime.datetime):
        return (moment - _EPOCH).days * _DAY_US, True
    if isinstance(moment, datetime.datetime):
        return round(moment.timestamp() * 1_000_000), False
    return int(moment), False


@dataclasses.dataclass(frozen=True)
class Message:
    """One rendered message to one address. Pass `idem_key` on: the same key takes effect once."""
    channel: int
    id: str
    to: str
    title: str
    body: str
    body_html: str
    data_json: str
    idem_key: str
    locale: str
    expires_us: int
    deadline_us: int
    priority: int


@dataclasses.dataclass(frozen=True)
class Doubt:
    """A message that was sent and never answered; its text and address are not told. Times: microseconds since 1970 UTC;
    `expires_us`: worthless after, 0: never. `provider_id`: what the attempt was answered with, mostly empty. `asked`: how
    often before."""
    channel: int
    id: str
    idem_key: str
    provider_id: str
    sent_us: int
    expires_us: int
    asked: int


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The answer for one message; make it by the functions below. `reason`: words, no address, no payload."""
    kind: int
    reason: str = ""
    provider_id: str = ""
    scope: int = 0
    after_ms: int = 0
    since_us: int = 0

    @staticmethod
    def accepted(provider_id=""):
        return Verdict(ACCEPTED, provider_id=provider_id)

    @staticmethod
    def delivered():
        return Verdict(DELIVERED)

    @staticmethod
    def retry(reason, scope="message", after_ms=0):
        return Verdict(RETRY, reason, scope=SCOPES[scope], after_ms=after_ms)

    @staticmethod
    def permanent(reason):
        return Verdict(PERMANENT, reason)

    @staticmethod
    def contact_dead(reason="", since_us=0):
        return Verdict(CONTACT_DEAD, reason, since_us=since_us)

    @staticmethod
    def config_error(reason):
        return Verdict(CONFIG_ERROR, reason)

    @staticmethod
    def unknown(reason):
        return Verdict(UNKNOWN, reason)
