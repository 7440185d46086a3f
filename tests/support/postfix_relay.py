#!/usr/bin/env python3
"""The postfix of postfix_server.py as a relay: what the next hop refuses comes back to the sender, what it puts off is tried
again each second and reported as delayed.

  postfix_relay.py start DIR NEXT    NEXT: the port of the next hop on this machine; prints what postfix_server.py does
  postfix_relay.py stop DIR

Mail to imap*@example.test lands in another Maildir beside the first, "imapbox".
"""
import json
import pathlib
import smtplib
import sys
import time

import postfix_server

SETTINGS = """\
smtpd_recipient_restrictions=permit_mynetworks, reject
smtpd_relay_restrictions=permit_mynetworks, reject
default_transport=smtp:[127.0.0.1]:{next}
delay_warning_time=1s
queue_run_delay=1s
minimal_backoff_time=1s
maximal_backoff_time=1s
"""


def start(d, next_port):
    server = postfix_server.start(d)
    users = d / "conf" / "users"
    users.write_text("/^imap.*@example\\.test$/ imapbox/\n" + users.read_text())
    postfix_server.run("postconf", "-c", d / "conf", *SETTINGS.format(next=next_port).splitlines())
    postfix_server.run("postfix", "-c", d / "conf", "reload")
    wait_for_relay(server["port"])
    return server


def wait_for_relay(port):
    """A server process from before the reload may answer once more."""
    deadline = time.monotonic() + 15
    while True:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
            smtp.ehlo()
            smtp.mail("probe@example.test")
            if smtp.rcpt("probe@elsewhere.example")[0] == 250:
                return
        if time.monotonic() > deadline:
            raise OSError("postfix does not relay")
        time.sleep(0.02)  # another program's reload gives no other sign


def main():
    command, directory = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if command == "start":
        print(json.dumps(start(directory, int(sys.argv[3]))))
    else:
        postfix_server.stop(directory)


if __name__ == "__main__":
    main()
