#!/usr/bin/env python3
"""The first working day of a month: all partners drop their files, of every format, at once.

    many_partners_test.py [--partners N] [--files K]     1,000 partners with 3 files each: `./dev load`

Every file gets its receipt; each partner's k-th file is begun before any partner's k+2nd of the same source; what each
partner reported counts once; and what it reported for somebody else's facility counts nowhere.
"""
import argparse
import collections
import json
import time

from hub import Hub, wait_until
from reports import REPOSITORY, egn, report, sheet

SAMPLES = REPOSITORY / "plugins" / "sources"


def sample(path, own):
    """A sample file as the report of another facility than its own."""
    text = (SAMPLES / path).read_bytes()
    assert text.count(own.encode()) >= 1, path
    return lambda facility, number: text.replace(own.encode(), facility.encode(), 1) + b"\n" * number


def csv(facility, number):
    rows = "".join(f"L-{number}-{i};{egn(i)};06.10.2026;{facility}\n" for i in range(5))
    return f"No;EGN;Date;Facility\n{rows}".encode()


# Instance, the plugin, what file number n of a facility holds.
FORMATS = (
    ("amb", "nzok-amblist", lambda facility, n: report(*(sheet(10 * n + i, i) for i in range(5)), practice=facility)),
    ("cpfile", "nzok-cpfile", sample("nzok_cpfile/samples/nhif_cpfile.xml", "1622999004")),
    ("clpr", "nzok-clpr", sample("nzok_clpr/samples/nhif_clpr_hosp_practice.xml", "2201999004")),
    ("dental", "nzok-dental", sample("nzok_dental/samples/nhif_dental_report.xml", "1622999003")),
    ("csv", "csv-mapping", csv),
)


def configure(hub):
    for instance, plugin, _ in FORMATS:
        text = (REPOSITORY / "config" / "plugins.d" / f"{plugin}.yaml").read_text()
        text = text.replace(f"id: {plugin}\n", f"id: {instance}\n").replace("enabled: false\n", "")
        text = text[:text.index("\nreader:")] + f"\nreader:\n  partner_folders: ${{store}}/partners/{instance}\n"
        hub.write(f"plugins.d/{'reader' if instance == 'amb' else instance}.yaml", text)


class Partner:
    def __init__(self, hub, number):
        self.instance, _, self.content = FORMATS[number % len(FORMATS)]
        self.id = f"partner-{number:04}"
        self.facility = f"22{number + 1:04}9001"
        self.folder = hub.state / "partners" / self.instance / self.id
        self.folder.mkdir(parents=True, mode=0o750)

    def drop(self, files):
        for n in range(files):
            (self.folder / f"{self.id}-{n}.xml").write_bytes(self.content(self.facility, n))
        (self.folder / f"{self.id}-foreign.xml").write_bytes(self.content("2399999001", 50))
        for path in list(self.folder.glob("*.xml")):
            path.with_name(path.name + ".ready").touch()

    def receipts(self):
        return {path.name: json.loads(path.read_text()) for path in (self.folder / "done").glob("*.receipt.json")}


def out_of_turn(documents):
    """Files that were begun before their turn: [(instance, partner)]."""
    begun = collections.defaultdict(collections.Counter)
    found = []
    of = collections.defaultdict(set)
    for document in documents:
        of[document["instance"]].add(document["partner"])
    for document in documents:
        counts = begun[document["instance"]]
        counts[document["partner"]] += 1
        least = min(counts[partner] for partner in of[document["instance"]])
        if counts[document["partner"]] > least + 2:
            found.append((document["instance"], document["partner"]))
    return found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--partners", type=int, default=50)
    options.add_argument("--files", type=int, default=3)
    options = options.parse_args()
    hub = Hub()
    try:
        configure(hub)
        hub.subscribe((egn(i), f"p{i}@example.test") for i in range(5))
        partners = [Partner(hub, n) for n in range(options.partners)]
        for partner in partners:
            answer = hub.call("partners", "add", partner.id, "--facility", partner.facility, "--instance", partner.instance)
            assert answer.exit == 0, answer
        for partner in partners:
            partner.drop(options.files)
        began = time.monotonic()
        hub.start()
        wanted = options.partners * (options.files + 1)

        def through():
            assert hub.process.poll() is None, hub.log_text()
            done = sum(1 for p in partners for _ in (p.folder / "done").glob("*.receipt.json"))
            return done == wanted

        deadline = time.monotonic() + 60 + wanted
        while not through():
            assert time.monotonic() < deadline, "files that nobody has read, or that were rejected"
            time.sleep(0.5)
        took = time.monotonic() - began
        expected = {}
        for partner in partners:
            receipts = partner.receipts()
            counts = [receipts[f"{partner.id}-{n}.xml.receipt.json"]["counts"] for n in range(options.files)]
            foreign = receipts[f"{partner.id}-foreign.xml.receipt.json"]["counts"]
            assert all(c["accepted"] + c["duplicates"] > 0 for c in counts), (partner.id, counts)
            assert foreign["accepted"] + foreign["duplicates"] == 0 and foreign["quarantined"] > 0, (partner.id, foreign)
            total = expected.setdefault(partner.instance, sum(c["accepted"] for c in counts))
            assert total == sum(c["accepted"] for c in counts), (partner.id, total, counts)
        documents = hub.look("documents", "--limit", 100_000)
        assert len(documents) == wanted, (len(documents), wanted)
        early = out_of_turn(documents)
        assert not early, early
        books = wait_until(lambda: (b := hub.look("store", "check")[0])["not_routed"] == 0 and b["owed"] == 0 and b,
                           "all is told")
        assert books["balanced"], books
        assert hub.stop() == 0
        print(f"{options.partners} partners, {wanted} files of {len(FORMATS)} formats: all through in {took:.1f} s, "
              f"in turn; each partner's records once, none of another's facility")
    finally:
        hub.close()


if __name__ == "__main__":
    main()
