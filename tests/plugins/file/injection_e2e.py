#!/usr/bin/env python3
"""10,000 made-up names, addresses, texts and events through the built sink `file`, in each of its forms: what is delivered reads
back as one message to one recipient by parsers of others (Python's json and email), what is refused leaves nothing, and the
same again after a restart writes nothing more.

    injection_e2e.py SINK_RUN SINK
"""
import email
import email.policy
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

SINK_RUN, SINK = sys.argv[1:3]
MANY, BATCH = 10_000, 1_000

# Line breaks and ends in every form, headers, addresses, JSON, CSV, HTML, URLs and paths.
HOSTILE = ["\r\n", "\n", "\r", "\0", "\u2028", "\x85", "\r\n ", "\r\n\r\n", "\n.\n", "\nFrom x@y.test Mon Jan  1 00:00:00 2024\n",
           "\r\nBcc: x@y.test", "\nTo: x@y.test", "\r\nX-Vestitel-Digest: 0\r\n", "<", ">", '"', "\\", "\\\"", ",", ";", ":", "(c)",
           "=?utf-8?Q?=0A?=", "a@b.test", "@", "\u202e", "\u200b", "иван", "пример.бг", "😀", "x" * 1000, "%0d%0a", "\ufeff",
           '","to":"x@y.test', '"}\n{"idem_key":"k', '"}', "\\u000a", "\\", "\x1b[2J", "\x7f", "=cmd|' /C calc'!A0", "\t", "+1;-1",
           "<script>alert(1)</script>", "--", "\n--=_vestitel", "https://x.test/?a=b&c=d#e", "../../etc/passwd", "/", "a" * 300]
EVENTS = ['{"id":"%s"}', '"%s"', '[1,"%s"]', "%s", '{"a":1}%s', '{"%s":null}']
HEADERS = ["X-Vestitel-Digest", "Date", "Message-ID", "From", "Auto-Submitted", "MIME-Version", "To", "Subject", "Content-Type"]
OPTIONAL = {"Content-Language", "Content-Transfer-Encoding"}


def no_constant(word):
    raise ValueError(word)


def is_json(text):
    try:
        json.loads(text, parse_constant=no_constant)
        return True
    except ValueError:
        return False


class Injection(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vestitel-file-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.out = self.root / "out"
        self.random = random.Random(15_09)

    def hostile(self, base, times=(0, 0, 0, 1, 1, 2, 3)):
        for _ in range(self.random.choice(times)):
            at = self.random.randint(0, len(base))
            base = base[:at] + self.random.choice(HOSTILE) + base[at:]
        return base

    def people(self, key):
        for n in range(MANY):
            event = self.random.choice(EVENTS).replace("%s", self.hostile("x"))
            yield {"to": self.hostile(f"p{n}@b.test", (0, 0, 1)), "title": self.hostile("Ново събитие"), "body": self.hostile("Здравейте"),
                   "body_html": self.hostile("<p>Здравейте</p>") if n % 3 == 0 else "", "locale": self.hostile("bg", (0, 0, 0, 1)),
                   "data_json": event, "idem_key": key(n)}

    def sink(self, people, **more):
        batches = [people[i:i + BATCH] for i in range(0, len(people), BATCH)]
        order = {"settings": {"directory": str(self.out), **more}, "batches": batches}
        done = subprocess.run([SINK_RUN, SINK], input=json.dumps(order), capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["error"], answer["breaches"]), ("", []))
        return [verdict.split(":")[0] for batch in answer["verdicts"] for verdict in batch]

    def written(self):
        """Every file below, as it is. Nothing lies beside the directory."""
        self.assertEqual(list(self.root.iterdir()), [self.out])
        return {str(path.relative_to(self.out)): path.read_bytes() for path in self.out.rglob("*") if path.is_file()}

    def test_each_line_is_one_message_and_says_what_was_given(self):
        # A key is the hub's own word; that it may be any text is what makes repeats of any message known.
        people = list(self.people(lambda n: self.hostile(f"k{n}-")))
        verdicts = self.sink(people, format="jsonl", rotate="never")
        for one, verdict in zip(people, verdicts):
            self.assertEqual(verdict, "delivered" if is_json(one["data_json"]) else "permanent", ascii(one))
        taken = [one for one, verdict in zip(people, verdicts) if verdict == "delivered"]
        print(f"jsonl: {len(taken)} of {MANY} written", file=sys.stderr)
        self.assertGreater(len(taken), MANY // 4)
        self.assertGreater(MANY - len(taken), MANY // 10)
        files = self.written()
        self.assertEqual(list(files), ["messages.jsonl"])
        *lines, rest = files["messages.jsonl"].split(b"\n")
        self.assertEqual((len(lines), rest), (len(taken), b""))
        for line, one in zip(lines, taken):
            names = ["idem_key", "to", "locale", "title", "body"] + (["body_html"] if one["body_html"] else [])
            expected = [(name, one[name]) for name in names]
            expected.append(("event", json.loads(one["data_json"], object_pairs_hook=list)))
            self.assertEqual(json.loads(line.decode("utf-8"), object_pairs_hook=list), expected)
            self.assertNotIn(b"\r", line)
        self.assertEqual(self.sink(people, format="jsonl", rotate="never"), verdicts)
        self.assertEqual(self.written(), files)

    def test_each_mail_has_one_recipient_and_the_headers_that_it_should_have(self):
        people = list(self.people(lambda n: f"k{n}"))
        verdicts = self.sink(people, format="maildir")
        taken = {one["to"]: one for one, verdict in zip(people, verdicts) if verdict == "delivered"}
        print(f"maildir: {len(taken)} of {MANY} written", file=sys.stderr)
        self.assertEqual(set(verdicts), {"delivered", "permanent"})
        self.assertEqual(len(taken), verdicts.count("delivered"))
        self.assertGreater(len(taken), MANY // 4)
        self.assertGreater(MANY - len(taken), MANY // 10)
        files = self.written()
        self.assertEqual(len(files), len(taken))
        by_wire = {self.on_the_wire(to): one for to, one in taken.items()}
        for name, content in files.items():
            self.assertRegex(name, r"^new/vestitel\.[0-9a-f]{32}$")
            self.assertNotIn(b"\r", content)
            mail = email.message_from_bytes(content, policy=email.policy.default)
            self.assertEqual([header for header in mail.keys() if header not in OPTIONAL], HEADERS)
            self.assertEqual(len(set(mail.keys())), len(mail.keys()))
            self.check(mail, by_wire.pop(dict(mail.raw_items())["To"].encode("utf-8", "surrogateescape").decode()))
        self.assertEqual(by_wire, {})
        self.assertEqual(self.sink(people, format="maildir"), verdicts)
        self.assertEqual(self.written(), files)

    def check(self, mail, one):
        self.assertEqual(mail.defects, [])
        self.assertEqual(mail["Subject"], re.sub("[\u200b\u202e\ufeff]", "", one["title"]))
        texts = [part for part in mail.walk() if not part.is_multipart()]
        self.assertEqual([part.get_content_type() for part in texts], ["text/plain"] + (["text/html"] if one["body_html"] else []))
        for part, given in zip(texts, (one["body"], one["body_html"])):
            wanted = re.sub("\r\n|\r|\n", "\n", given).rstrip("\n")
            self.assertEqual(part.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n").rstrip("\n"), wanted)

    @staticmethod
    def on_the_wire(address):
        local, domain = address.rsplit("@", 1)
        return local + "@" + (domain if domain.isascii() else domain.encode("idna").decode())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
