#!/usr/bin/env python3
"""The built smpp sink against message centres that the project did not write, npm's smpp and Net::SMPP, and against peers
that break the protocol.

    smpp_e2e.py SINK_RUN SINK NODE MODULES PUSH_RUN RUNNERS
"""
import json
import pathlib
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from message_centre import Centre, Process

SINK_RUN, SINK, NODE, MODULES, PUSH_RUN, RUNNERS = sys.argv[1:7]
HERE = pathlib.Path(__file__).parent
TEXT = "Имате ново отчетено събитие. Вижте го след вход в приложението на НЗОК!"  # 71 characters
NUMBER = "+359888000"


def settings(port, **more):
    return {"host": "127.0.0.1", "port": port, "tls": "none", "dangerously_allow_plaintext": True, "system_id": "hub",
            "sender": "NZOK", "dead_errors": "1", **more}


def sink(settings_, batches, password="pw", **more):
    order = {"settings": settings_, "batches": batches, "secrets": {"password": password}, **more}
    done = subprocess.run([SINK_RUN, SINK], input=json.dumps(order), capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    answer = json.loads(done.stdout)
    assert answer["breaches"] == [], answer["breaches"]
    return answer


def message(suffix, body="Hello", **more):
    to = NUMBER + suffix
    return {"to": to, "idem_key": "key-" + to, "title": "", "body": body, **more}


def kinds(answer):
    return [verdict.split("(")[0].split(":")[0] for batch in answer["verdicts"] for verdict in batch]


class NpmSmpp(unittest.TestCase):
    def setUp(self):
        self.centre = Centre(NODE, MODULES)
        self.addCleanup(self.centre.close)

    def test_check_binds_and_sends_nothing(self):
        self.assertEqual(sink(settings(self.centre.port), [], check=True)["check"], "ok")
        told = self.centre.told()
        self.assertEqual(told[0], {"bind": "transceiver", "system_id": "hub", "password": "pw"})
        self.assertFalse([one for one in told if "to" in one])

    def test_71_cyrillic_letters_are_two_parts_and_one_delivered_message(self):
        self.assertEqual(len(TEXT), 71)
        answer = sink(settings(self.centre.port), [[message("001", TEXT)]], receipts=1)
        self.assertEqual(answer["verdicts"], [["accepted(1F1/2)"]])
        self.assertEqual(answer["receipts"], ["1F1/2 delivered"])
        first, second = self.centre.taken()
        self.assertEqual(first["text"] + second["text"], TEXT)
        self.assertEqual((len(first["text"]), len(second["text"])), (67, 4))
        self.assertEqual((first["coding"], first["esm_class"], first["registered"]), (8, 0x40, 1))
        self.assertEqual(first["udh"][0][:2], second["udh"][0][:2])
        reference = first["reference"] & 0xFF
        self.assertEqual([one["udh"] for one in (first, second)], [[[0, 3, reference, 2, n]] for n in (1, 2)])
        self.assertEqual((first["from"], first["source_ton"], first["to"]), ("NZOK", 5, "359888000001"))

    def test_long_texts_travel_as_the_setting_says(self):
        for way, parts in (("udh16", 2), ("sar", 2), ("payload", 1)):
            with self.subTest(way=way):
                self.centre.taken()
                answer = sink(settings(self.centre.port, long_text=way), [[message("001", TEXT * 2)]], receipts=1)
                self.assertEqual(kinds(answer), ["accepted"])
                taken = self.centre.taken()
                self.assertEqual(len(taken), {"payload": 1}.get(way, 3))
                if way == "payload":
                    self.assertEqual(taken[0]["payload"], TEXT * 2)
                    continue
                self.assertEqual("".join(one["text"] for one in taken), TEXT * 2)
                if way == "sar":
                    self.assertEqual([one["sar"] for one in taken], [[1, 3], [2, 3], [3, 3]])
                else:
                    self.assertEqual([one["udh"][0][:2] for one in taken], [[8, 4]] * 3)

    def test_gsm_letters_arrive(self):
        body = "Price {5} @ 10€ [Ñ] ~é"
        sink(settings(self.centre.port), [[message("001", body)]], receipts=1)
        (taken,) = self.centre.taken()
        self.assertEqual((taken["text"], taken["coding"], taken["udh"]), (body, 0, []))

    def test_receipts_are_matched_before_the_answer_in_every_spelling_and_twice(self):
        for suffix in ("111", "222", "666"):
            with self.subTest(suffix=suffix):
                answer = sink(settings(self.centre.port), [[message(suffix)]], receipts=1)
                (verdict,) = answer["verdicts"][0]
                provider = verdict[len("accepted("):-1]
                self.assertIn(provider + " delivered", answer["receipts"])
                self.assertEqual({one for one in answer["receipts"] if one.startswith(provider + " ")},
                                 {provider + " delivered"})

    def test_what_the_centre_brings_is_always_answered(self):
        sink(settings(self.centre.port), [[message("888")]], receipts=1)
        answered = []  # a person's text, a receipt of no message that is known, and one that is
        while len(answered) < 3:
            told = json.loads(self.centre.line())
            answered += [told["receipt_answered"]] if "receipt_answered" in told else []
        self.assertEqual(answered, [0, 0, 0])

    def test_a_subscriber_that_is_not_is_dead_since_the_receipt(self):
        answer = sink(settings(self.centre.port), [[message("777")]], receipts=1)
        self.assertRegex(answer["receipts"][0], r"^1F1 contact_dead")

    def test_refusals_become_verdicts(self):
        answer = sink(settings(self.centre.port), [[message("333"), message("444"), message("001")]])
        self.assertEqual(kinds(answer), ["contact_dead", "retry", "accepted"])
        for verdict in answer["verdicts"][0]:
            self.assertNotIn("88800", verdict)

    def test_a_throttled_message_waits_and_keeps_its_place(self):
        batch = [message("000", "one " + "a" * 200), message("000", "two", idem_key="k2"), message("000", "three", idem_key="k3")]
        answer = sink(settings(self.centre.port, window=1), [batch])
        self.assertEqual(kinds(answer), ["accepted"] * 3)
        first = [one["text"][:3] for one in self.centre.taken()]
        self.assertEqual([text for i, text in enumerate(first) if i == 0 or first[i - 1] != text],
                         ["one", "aaa", "two", "thr"])

    def test_nothing_of_a_recipient_overtakes_a_part_that_has_to_wait(self):
        batch = [message("000", "one " + "a" * 200), message("000", "two", idem_key="k2"), message("001", "other")]
        answer = sink(settings(self.centre.port), [batch])
        self.assertEqual(kinds(answer), ["accepted"] * 3)
        first = [one["text"][:3] for one in self.centre.taken()]
        parts = [i for i, text in enumerate(first) if text in ("one", "aaa")]
        self.assertGreater(len(parts), 2)  # one of them came again
        self.assertGreater(first.index("two"), parts[-1])
        self.assertLess(first.index("oth"), parts[-1])  # whom it does not concern does not wait

    def test_a_wrong_password_is_tried_once(self):
        answer = sink(settings(self.centre.port, reconnect="10ms"), [[message("001")], [message("002")]], password="wrong")
        self.assertEqual(kinds(answer), ["config_error"] * 2)
        self.assertEqual(len([one for one in self.centre.told() if "bind" in one]), 1)

    def test_an_answer_lost_after_the_submit_is_unknown(self):
        answer = sink(settings(self.centre.port, reconnect="10ms"), [[message("555")], [message("001")]])
        self.assertEqual(kinds(answer)[0], "unknown")
        self.assertEqual(answer["begun"][0], [True])

    def test_a_pair_and_several_links_share_the_work(self):
        batch = [message(f"{n:02d}1", idem_key=str(n)) for n in range(1, 10)]
        answer = sink(settings(self.centre.port, bind="pair", links=2), [batch], receipts=9)
        self.assertEqual(kinds(answer), ["accepted"] * 9)
        binds = sorted(one["bind"] for one in self.centre.told() if "bind" in one)
        self.assertEqual(binds, ["receiver"] * 2 + ["transmitter"] * 2)
        self.assertEqual(len({one for one in answer["receipts"]}), 9)

    def test_no_text_or_name_reaches_another_field_or_recipient(self):
        signs = ["\r\n", "\0", "\u202e", "\u200b", "\"", "'", "&to=", "%0d%0a", "#", "\"}", "😀", "\u2028", "Ж", "a", "€"]
        rng = random.Random(3)
        batch = [message("001", "".join(rng.choice(signs) for _ in range(rng.randint(1, 12))) + "x", idem_key=str(n))
                 for n in range(100)]
        batches = [[dict(one, to=f"+3598880{rng.randint(1000, 9999)}1", idem_key=f"{b}-{n}") for n, one in enumerate(batch)]
                   for b in range(3)]
        batches.append([dict(message("001"), to=to) for to in
                        ("+359888000001\r\n", "+359888000001,+359888000002", "359888000001", "+", "", "+35988800\u06600001")])
        answer = sink(settings(self.centre.port), batches)
        verdicts = kinds(answer)
        self.assertEqual(verdicts[-6:], ["permanent"] * 6)
        wanted = [one["to"][1:] for batch in batches[:3] for one, kind in zip(batch, verdicts[batches.index(batch) * 100:])
                  if kind == "accepted"]
        taken = self.centre.taken()
        self.assertEqual(sorted(one["to"] for one in taken), sorted(wanted))
        self.assertGreater(len(taken), 100)
        for one in taken:
            self.assertEqual((one["from"], one["registered"]), ("NZOK", 1))
            self.assertNotRegex(one["text"], "[\0\r\u202e\u200b\u2028]")


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="smpp-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.certificate, cls.key = (str(pathlib.Path(cls.folder.name, name)) for name in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/CN=centre", "-addext", "subjectAltName=DNS:smsc.example.test", "-keyout", cls.key, "-out",
                        cls.certificate, "-days", "2"], check=True, capture_output=True)

    def setUp(self):
        self.centre = Centre(NODE, MODULES, self.certificate, self.key)
        self.addCleanup(self.centre.close)

    def test_a_message_goes_through_tls(self):
        answer = sink(settings(self.centre.port, tls="implicit", ca_file=self.certificate, server_name="smsc.example.test"),
                      [[message("001")]], receipts=1, check=True)
        self.assertEqual((answer["check"], kinds(answer)), ("ok", ["accepted"]))
        self.assertEqual(answer["receipts"], ["1F1 delivered"])

    def test_a_certificate_of_another_name_ends_it(self):
        answer = sink(settings(self.centre.port, tls="implicit", ca_file=self.certificate), [[message("001")]])
        self.assertEqual(kinds(answer), ["config_error"])
        self.assertFalse([one for one in self.centre.told() if "bind" in one])


class Sandboxed(unittest.TestCase):
    def test_it_binds_sends_and_hears_over_a_connection_of_the_hub(self):
        centre = Centre(NODE, MODULES)
        self.addCleanup(centre.close)
        order = {"settings": settings(centre.port), "secrets": {"password": "pw"}, "batches": [[message("001", TEXT)]],
                 "check": True, "receipts": 1}
        done = subprocess.run([PUSH_RUN, SINK, RUNNERS], input=json.dumps(order), capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["check"], answer["verdicts"][0][0]["kind"]), ("", "accepted"))
        self.assertEqual(answer["receipts"], ["1F1/2 delivered"])


class NetSmpp(unittest.TestCase):
    def test_another_implementation_reads_the_same(self):
        centre = Process("perl", HERE / "smsc.pl")
        self.addCleanup(centre.close)
        port = int(centre.line())
        answer = sink(settings(port, reference=False), [[message("001", "Зд"), message("002", TEXT)]])
        self.assertEqual(answer["verdicts"], [["accepted(N1)", "accepted(N2/2)"]])
        self.assertEqual(centre.line(), "bind hub pw")
        self.assertEqual(centre.line(), "submit 5/0/NZOK 1/1/359888000001 esm 0 coding 8 text 04170434 tlv ")
        parts = [centre.line() for _ in range(2)]
        texts = [bytes.fromhex(part.split(" text ")[1].split(" ")[0]) for part in parts]
        self.assertEqual("".join(text[6:].decode("utf-16-be") for text in texts), TEXT)
        self.assertEqual(centre.line(), "unbind")


class Breaking:
    """A peer that binds as it should, and then does what `then` says with the connection."""

    def __init__(self, then=None, greets=True):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.then, self.greets, self.open = then, greets, []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(line)
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def serve(self, line):
        try:
            if self.greets:
                _, body = self.read(line)
                line.sendall(self.pdu(body[0] | 0x80000000, body[2], b"SMSC\0"))
                self.then(self, line, self.read(line)[1])
        except OSError:
            pass

    @staticmethod
    def pdu(command, sequence, body=b"", status=0):
        return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body

    @staticmethod
    def read(line):
        head = line.recv(4, socket.MSG_WAITALL)
        if len(head) < 4:
            raise OSError("ended")
        rest = line.recv(struct.unpack(">I", head)[0] - 4, socket.MSG_WAITALL)
        return head, struct.unpack(">III", rest[:12]) + (rest[12:],)

    def close(self):
        self.listener.close()
        for line in self.open:
            line.close()


def reset(_peer, line, _submit):
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def silent(_peer, _line, _submit):
    pass


def garbage(_peer, line, _submit):
    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def torn(peer, line, submit):
    line.sendall(peer.pdu(0x80000004, submit[2], b"id-7\0")[:18])
    line.shutdown(socket.SHUT_WR)


def unbinds(peer, line, _submit):
    line.sendall(peer.pdu(0x06, 9))


def rebind(peer, line, submit):
    line.sendall(peer.pdu(0x80000004, submit[2], status=0x04))


def half(peer, line, submit):
    line.sendall(peer.pdu(0x80000004, submit[2], b"id-7\0"))
    line.sendall(peer.pdu(0x80000004, peer.read(line)[1][2], status=0x08))


class Faults(unittest.TestCase):
    def against(self, then, greets=True, batches=None, **more):
        peer = Breaking(then, greets)
        self.addCleanup(peer.close)
        return sink(settings(peer.port, **{"bind_timeout": "700ms", "answer_timeout": "500ms", **more}),
                    batches or [[message("001")]])

    def test_what_ends_behind_a_submit_is_unknown(self):
        for fault in (reset, silent, garbage, torn, unbinds):
            with self.subTest(fault=fault.__name__):
                answer = self.against(fault)
                self.assertEqual((kinds(answer), answer["begun"]), (["unknown"], [[True]]))

    def test_a_centre_that_forgot_the_bind_is_bound_again(self):
        answer = self.against(rebind)
        self.assertRegex(answer["verdicts"][0][0], r"^retry\(.*RINVBNDSTS")

    def test_what_the_centre_has_in_part_is_not_sent_again_as_if_it_had_nothing(self):
        answer = self.against(half, batches=[[message("001", TEXT)]])
        self.assertRegex(answer["verdicts"][0][0], r"^unknown: 1 of 2 parts were taken, .*RSYSERR")

    def test_what_never_bound_is_a_retry(self):
        closed = socket.create_server(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        answer = sink(settings(port), [[message("001")]])
        self.assertEqual((kinds(answer), answer["begun"]), (["retry"], [[False]]))
        answer = self.against(None, greets=False)
        self.assertEqual((kinds(answer), answer["begun"]), (["retry"], [[False]]))

    def test_a_number_stands_in_no_reason_and_no_log(self):
        for fault in (reset, silent, garbage, rebind):
            answer = self.against(fault)
            self.assertNotIn("359888", json.dumps([answer["verdicts"], answer["logs"]]))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[7:]])
