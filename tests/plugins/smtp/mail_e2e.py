#!/usr/bin/env python3
"""What becomes of the mails of the sink smtp behind a real postfix: signatures, and texts in other people's readers.

    mail_e2e.py SINK_RUN SINK NODE NODE_MODULES
"""
import base64
import email
import email.header
import email.policy
import imaplib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import dkim

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "support"))
from dovecot_server import Dovecot
from smtp_rig import SUBJECT, PostfixCase, message, settings, sink, wait_for

NODE, MODULES = sys.argv[3:5]
HERE = pathlib.Path(__file__).parent
SHORT_NAME = "НЗОК „Вестител“"
NAME = "Районна здравноосигурителна каса — Благоевград, „Вестител“"
LONG_BODY = "".join(f"{i}. Здравейте! Отчетено е ново събитие № {i}; проверете го след вход в досието си. Ѝ ѝ €\n"
                    for i in range(2000)) + ".\n..\n\n\tкрай без нов ред"
ON_THE_WIRE = LONG_BODY.replace("\n", "\r\n") + "\r\n"


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


class Keys:
    """Two keys as a secret holds them (PKCS#8), and the records of their public halves."""

    def __init__(self, folder):
        self.secrets, self.records = {}, {}
        for name, kind, how in (("rsa", "RSA", ["-pkeyopt", "rsa_keygen_bits:2048"]), ("ed25519", "ED25519", [])):
            file = f"{folder}/{name}.pem"
            openssl("genpkey", "-algorithm", kind, *how, "-out", file)
            self.secrets[f"dkim_{name}_key"] = pathlib.Path(file).read_text(encoding="ascii")
            public = openssl("pkey", "-in", file, "-pubout", "-outform", "DER")
            public = base64.b64encode(public[-32:] if name == "ed25519" else public).decode()
            self.records[f"{name}1._domainkey.example.test"] = f"v=DKIM1; k={name}; p={public}"
        self.settings = {"dkim_rsa_selector": "rsa1", "dkim_ed25519_selector": "ed255191"}


def by_dkimpy(raw, records):
    """Whether each signature of the mail holds, by python3-dkim."""
    def record(name, timeout=5):
        return records.get(name.decode().rstrip("."), "").encode()

    def holds(number):
        try:
            return dkim.DKIM(raw).verify(idx=number, dnsfunc=record)
        except dkim.DKIMException:
            return False

    return [holds(number) for number in range(raw.lower().count(b"dkim-signature:"))]


def node(*arguments, stdin):
    done = subprocess.run([NODE, HERE / "mail_peers.cjs", MODULES, *arguments], input=stdin, capture_output=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return json.loads(done.stdout)


def by_mailauth(raw, records):
    order = json.dumps({"mail": base64.b64encode(raw).decode(), "keys": records}).encode()
    return node("dkim", stdin=order)


def as_sent(raw):
    """With the line ends of the wire: a Maildir has others."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


GOOD = [["rsa-sha256", "pass"], ["ed25519-sha256", "pass"]]


class Arrives(PostfixCase):
    @classmethod
    def setUpClass(cls):
        cls.dovecot = Dovecot()
        cls.addClassCleanup(cls.dovecot.close)
        cls.lmtp_port = [cls.dovecot.lmtp_port]
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="vestitel-dkim-")
        cls.addClassCleanup(folder.cleanup)
        cls.keys = Keys(folder.name)

    def signed(self, **more):
        return self.tls(**self.keys.settings, **more)

    def send(self, recipient, send_settings, secrets=None, **more):
        answer = sink(send_settings, [[message(recipient, **more)]], self.keys.secrets if secrets is None else secrets)
        self.assertRegex((answer["verdicts"] or [[answer["error"]]])[0][0], r"^accepted\(")

    def send_one(self, recipient, send_settings, secrets=None, **more):
        self.send(recipient, send_settings, secrets, **more)
        wait_for(lambda: self.arrived_raw(recipient), "the mail")
        (raw,) = self.arrived_raw(recipient)
        return as_sent(raw)

    def test_both_signatures_hold_behind_postfix_and_no_change_does(self):
        ways = {"unsubscribe_url": "https://u.example.test/end/{id}", "unsubscribe_mailto": "end+{id}@example.test"}
        raw = self.send_one("p-signed@example.test", self.signed(reply_to="help@example.test", **ways),
                            body_html="<p>а</p>")
        self.assertEqual(by_dkimpy(raw, self.keys.records), [True, True])
        self.assertEqual(by_mailauth(raw, self.keys.records), GOOD)
        for field in re.findall(rb"DKIM-Signature:(?:[^\r\n]|\r\n[ \t])*", raw):
            names = re.sub(rb"\s", b"", re.search(rb"\sh=([^;]*);", field)[1]).split(b":")
            for name in (b"from", b"subject", b"date", b"to", b"message-id"):
                self.assertEqual(names.count(name), 2, name)
            for name in (b"list-unsubscribe", b"list-unsubscribe-post"):
                self.assertEqual(names.count(name), 1, name)
            self.assertNotRegex(field, rb"[; ]l=")
            self.assertRegex(field, rb"\st=\d+; x=\d+;")
        at = raw.index(b"\r\n\r\n") + 200
        other = b"A" if raw[at:at + 1] != b"A" else b"B"
        changes = {"a byte of the body": raw[:at] + other + raw[at + 1:],
                   "something behind the body": raw + b"more\r\n",
                   "the link": raw.replace(b"u.example.test", b"v.example.test"),
                   "one click": raw.replace(b"List-Unsubscribe-Post: List-U", b"List-Unsubscribe-Post: list-U"),
                   "no link": re.sub(rb"List-Unsubscribe: (?:[^\r\n]|\r\n[ \t])*\r\n", b"", raw),
                   "the date": raw.replace(b"Date: ", b"Date:  X")}
        for name in ("From", "Subject", "To", "Date", "Message-ID", "Reply-To"):
            changes["a second " + name] = name.encode() + b": x@evil.test\r\n" + raw
        for what, changed in changes.items():
            self.assertNotEqual(changed, raw, what)
            self.assertEqual(by_dkimpy(changed, self.keys.records), [False, False], what)
        self.assertNotIn("pass", [result for _, result in by_mailauth(changes["a byte of the body"], self.keys.records)])

    def test_one_key_makes_one_signature_and_no_key_none(self):
        for name in ("rsa", "ed25519"):
            selector, secret = f"dkim_{name}_selector", f"dkim_{name}_key"
            one = self.tls(**{selector: self.keys.settings[selector], "dkim_domain": "Example.test",
                              "from": "no-reply@mail.example.test"})
            raw = self.send_one(f"p-{name}@example.test", one, {secret: self.keys.secrets[secret]})
            self.assertEqual(by_dkimpy(raw, self.keys.records), [True], name)
        self.assertNotIn(b"DKIM", self.send_one("p-unsigned@example.test", self.tls(), {}))

    def test_letters_arrive_byte_for_byte_in_three_readers(self):
        for name, recipient in ((SHORT_NAME, "p-short@example.test"), (NAME, "p-long@example.test")):
            raw = self.send_one(recipient, self.signed(from_name=name), body=LONG_BODY)
            mail = email.message_from_bytes(raw, policy=email.policy.default)
            self.assertEqual((mail["Subject"], mail.get_payload(decode=True)), (SUBJECT, ON_THE_WIRE.encode()))
            if name == SHORT_NAME:
                self.assertEqual(mail["From"].addresses[0].display_name, name)
            else:  # this class of Python 3.11 puts a blank between two encoded words of a name; its older one does not
                first, second = dict(mail.raw_items())["From"].split("<")
                self.assertEqual(str(email.header.make_header(email.header.decode_header(first))).strip(), name)
                self.assertEqual(second, "no-reply@example.test>")
            done = subprocess.run(["perl", HERE / "mail_reader.pl"], input=raw, capture_output=True, check=True, timeout=60)
            perl = json.loads(done.stdout)
            self.assertEqual((perl["subject"], perl["name"]), (SUBJECT, name))
            self.assertEqual(base64.b64decode(perl["text"]), ON_THE_WIRE.encode())
            postal = node("parse", stdin=raw)
            self.assertEqual((postal["subject"], postal["name"]), (SUBJECT, name))
            self.assertEqual(postal["text"], ON_THE_WIRE)

    def test_letters_read_back_over_imap_byte_for_byte(self):
        self.send("p-imap@imap.test", self.signed(from_name=NAME), body=LONG_BODY)
        imap = imaplib.IMAP4("127.0.0.1", self.dovecot.imap_port)
        imap.login("p-imap@imap.test", self.dovecot.password)
        wait_for(lambda: imap.select("INBOX")[1] == [b"1"], "the mail in the mailbox")
        raw = imap.fetch("1", "(BODY.PEEK[])")[1][0][1]
        self.assertEqual(by_dkimpy(raw, self.keys.records), [True, True])
        self.assertEqual(by_mailauth(raw, self.keys.records), GOOD)
        # The server's own reading: it takes the envelope apart and undoes the base64.
        self.assertEqual(imap.fetch("1", "(BINARY.PEEK[1])")[1][0][1], ON_THE_WIRE.encode())
        envelope = b"".join(part if isinstance(part, bytes) else b"".join(part)
                            for part in imap.fetch("1", "(ENVELOPE)")[1]).decode()
        words = re.findall(r"(?:=\?UTF-8\?B\?[^?]*\?=\s*)+", envelope)
        read = ["".join(base64.b64decode(text).decode() for text in re.findall(r"\?B\?([^?]*)\?", w)) for w in words]
        self.assertEqual(read[:2], [SUBJECT, NAME])
        imap.logout()

    def test_an_address_of_other_letters(self):
        raw = self.send_one("иван@example.test", self.signed())
        self.assertIn(b"\r\nTo: " + "иван@example.test".encode() + b"\r\n", raw)
        self.assertIn(b"with UTF8SMTPS", raw)  # RFC 6531, 3.7.3: postfix took it as such
        self.assertEqual(by_dkimpy(raw, self.keys.records), [True, True])

    def test_a_domain_of_other_letters_needs_no_smtputf8(self):
        self.send("ok@пример.бг", self.signed())
        wait_for(lambda: self.arrived_raw("ok@xn--e1afmkfd.xn--90ae"), "the mail")
        (raw,) = self.arrived_raw("ok@xn--e1afmkfd.xn--90ae")
        self.assertIn(b"with ESMTPS", raw)
        self.assertEqual(by_dkimpy(as_sent(raw), self.keys.records), [True, True])


class Settings(unittest.TestCase):
    def test_keys_and_domains_are_checked_before_anything_is_sent(self):
        with tempfile.TemporaryDirectory(prefix="vestitel-dkim-") as folder:
            keys = Keys(folder)
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1016", "-out", folder + "/small.pem")
            small = pathlib.Path(folder, "small.pem").read_text(encoding="ascii")
            rsa, edwards = keys.secrets["dkim_rsa_key"], keys.secrets["dkim_ed25519_key"]
            public = openssl("pkey", "-in", folder + "/rsa.pem", "-pubout").decode()
            openssl("pkey", "-in", folder + "/rsa.pem", "-aes128", "-passout", "pass:x", "-out", folder + "/locked.pem")
            locked = pathlib.Path(folder, "locked.pem").read_text(encoding="ascii")
        r, e = {"dkim_rsa_selector": "a"}, {"dkim_ed25519_selector": "b"}
        for more, secrets, field in (
                (r, {}, "/dkim_rsa_key"), ({}, {"dkim_rsa_key": rsa}, "/dkim_rsa_selector"),
                (e, {}, "/dkim_ed25519_key"), ({}, {"dkim_ed25519_key": edwards}, "/dkim_ed25519_selector"),
                *((r, {"dkim_rsa_key": bad}, "/dkim_rsa_key")
                  for bad in ("no key", "", small, edwards, public, locked, rsa[:-200])),
                (e, {"dkim_ed25519_key": rsa}, "/dkim_ed25519_key"),
                (e, {"dkim_ed25519_key": "\0"}, "/dkim_ed25519_key"),
                *(({"dkim_domain": bad}, {}, "/dkim_domain")
                  for bad in ("other.test", "test", "ample.test", "mail.example.test", "a b", "example.test;")),
                *(({"dkim_rsa_selector": bad}, {}, "/dkim_rsa_selector") for bad in ("a b", "a;b", "ж", "a.")),
                ({"dkim_rsa_selector": "s", "dkim_ed25519_selector": "S"}, {}, "/dkim_ed25519_selector"),
                ({"unsubscribe_url": "https://a.test/"}, {}, "/unsubscribe_url"),
                ({"unsubscribe_mailto": "x"}, {}, "/unsubscribe_mailto"),
                ({"domain_rate": "5"}, {}, "/domain_rate"),
                ({"tls": "none", "dangerously_allow_plaintext": True, "tls_onward": True}, {}, "/tls_onward")):
            answer = sink(settings(25, **more), [], secrets)
            self.assertEqual(answer["field"], field, (more, list(secrets)))
            for secret in secrets.values():
                self.assertTrue(not secret or secret not in json.dumps(answer))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=1)
