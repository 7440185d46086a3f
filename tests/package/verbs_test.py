#!/usr/bin/env python3
"""The verbs about packages as people use them: the commands of docs/plugins.md as they stand there, every refusal's
exit code and JSON, and that openssl and unzip read what they write.

    verbs_test.py VESTITEL_PLUGIN LIBRARIES PLUGINS_MD PROGRAM SOURCE_OF_PROGRAM
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

TOOL, LIBRARIES, PAGE, PROGRAM, SOURCE = map(os.path.abspath, sys.argv[1:6])


class Scene(unittest.TestCase):
    """A folder with a root, a publisher acme and packages of two versions."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="vestitel-verbs-")
        self.addCleanup(self.folder.cleanup)
        self.at = Path(self.folder.name)
        self.at.chmod(0o755)
        self.tool("keygen", "fund-root")
        self.tool("keygen", "acme")
        self.tool("trust", "issue", "acme", "--root-key", "fund-root.key", "--key", "acme.pub", "--prefix", "bg.acme",
                  "--level", "partner", "--out", "acme.statement")
        for number, version in ((1, "1.0.0"), (2, "1.1.0")):
            self.tool("pack", f"{LIBRARIES}/lab-{number}.so", "--publisher", "acme", "--key", "acme.key",
                      "--out", f"bg.acme.lab-{version}.vplugin")

    def run_tool(self, *words):
        return subprocess.run([TOOL, *words], cwd=self.at, capture_output=True, text=True, timeout=60,
                              env={"STATE_DIRECTORY": str(self.at / "state"), "PATH": os.environ["PATH"]})

    def tool(self, *words):
        done = self.run_tool(*words)
        self.assertEqual(done.returncode, 0, (words, done.stdout, done.stderr))
        return done.stdout

    def refused(self, reason, *words):
        done = self.run_tool(*words, "--json")
        self.assertEqual(done.returncode, 1, (words, done.stdout, done.stderr))
        said = json.loads(done.stderr.splitlines()[-1])
        self.assertEqual(said["reason"], reason, said)
        self.assertTrue(said["remedy"])

    def trusted(self):
        self.tool("trust", "add", "fund-root.pub", "--root", "fund")
        self.tool("trust", "add", "acme.statement")

    def seen(self):
        """What is installed, as {version: state}."""
        lines = self.tool("list", "--json").splitlines()
        return {line["version"]: line["state"] for line in map(json.loads, lines)}


class Page(Scene):
    def test_the_commands_of_the_page_do_what_it_says(self):
        self.tool("trust", "add", "fund-root.pub", "--root", "fund")
        (self.at / "lab-1.so").symlink_to(f"{LIBRARIES}/lab-1.so")
        (self.at / "LICENSE").write_text("as you like\n")
        (self.at / "samples").mkdir()
        (self.at / "samples" / "one.csv").write_text("a,9932319981,1899-12-31\n")
        for month in ("10", "11"):
            (self.at / f"report-2026-{month}.csv").write_text("a,9932319981,1899-12-31\n")
        blocks = re.findall(r"^```sh\n(.*?)^```", Path(PAGE).read_text(encoding="utf-8"), re.S | re.M)
        self.assertGreater(len(blocks), 10)
        script = ["set -eu", 'vestitel() { [ "$1" = plugin ]; shift; "$TOOL" "$@"; }', 'vestitel-plugin() { "$TOOL" "$@"; }']
        done = subprocess.run(["bash", "-c", "\n".join(script + blocks)], cwd=self.at, capture_output=True, text=True,
                              timeout=100, env={"STATE_DIRECTORY": str(self.at / "state"), "TOOL": TOOL,
                                                "PATH": os.environ["PATH"]})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("bg.acme.lab 1.0.0 is enabled", done.stdout)
        self.assertIn("1 before, 1 now, 1 the same, 0 different", done.stdout)
        self.assertIn("bg.acme.lab 1.0.0 is active again", done.stdout)
        self.assertIn("2 packages removed", done.stdout)


class Programs(Scene):
    def pack(self, *words):
        return self.run_tool("pack", *words, "--publisher", "acme", "--key", "acme.key", "--out", "p.vplugin")

    def test_a_program_goes_the_way_of_a_library(self):
        self.trusted()
        packed = self.pack(PROGRAM)
        self.assertEqual(packed.returncode, 0, packed.stderr)
        self.assertIn("linux-any, glibc 2.0", self.tool("inspect", "p.vplugin"))
        with zipfile.ZipFile(self.at / "p.vplugin") as package:
            manifest = json.loads(package.read("MANIFEST.json"))
            self.assertEqual(manifest["library"], "lib/linux-any/program.pyz")
            self.assertEqual(package.read(manifest["library"]), Path(PROGRAM).read_bytes())
            self.assertEqual([f["mode"] for f in manifest["files"] if f["path"] == manifest["library"]], ["0755"])
        for verb in ("verify", "install"):
            self.tool(verb, "p.vplugin")
        self.tool("enable", "program")
        self.assertEqual(self.seen(), {"1.0.0": "enabled"})
        (self.at / "samples").mkdir()
        (self.at / "samples/one.csv").write_text("a\nb\n")
        self.assertEqual(self.pack(PROGRAM, "--sample", "samples").returncode, 0)
        checked = self.run_tool("check", "p.vplugin", "--only", "1,9,15,18,41", "--json")
        outcomes = {one["number"]: one["outcome"] for one in json.loads(checked.stdout)["results"]}
        self.assertEqual(outcomes, {1: "skipped", 9: "passed", 15: "passed", 18: "passed", 41: "passed"}, checked)

    def test_a_program_that_needs_what_lies_beside_it_is_not_packed(self):
        packed = self.pack(SOURCE)
        self.assertEqual(packed.returncode, 1, packed)
        self.assertIn("a package holds one file of a program", packed.stderr)
        self.assertFalse((self.at / "p.vplugin").exists())

    def test_two_versions_of_a_program_read_in_shadow(self):
        self.trusted()
        self.pack(PROGRAM)
        self.tool("install", "p.vplugin")
        self.tool("enable", "program")
        (self.at / "d.csv").write_text("a\nb\n")
        newer = self.at / "program.pyz"
        with zipfile.ZipFile(PROGRAM) as old:
            files = {name: old.read(name) for name in old.namelist() if name != "__main__.pyc"}
        files["__main__.py"] = files["__main__.py"].replace(b'"1.0.0"', b'"1.1.0"').replace(b", line, ", b", line.upper(), ")
        with open(newer, "wb") as out:
            out.write(b"#!/usr/bin/python3\n")
            with zipfile.ZipFile(out, "a") as archive:
                for name, content in files.items():
                    archive.writestr(name, content)
        newer.chmod(0o755)
        self.assertEqual(self.pack("program.pyz").returncode, 0)
        done = self.run_tool("upgrade", "p.vplugin", "--shadow", "d.csv", "--partner", "p")
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("2 before, 2 now, 0 the same", done.stdout)


class Verbs(Scene):
    def test_a_plugin_is_live_in_three_commands_and_asks_first(self):
        self.trusted()
        self.tool("install", "bg.acme.lab-1.0.0.vplugin")
        self.assertEqual(self.seen(), {"1.0.0": "installed"})
        asked = self.run_tool("enable", "lab")
        self.assertEqual(asked.returncode, 1)
        self.assertIn("network:lab.example:443", asked.stdout)
        self.assertIn("--grant all", asked.stderr)
        self.refused("not-granted", "enable", "lab")
        self.assertEqual(self.seen(), {"1.0.0": "installed"})
        self.tool("enable", "lab", "--grant", "all")
        self.assertEqual(self.seen(), {"1.0.0": "enabled"})
        self.tool("upgrade", "bg.acme.lab-1.1.0.vplugin")
        self.assertEqual(self.seen(), {"1.0.0": "previous", "1.1.0": "enabled"})
        self.refused("downgrade", "upgrade", "bg.acme.lab-1.0.0.vplugin")
        self.refused("still-enabled", "remove", "lab")
        self.tool("rollback", "lab")
        self.assertEqual(self.seen(), {"1.0.0": "enabled", "1.1.0": "installed"})
        self.refused("no-previous", "rollback", "lab")

    def test_an_upgrade_with_other_events_waits_for_a_word(self):
        self.trusted()
        self.tool("install", "bg.acme.lab-1.0.0.vplugin")
        self.tool("enable", "lab", "--grant", "all")
        (self.at / "d.csv").write_text("rich,9932319981,1899-12-31\ndrop,9932319981,1899-12-31\n")
        words = ("upgrade", "bg.acme.lab-1.1.0.vplugin", "--shadow", "d.csv", "--partner", "p")
        done = self.run_tool(*words, "--json")
        self.assertEqual(done.returncode, 1)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[0]["differences"], 2)
        self.assertEqual({line["difference"] for line in lines[1:]}, {"changed", "gone"})
        self.assertNotIn("9932319981", done.stdout + done.stderr)
        self.assertNotIn("2204131500", done.stdout)
        self.assertEqual(self.seen(), {"1.0.0": "enabled", "1.1.0": "installed"})
        self.assertIn("2204131500", self.run_tool(*words, "--values").stdout)
        self.tool(*words, "--accept-differences")
        self.assertEqual(self.seen(), {"1.0.0": "previous", "1.1.0": "enabled"})

    def test_refusals_have_their_names(self):
        self.trusted()
        package = "bg.acme.lab-1.0.0.vplugin"
        whole = (self.at / package).read_bytes()
        (self.at / "cut.vplugin").write_bytes(whole[:-1])
        self.refused("not-a-package", "verify", "cut.vplugin")
        self.refused("not-a-package", "inspect", "cut.vplugin")
        self.tool("pack", f"{LIBRARIES}/lab-1.so", "--publisher", "acme", "--out", "unsigned.vplugin")
        self.refused("unsigned", "install", "unsigned.vplugin")
        self.tool("keygen", "other")
        self.tool("sign", "unsigned.vplugin", "--key", "other.key", "--out", "other.vplugin")
        self.refused("wrong-signature", "install", "other.vplugin")
        self.refused("not-installed", "enable", "lab")
        (self.at / "acme.key").chmod(0o644)
        self.refused("bad-key", "sign", "unsigned.vplugin", "--key", "acme.key")
        self.refused("bad-statement", "trust", "add", "acme.pub")
        self.refused("policy-fixed", "trust", "policy", "--development")
        sha256 = json.loads(self.tool("verify", package, "--json"))["sha256"]
        self.tool("trust", "revoke", "--package", sha256)
        self.refused("package-revoked", "verify", package)

    def test_an_unknown_root_is_added_by_its_fingerprint(self):
        self.refused("unknown-root", "trust", "add", "acme.statement")
        self.refused("bad-key", "trust", "add", "fund-root.pub", "--root", "fund", "--fingerprint", "0" * 64)
        fingerprint = json.loads(self.tool("keygen", "x", "--json"))["fingerprint"]
        self.tool("trust", "add", "x.pub", "--root", "x", "--fingerprint", fingerprint)
        self.assertIn(fingerprint, self.tool("trust", "list"))

    def test_a_development_store_takes_unsigned_packages(self):
        self.tool("trust", "policy", "--development")
        self.tool("pack", f"{LIBRARIES}/lab-1.so", "--out", "mine.vplugin")
        self.assertIn("nobody signed it", self.tool("install", "mine.vplugin"))
        self.tool("enable", "lab", "--grant", "none")
        self.refused("unknown-publisher", "install", "bg.acme.lab-1.1.0.vplugin")

    def test_a_project_is_packed_as_a_whole(self):
        project = self.at / "project"
        (project / "samples").mkdir(parents=True)
        (project / "samples" / "first.csv").write_text("a,9932319981,1899-12-31\n")
        (project / "LICENSE").write_text("as you like\n")
        (project / "lab.so").write_bytes(Path(f"{LIBRARIES}/lab-1.so").read_bytes())
        (project / "plugin.json").write_text(json.dumps({
            "id": "bg.acme.lab", "name": "Lab", "version": "1.0.0", "vendor": "", "license": "", "url": "",
            "kinds": ["reader"], "capabilities": {}, "library": "lab.so",
            "samples": [{"input": "samples/first.csv"}]}))
        self.tool("pack", "project", "--publisher", "acme", "--key", "acme.key", "--out", "project.vplugin")
        with zipfile.ZipFile(self.at / "project.vplugin") as package:
            self.assertEqual(package.namelist()[3:],
                             ["lib/linux-x86_64/plugin.so", "schema.json", "samples/first.csv", "LICENSE"])

    def test_usage_ends_with_two(self):
        for words in (["sign"], ["trust"], ["trust", "issue", "a"], ["enable"], ["pack"], ["verify"], ["nothing"]):
            with self.subTest(words=words):
                self.assertEqual(self.run_tool(*words).returncode, 2)

    def test_a_key_is_never_written_over(self):
        before = (self.at / "acme.key").read_bytes()
        self.assertEqual(self.run_tool("keygen", "acme").returncode, 1)
        self.assertEqual((self.at / "acme.key").read_bytes(), before)
        self.assertEqual((self.at / "acme.key").stat().st_mode & 0o777, 0o600)


class Others(Scene):
    """What is written is what other programs read."""

    def test_openssl_verifies_the_signature_and_unzip_the_package(self):
        with zipfile.ZipFile(self.at / "bg.acme.lab-1.0.0.vplugin") as package:
            self.assertIsNone(package.testzip())
            names = package.namelist()
            self.assertEqual(names[:3], ["MANIFEST.json", "MANIFEST.sig", "plugin.json"])
            for name in names[:2]:
                (self.at / name).write_bytes(package.read(name))
            manifest = json.loads(package.read("MANIFEST.json"))
            self.assertEqual(package.read(manifest["library"]), Path(f"{LIBRARIES}/lab-1.so").read_bytes())
            self.assertEqual(names[2:], [file["path"] for file in manifest["files"]])
        self.assertEqual(manifest["capabilities"]["network"], ["lab.example:443"])
        verify = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "acme.pub", "-in", "MANIFEST.json",
                  "-sigfile", "MANIFEST.sig"]
        done = subprocess.run(verify, cwd=self.at, capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_key_and_a_signature_made_by_openssl_are_as_good(self):
        self.trusted()
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "o.key"], cwd=self.at, check=True, timeout=20)
        (self.at / "o.key").chmod(0o600)
        subprocess.run(["openssl", "pkey", "-in", "o.key", "-pubout", "-out", "o.pub"], cwd=self.at, check=True, timeout=20)
        self.tool("trust", "issue", "acme", "--root-key", "fund-root.key", "--key", "o.pub", "--prefix", "bg.acme",
                  "--level", "partner", "--serial", "2", "--out", "two.statement")
        self.tool("trust", "add", "two.statement")
        self.tool("sign", "bg.acme.lab-1.0.0.vplugin", "--key", "o.key", "--out", "o.vplugin")
        self.tool("verify", "o.vplugin")

    def test_a_zip_of_another_program_is_refused(self):
        self.trusted()
        source = self.at / "bg.acme.lab-1.0.0.vplugin"
        with zipfile.ZipFile(source) as package, zipfile.ZipFile(self.at / "again.vplugin", "w") as again:
            for name in package.namelist():
                again.writestr(name, package.read(name))
        self.refused("not-a-package", "verify", "again.vplugin")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
