#!/usr/bin/env python3
"""What partners send by mistake and attackers on purpose, through the drop folder and by import."""
import os
import resource
import time
import unittest

from hub import Hub, wait_until
from reports import egn, report, sheet, wrong_egn

GOOD = report(sheet(1, 1))
DOCTYPE = GOOD.replace(b"<Practice>", b'<!DOCTYPE Practice [<!ENTITY a "b">]>\n<Practice>', 1)
DEEP = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Practice>" + b"<a>" * 100_000
WRONG_ENCODING = report(sheet(1, 1), encoding="windows-1251").replace(b"windows-1251", b"utf-8")

# name, bytes, what the reason says
REJECTED = [
    ("truncated.xml", GOOD[:len(GOOD) // 2], "cut off"),
    ("wrong-encoding.xml", WRONG_ENCODING, "not UTF-8"),
    ("doctype.xml", DOCTYPE, "DOCTYPE"),
    ("deep.xml", DEEP, "64"),
    ("empty.xml", b"", "empty"),
    ("no-xml.xml", b"PK\x03\x04 not a report at all", ""),
]
# sheet, element, what the reason says, what stands on the line that is named
QUARANTINED = [
    (sheet(2, wrong_egn(2)), "EGN", "check digit", "<EGN>"),
    (sheet(3, 3, date="2026-02-31"), "dataAl", "not a day", "<dataAl>"),
    (sheet(4, 4, date="2099-01-05"), "dataAl", "future", "<dataAl>"),
    (sheet(5, ""), "Patient", "names nobody", "<EGN>"),
]
MEMORY = 250 << 20
PROCESSOR = 30  # seconds; nearly all of it is the digest of the gigabyte


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hub = Hub()
        cls.addClassCleanup(cls.hub.close)
        cls.hub.subscribe([(egn(1), "p1@example.test")])
        cls.hub.start()

    @classmethod
    def tearDownClass(cls):
        wrong = [egn(i) for i in range(1, 5)] + [wrong_egn(2)]
        assert cls.hub.settled()["balanced"]
        assert cls.hub.stop() == 0
        assert cls.hub.leaks(wrong) == [], cls.hub.leaks(wrong)

    def test_broken_documents_are_rejected_whole_with_a_reason(self):
        for name, content, _ in REJECTED:
            self.hub.put(name, content)
        for name, _, reason in REJECTED:
            with self.subTest(name=name):
                receipt = self.hub.receipt(name, "rejected")
                self.assertEqual(receipt["state"], "rejected")
                self.assertIn(reason, receipt["reason"])
                text = (self.hub.drop / "rejected" / (name + ".receipt.txt")).read_text()
                self.assertIn(receipt["reason"].removeprefix("document: "), text)
                bulgarian = text.split("\n----\n")[0]
                self.assertRegex(bulgarian, "Причина: .*[а-я]")
                self.assertNotIn(receipt["reason"].removeprefix("document: "), bulgarian)
                if name in ("truncated.xml", "doctype.xml", "deep.xml"):
                    self.assertGreater(receipt["place"]["line"], 0)
                    self.assertIn(f"ред/line {receipt['place']['line']}", text)
                self.assertIn("ОТХВЪРЛЕН", text)

    def test_import_says_the_same_at_once(self):
        for name, content, reason in REJECTED:
            document = self.hub.root / ("import-" + name)
            document.write_bytes(content.replace(b"2203999001", b"2203999009"))
            answer = self.hub.call("import", document, "--source", "amb")
            with self.subTest(name=name):
                self.assertEqual(answer.exit, 1, answer)
                self.assertIn(reason, answer.out + answer.err)

    def test_bad_records_are_set_aside_and_the_others_go_on(self):
        content = report(sheet(10, 1), *(one for one, *_ in QUARANTINED), sheet(11, 1, day=6), practice="2203999003")
        self.hub.put("bad-records.xml", content)
        receipt = self.hub.receipt("bad-records.xml")
        self.assertEqual((receipt["counts"]["accepted"], receipt["counts"]["quarantined"]), (2, len(QUARANTINED)))
        lines = content.decode().splitlines()
        for found, (_, element, reason, place) in zip(receipt["quarantined"], QUARANTINED):
            self.assertEqual(found["element"], element)
            self.assertIn(reason, found["reason"])
            self.assertIn(place, lines[found["line"] - 1])

    def test_unknown_elements_are_read_past(self):
        extra = "<Нещо><Друго a='b'>x</Друго></Нещо>"
        self.hub.put("unknown.xml", report(sheet(1, 1, extra=extra), practice="2203999004", extra="<New>1</New>"))
        self.assertEqual(self.hub.receipt("unknown.xml")["counts"]["accepted"], 1)

    def test_what_is_no_file_of_its_own_is_left_alone(self):
        self.hub.drop.mkdir(exist_ok=True)
        outside = self.hub.root / "outside.xml"
        outside.write_bytes(GOOD)
        (self.hub.drop / "link.xml").symlink_to(outside)
        (self.hub.drop / "folder.xml").mkdir()
        os.link(outside, self.hub.drop / "hard.xml")
        os.mkfifo(self.hub.drop / "pipe.xml")
        for name in ("link.xml", "folder.xml", "hard.xml", "pipe.xml"):
            wait_until(lambda: name in self.hub.log_text(), f"the log names {name}")
        self.hub.put("after.xml", report(sheet(1, 1), practice="2203999005"))
        self.hub.receipt("after.xml")
        for name in ("link.xml", "folder.xml", "hard.xml", "pipe.xml"):
            self.assertTrue(os.path.lexists(self.hub.drop / name))
        self.assertEqual(outside.read_bytes(), GOOD)
        answer = self.hub.import_(self.hub.drop / "folder.xml")
        self.assertEqual(answer.exit, 1, answer)

    def test_a_file_that_grows_is_read_when_it_has_stopped(self):
        content = report(*(sheet(i, 1, day=1 + i % 28) for i in range(40)), practice="2203999006")
        self.hub.drop.mkdir(exist_ok=True)
        growing = self.hub.drop / "growing.xml"
        with growing.open("wb", buffering=0) as file:
            for at in range(0, len(content), len(content) // 20):
                file.write(content[at:at + len(content) // 20])
                self.assertTrue(growing.exists(), "it was taken before it was whole")
                time.sleep(0.05)  # the partner's own pace
        self.assertEqual(self.hub.receipt("growing.xml")["counts"]["accepted"], 40)


class Huge(unittest.TestCase):
    def test_a_gigabyte_in_one_element_is_refused_early_and_in_little_memory(self):
        hub = Hub()
        self.addCleanup(hub.close)
        document = hub.root / "huge.xml"
        head = GOOD[:GOOD.index(b"<imeMD>") + len(b"<imeMD>")]
        with document.open("wb") as file:
            file.write(head)
            chunk = b"x" * (1 << 20)
            for _ in range(2):  # beyond the reader's limit of 1 MB; what follows is a hole, a GB of zero bytes
                file.write(chunk)
            file.truncate(1 << 30)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        answer = hub.import_(document)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertEqual(answer.exit, 1, answer)
        self.assertIn("more than 1 MB of text", answer.rows[0]["reason"])
        self.assertGreater(answer.rows[0]["place"]["line"], 0)
        self.assertLess(after.ru_maxrss * 1024, MEMORY)  # of the largest child so far
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.assertLess(used, PROCESSOR, "it was read to its end, not cut off")
        self.assertTrue(hub.look("store", "check")[0]["balanced"])
        self.assertEqual(hub.look("status")[0]["events"], 0)


if __name__ == "__main__":
    unittest.main()
