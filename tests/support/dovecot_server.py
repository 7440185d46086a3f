"""A dovecot of its own for tests, on free loopback ports: never the system's. It takes mails by LMTP and shows them by
IMAP; any user logs in with the password "pw". Needs root, as dovecot does."""
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
log_path = {d}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{d}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password=pw
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
    port = 0
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


def free_ports():
    """Two at once, so that they differ."""
    with socket.socket() as one, socket.socket() as two:
        for s in (one, two):
            s.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


class Dovecot:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="vestitel-dovecot-"))
        self.dir.chmod(0o755)
        user = pwd.getpwnam("postfix")
        (self.dir / "mail").mkdir()
        shutil.chown(self.dir / "mail", user.pw_uid, user.pw_gid)
        self.imap_port, self.lmtp_port = free_ports()
        conf = self.dir / "dovecot.conf"
        conf.write_text(CONF.format(d=self.dir, uid=user.pw_uid, gid=user.pw_gid, imap=self.imap_port,
                                    lmtp=self.lmtp_port))
        self.process = subprocess.Popen(["dovecot", "-F", "-c", conf], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        try:
            for port in (self.imap_port, self.lmtp_port):
                self.wait_for_greeting(port)
        except Exception:
            self.stop()
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
            if self.process.poll() is not None:
                raise OSError("dovecot has ended: " + self.process.stderr.read().decode())
            if time.monotonic() > deadline:
                raise OSError("dovecot does not greet")
            time.sleep(0.02)  # a process that starts gives no other sign

    def stop(self):
        self.process.terminate()
        self.process.wait(15)
        self.process.stderr.close()
        shutil.rmtree(self.dir, ignore_errors=True)
