"""A dovecot of its own for tests: IMAP on loopback over one Maildir, plain and with TLS. Needs root, as dovecot does.

    with Dovecot(maildir, "postfix", certificate, key) as server: server.port, server.tls_port, server.user, server.password
"""
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

CONFIG = """\
protocols = imap
base_dir = {d}/run
state_dir = {d}/state
log_path = {d}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
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
  args = uid={uid} gid={gid} home={d}/home allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Dovecot:
    user, password = "hub", 'p"w\\x'

    def __init__(self, maildir, owner, certificate, key):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="vestitel-dovecot-"))
        self.root.chmod(0o755)
        for name in ("run", "state", "home"):
            (self.root / name).mkdir()
        self.port, self.tls_port = free_ports(2)
        user = pwd.getpwnam(owner)
        self.config = self.root / "dovecot.conf"
        self.config.write_text(CONFIG.format(d=self.root, maildir=maildir, uid=user.pw_uid, gid=user.pw_gid, port=self.port,
                                             tls_port=self.tls_port, password=self.password, certificate=certificate, key=key))
        self.process = subprocess.Popen(["dovecot", "-F", "-c", str(self.config)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            self.wait_for_greeting()
        except OSError:
            self.close()
            raise

    def wait_for_greeting(self):
        deadline = time.monotonic() + 15
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as s:
                    if s.recv(4) == b"* OK":
                        return
            except OSError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                log = self.root / "log"
                raise OSError("dovecot does not greet: " + (log.read_text() if log.exists() else ""))
            time.sleep(0.02)  # a process that starts gives no other sign

    def close(self):
        self.process.terminate()
        self.process.wait(15)
        self.process.stderr.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
