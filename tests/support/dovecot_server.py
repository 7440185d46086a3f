"""A dovecot of its own for tests, on free loopback ports: never the system's. It takes mails by LMTP and shows them by IMAP, plain
and, with a certificate, over TLS; every user has the same password. Needs root, as dovecot does.

    with Dovecot(maildir, certificate, key) as server: server.imap_port, server.tls_port, server.lmtp_port, server.password
"""
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

CONF = """\
protocols = imap lmtp
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{maildir}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={d}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
protocol lmtp {{
  postmaster_address = postmaster@example.test
}}
"""
TLS = """\
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
"""


def free_ports(count):
    """All at once, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Dovecot:
    """Over one Maildir that is there and belongs to postfix, or over one of its own for each user."""

    user, password = "hub", 'p"w\\x'

    def __init__(self, maildir=None, certificate=None, key=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="vestitel-dovecot-"))
        self.dir.chmod(0o755)
        owner = pwd.getpwnam("postfix")
        for name in ("run", "state", "mail"):
            (self.dir / name).mkdir()
        shutil.chown(self.dir / "mail", owner.pw_uid, owner.pw_gid)
        self.imap_port, self.lmtp_port, tls_port = free_ports(3)
        self.tls_port = tls_port if certificate else 0
        conf = CONF.format(d=self.dir, maildir=maildir or f"{self.dir}/mail/%u", uid=owner.pw_uid, gid=owner.pw_gid,
                           password=self.password, imap=self.imap_port, tls=self.tls_port, lmtp=self.lmtp_port)
        if certificate:
            conf = conf.replace("ssl = no\n", TLS.format(certificate=certificate, key=key))
        (self.dir / "dovecot.conf").write_text(conf)
        self.process = subprocess.Popen(["dovecot", "-F", "-c", self.dir / "dovecot.conf"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            for port in (self.imap_port, self.lmtp_port):
                self.wait_for_greeting(port)
        except Exception:
            self.close()
            raise

    def wait_for_greeting(self, port):
        deadline = time.monotonic() + 15
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
                    if s.recv(4):
                        return
            except OSError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                log = self.dir / "log"
                raise OSError("dovecot does not greet: " + (log.read_text() if log.exists() else ""))
            time.sleep(0.02)  # a process that starts gives no other sign

    def close(self):
        self.process.terminate()
        self.process.wait(15)
        self.process.stderr.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
