"""The mail server behind a relay: it refuses by the letters with which a recipient begins, and takes what else comes."""
import re

from aiosmtpd.controller import Controller

ANSWERS = {"gone": "550 5.1.1 no such user", "full": "552 5.2.2 mailbox full", "spam": "554 5.7.1 not wanted",
           "odd": "550 5.1.3 bad address", "late": "451 4.3.0 later"}


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = ANSWERS.get(re.match("[a-z]*", address)[0])
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 queued as N1"


def next_hop(port):
    """Serves until its stop()."""
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    return controller
