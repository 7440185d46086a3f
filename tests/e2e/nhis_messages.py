"""Messages of НЗИС, to and from one doctor."""
import datetime

SPACE = "https://www.his.bg"


def leaf(name, value):
    return f'<n:{name} value="{value}"></n:{name}>'


def message(number, kind, contents):
    at = f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%dT%H:%M:%S}.{number}00Z"
    reply = int(kind[3]) % 2 == 0
    sender, recipient = ("NHIS", "2299000011") if reply else ("2299000011", "NHIS")
    return (f'<n:message xmlns:n="{SPACE}"><n:header>{leaf("senderId", sender)}{leaf("recipientId", recipient)}'
            f'{leaf("messageId", f"005a0000-0000-4040-8080-00000000000{number}")}{leaf("messageType", kind)}'
            f'{leaf("createdOn", at)}</n:header><n:contents>{contents}</n:contents></n:message>')


def bundle(*messages):
    return ('<b:messages xmlns:b="urn:vestitel:nhis-messages:1">' + "\n".join(messages) + "</b:messages>").encode()
