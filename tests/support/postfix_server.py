#!/usr/bin/env python3
"""A postfix of its own for tests: never the system's, on a free loopback port, with TLS by a test CA.

  postfix_server.py start DIR [LMTP_PORT]    prints one JSON object: port, maildir, ca_file, host, log
  postfix_server.py stop DIR

DIR is made, and stop takes it away. Needs root, as postfix does. Mail to ok@, hub@ and bounce*@example.test (and any
address that begins with "p") lands in one Maildir; bad@ is refused with 550 5.1.1, grey@ with 451 4.7.1, full@ with
452 4.2.2; other domains are refused, but for imap.test, whose mail goes to LMTP_PORT on loopback. иван@example.test lies in
that Maildir too, and so does ok@пример.бг. The certificate names "localhost" and 127.0.0.1.
"""
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import sys
import time

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/data
multi_instance_enable = yes
multi_instance_name = postfix-test
maillog_file = {d}/mail.log
maillog_file_prefixes = {d}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydestination =
alias_maps =
virtual_mailbox_domains = example.test, imap.test, xn--e1afmkfd.xn--90ae
virtual_mailbox_base = {d}/mail
virtual_mailbox_maps = regexp:{d}/conf/users
virtual_minimum_uid = 50
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_recipient_restrictions = check_recipient_access regexp:{d}/conf/access, permit_auth_destination, reject
smtpd_relay_restrictions = permit_auth_destination, reject
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_cert_file = {d}/server.pem
smtpd_tls_key_file = {d}/server.key
smtpd_client_connection_count_limit = 0
disable_dns_lookups = yes
default_transport = error:no way out
in_flow_delay = 0
smtputf8_enable = yes
"""

USERS = """\
/^(ok|hub|bounce.*|p.*|иван)@example\\.test$/ box/
/^p.*@imap\\.test$/ box/
/^ok@xn--e1afmkfd\\.xn--90ae$/ box/
"""
ACCESS = """\
/^bad@example\\.test$/ 550 5.1.1 no such user
/^grey@example\\.test$/ 451 4.7.1 try later
/^full@example\\.test$/ 452 4.2.2 mailbox full
"""


def run(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more).stdout


def make_certificates(d):
    """A test CA and a server certificate, for a day."""
    ext = d / "ext"
    ext.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run("openssl", "req", "-x509", *key, "-keyout", d / "ca.key", "-out", d / "ca.pem", "-days", "1",
        "-subj", "/CN=Vestitel test CA")
    run("openssl", "req", *key, "-keyout", d / "server.key", "-out", d / "server.csr", "-subj", "/CN=localhost")
    run("openssl", "x509", "-req", "-in", d / "server.csr", "-CA", d / "ca.pem", "-CAkey", d / "ca.key",
        "-CAcreateserial", "-out", d / "server.pem", "-days", "1", "-extfile", ext)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_master(conf, port):
    proto = pathlib.Path(run("postconf", "-dh", "config_directory").strip()) / "master.cf.proto"
    text = re.sub(r"(?m)^smtp  *inet .*$", f"127.0.0.1:{port} inet n - n - - smtpd", proto.read_text())
    text = re.sub(r"(?m)^(\S+\s+\S+\s+\S+\s+\S+\s+)y", r"\1n", text)  # no chroot: the folder has no copies of /etc
    (conf / "master.cf").write_text(text)


def start(d, lmtp_port=None):
    for name in ("conf", "queue", "data", "mail"):
        (d / name).mkdir(parents=True)
    os.chmod(d, 0o755)
    user = pwd.getpwnam("postfix")
    for name in ("data", "mail"):
        os.chown(d / name, user.pw_uid, user.pw_gid)
    make_certificates(d)
    conf = d / "conf"
    (conf / "main.cf").write_text(MAIN_CF.format(d=d, uid=user.pw_uid, gid=user.pw_gid))
    if lmtp_port is not None:
        with (conf / "main.cf").open("a") as file:
            file.write(f"transport_maps = inline:{{imap.test=lmtp:inet:127.0.0.1:{lmtp_port}}}\n")
    (conf / "users").write_text(USERS)
    (conf / "access").write_text(ACCESS)
    for attempt in range(5):  # another process may take the port in between
        port = free_port()
        write_master(conf, port)
        run("postfix", "-c", conf, "check")
        try:
            run("postfix", "-c", conf, "start")
            wait_for_greeting(port)
            break
        except (subprocess.CalledProcessError, OSError):
            subprocess.run(["postfix", "-c", conf, "stop"], check=False, capture_output=True)
            if attempt == 4:
                raise
    return {"host": "localhost", "port": port, "maildir": str(d / "mail" / "box"), "ca_file": str(d / "ca.pem"),
            "log": str(d / "mail.log")}


def wait_for_greeting(port):
    deadline = time.monotonic() + 15
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
                if s.recv(4) == b"220 ":
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise OSError("postfix does not greet")
        time.sleep(0.02)  # a process that starts gives no other sign


def stop(d):
    main_cf = d / "conf" / "main.cf"
    if not main_cf.exists() or "multi_instance_name = postfix-test\n" not in main_cf.read_text():
        return  # nothing of ours: nothing to take away
    subprocess.run(["postfix", "-c", d / "conf", "stop"], check=False, capture_output=True)
    shutil.rmtree(d, ignore_errors=True)


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("start", "stop"):
        sys.exit(__doc__)
    directory = pathlib.Path(sys.argv[2]).resolve()
    if sys.argv[1] == "start":
        try:
            print(json.dumps(start(directory, *sys.argv[3:])))
        except subprocess.CalledProcessError as e:
            sys.exit(f"{' '.join(map(str, e.cmd))}: {e.stdout}")
    else:
        stop(directory)


if __name__ == "__main__":
    main()
