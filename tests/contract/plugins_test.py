#!/usr/bin/env python3
"""Each built plugin of the project passes the conformance kit, and what is not asked of it is known by number.

    plugins_test.py TOOL PLUGINS HELLO EXAMPLES
"""
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(__file__))
from kit import run, told, trouble

TOOL, PLUGINS, HELLO, EXAMPLES = sys.argv[1:5]
SAMPLES = Path(__file__).parent / "samples"
SOURCE = Path(__file__).resolve().parents[2]

# What is asked of packages, of a previous release, of projects and of declared figures.
NOT_HERE = {9, 10, 30, 59, 60, 64}
FEEDS, ASKED = {46, 47, 48}, set(range(67, 72))
SINKS = set(range(51, 59)) | ASKED
READER = NOT_HERE | FEEDS | SINKS | {35, 39}
SOURCES = set(range(40, 51)) | {64, 65, 66}
# What is about ELF, the structs of the ABI and a process that is shared does not apply to a program.
PROGRAM = set(range(1, 9)) | {17, 20, 21, 22, 25, 26, 27, 34, 38, 50, 61}


def samples_of(source, folder="samples"):
    """The samples that lie beside a source, with their golden files; but for records that come again in one document: the
    kit asks of its samples that keys are unique."""
    return [path.relative_to(SOURCE) for path in (SOURCE / "plugins/sources" / source / folder).iterdir()
            if path.stem != "repeats"]


# name: (library, samples from elsewhere, numbers that are skipped). The numbers may only become fewer.
CASES = {
    "hello": (HELLO, [], NOT_HERE | FEEDS | SINKS | {32, 35, 39}),
    "nzok-amblist": (f"{PLUGINS}/nzok-amblist.so",
                     [*samples_of("nzok_amblist"), "tests/data/demo/3-several-doctors.xml",
                      "tests/data/demo/5-bad-records.xml"],
                     NOT_HERE | FEEDS | SINKS | {35, 39}),
    "nzok-clpr": (f"{PLUGINS}/nzok-clpr.so", samples_of("nzok_clpr"), READER | {32}),
    "nzok-labs": (f"{PLUGINS}/nzok-labs.so", samples_of("nzok_labs"), READER | {32}),
    "regix-nhif": (f"{PLUGINS}/regix-nhif.so", samples_of("regix_nhif"), READER - {39}),
    "nzok-cpfile": (f"{PLUGINS}/nzok-cpfile.so", samples_of("nzok_cpfile"), READER | {32}),
    "nzok-dental": (f"{PLUGINS}/nzok-dental.so", samples_of("nzok_dental"), READER),
    # Once loaded they stay: what checks signatures is begun once for a process (docs/adr/0009).
    "nhis": (f"{PLUGINS}/nhis.so", samples_of("nhis"), READER | {22}),
    "nhis-feed": (f"{PLUGINS}/nhis-feed.so", samples_of("nhis", "feed-samples"),
                  NOT_HERE | set(range(40, 46)) | SINKS | {22}),
    "nap-nhifstatus5": (f"{PLUGINS}/nap-nhifstatus5.so",
                        ["plugins/sources/nap_nhifstatus5/samples/statuses.xml",
                         "plugins/sources/nap_nhifstatus5/samples/statuses.events",
                         "plugins/sources/nap_nhifstatus5/samples/corners.xml",
                         "plugins/sources/nap_nhifstatus5/samples/corners.events",
                         "plugins/sources/nap_nhifstatus5/samples/bad-records.xml",
                         "plugins/sources/nap_nhifstatus5/samples/bad-records.events"], READER | {32}),
    # Nobody subscribes in the kit, so that its cursor stands still there: tests/plugins/nap has it.
    "nap-nhifstatus5-feed": (f"{PLUGINS}/nap-nhifstatus5-feed.so", [],
                             NOT_HERE | FEEDS | set(range(40, 46)) | SINKS | {35, 65}),
    "csv-mapping": (f"{PLUGINS}/csv-mapping.so",
                    ["plugins/sources/csv_mapping/samples/lab.csv", "plugins/sources/csv_mapping/samples/lab.events"],
                    NOT_HERE | FEEDS | SINKS | {35, 39}),
    "nzok-pl": (f"{PLUGINS}/nzok-pl.so", samples_of("nzok_pl"), NOT_HERE | FEEDS | SINKS | {35, 39}),
    "wards": (f"{PLUGINS}/wards.so", samples_of("wards"), READER | {32}),
    "gp-contracts": (f"{PLUGINS}/gp-contracts.so", samples_of("gp_contracts"), READER | {32}),
    "pis-contacts": (f"{PLUGINS}/pis-contacts.so", samples_of("pis_contacts"), READER | {32}),
    "pis-contacts-feed": (f"{PLUGINS}/pis-contacts-feed.so", samples_of("pis_contacts", "feed-samples"),
                          NOT_HERE | set(range(40, 46)) | SINKS),
    "file": (f"{PLUGINS}/file.so", [], NOT_HERE | SOURCES | {39, 53, 54, 58, 71}),
    "hello-c": (f"{EXAMPLES}/hello-c.so", ["sdk/examples/c/samples/first.csv", "sdk/examples/c/samples/first.events"],
                NOT_HERE | FEEDS | SINKS | {32, 35, 39}),
    "hello-python": (f"{EXAMPLES}/hello-python.pyz", [], NOT_HERE | PROGRAM | FEEDS | SINKS | {32, 35, 39}),
    "hello-python-feed": (f"{EXAMPLES}/hello-python-feed.pyz", [],
                          NOT_HERE | PROGRAM | set(range(40, 46)) | SINKS | {35}),
    "hello-python-sink": (f"{EXAMPLES}/hello-python-sink.pyz", [],
                          NOT_HERE | PROGRAM | SOURCES | {29, 32, 35, 39, 52, 53, 54, 56, 58, 71}),
    # Once loaded it stays, as GMime does, which reads what comes back.
    "smtp": (f"{PLUGINS}/smtp.so", [], NOT_HERE | SOURCES | ASKED | {22, 52, 58}),
    "apns": (f"{PLUGINS}/apns.so", [], NOT_HERE | SOURCES | ASKED | {52, 58}),
    # How it came by its token is recorded, and counts as a sample.
    "fcm": (f"{PLUGINS}/fcm.so", [], NOT_HERE | (SOURCES - {66}) | ASKED | {52, 58}),
    # The kit plays no message centre: tests/plugins/smpp has several.
    "smpp": (f"{PLUGINS}/smpp.so", [], NOT_HERE | SOURCES | ASKED | {35, 52, 53, 54, 56, 58}),
    # What it posts holds no text of a message, so that the stub cannot count how often one took effect.
    "webhook": (f"{PLUGINS}/webhook.so", [], NOT_HERE | SOURCES | ASKED | {52, 58}),
    "webpush": (f"{PLUGINS}/webpush.so", [], NOT_HERE | SOURCES | ASKED | {52, 58}),
    "sms-http": (f"{PLUGINS}/sms-http.so", [], NOT_HERE | SOURCES | {52, 58}),
}


class Plugins(unittest.TestCase):
    def test_each_passes_the_kit(self):
        for name, (library, elsewhere, skipped) in CASES.items():
            with self.subTest(name=name), tempfile.TemporaryDirectory(prefix="kit-") as folder:
                beside = (SAMPLES / name).iterdir() if (SAMPLES / name).exists() else []
                for path in [*beside, *(SOURCE / one for one in elsewhere)]:
                    shutil.copy(path, folder)
                code, results, _ = run(TOOL, library, "--samples", folder)
                self.assertEqual(trouble(results), {}, told(trouble(results)))
                self.assertEqual(code, 0)
                quiet = {number for number, result in results.items() if result["outcome"] == "skipped"}
                self.assertEqual(quiet, skipped)


class Reports(unittest.TestCase):
    def test_a_report_is_bound_to_the_bytes_that_were_checked(self):
        import hashlib
        import json
        import subprocess
        with tempfile.TemporaryDirectory(prefix="kit-") as folder:
            key, public, report = (os.path.join(folder, name) for name in ("key.pem", "public.pem", "report.json"))
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
            subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
            junit = os.path.join(folder, "junit.xml")
            code, results, printed = run(TOOL, HELLO, "--only", "1,2,15,31", "--report", report, "--key", key,
                                         "--junit", junit)
            self.assertEqual(code, 0)
            with open(report, encoding="utf-8") as file:
                self.assertEqual(json.load(file), printed)
            self.assertEqual(printed["sha256"], hashlib.sha256(Path(HELLO).read_bytes()).hexdigest())
            verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", report,
                      "-sigfile", report + ".sig"]
            self.assertEqual(subprocess.run(verify, capture_output=True).returncode, 0)
            Path(report).write_bytes(Path(report).read_bytes().replace(b'"passed":true', b'"passed":true '))
            self.assertNotEqual(subprocess.run(verify, capture_output=True).returncode, 0)
            import xml.etree.ElementTree as xml
            suite = xml.parse(junit).getroot().find("testsuite")
            self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")), ("4", "0", "0"))

    def test_a_waiver_needs_a_reason_and_ends_on_its_day(self):
        import json
        with tempfile.TemporaryDirectory(prefix="kit-") as folder:
            broken = os.path.join(folder, "plugin.so")
            shutil.copy(HELLO, broken)
            Path(folder, "plugin.json").write_text('{"id": "com.example.other"}', encoding="utf-8")
            waivers = os.path.join(folder, "waivers.json")

            def checked(**waiver):
                Path(waivers).write_text(json.dumps({"waivers": [waiver]}), encoding="utf-8")
                return run(TOOL, broken, "--only", "18", "--waivers", waivers)

            self.assertEqual(run(TOOL, broken, "--only", "18")[0], 1)
            code, results, _ = checked(check=18, reason="renamed with the next release", until="9999-12-31")
            self.assertEqual((code, results[18]["outcome"]), (0, "failed"))
            self.assertIn("renamed", results[18]["waiver"])
            self.assertEqual(checked(check=18, reason="renamed with the next release", until="2020-01-01")[0], 1)
            for bad in ({"check": 18, "until": "9999-12-31"}, {"check": 18, "reason": "renamed with the next release"}):
                with self.assertRaises(AssertionError):
                    checked(**bad)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
