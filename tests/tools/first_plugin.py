"""A vendor's first plugin, for a CSV whose columns, separators, dates, quotes and order are made up at random.

What the author writes is generated from the layout with the SDK's public words alone; what must come out is computed
here from the same layout, without them.
"""
import csv
import datetime
import io
import json
import random

DATES = {"YYYY-MM-DD": "%Y-%m-%d", "DD.MM.YYYY": "%d.%m.%Y", "YYYYMMDD": "%Y%m%d", "DD/MM/YYYY": "%d/%m/%Y",
         "YYYY.MM.DD": "%Y.%m.%d", "DD-MM-YYYY": "%d-%m-%Y"}
NAMES = {"number": ["No", "Номер", "SAMPLE_ID", "record number"], "egn": ["EGN", "ЕГН", "patient", "Пациент ЕГН"],
         "date": ["Date", "Дата", "taken on", "ДАТА_НА_ИЗСЛЕДВАНЕ"], "code": ["Code", "Код", "KSMP"],
         "test": ["Test", "Изследване", "what was done"]}
NOISE = ["comment", "Лаборант", "x1", "price", "Цена, лв.", "status"]
WORDS = ["Кръвна картина", "Glucose, fasting", 'Тест "А"', "a;b|c", "ред\nвтори ред", "plain", " с интервали "]
AUTHOR_LINES = 15


def egn(chosen):
    """A number of somebody born in the 1800s: it passes every check and belongs to nobody living."""
    digits = f"{chosen.randrange(100):02}{20 + chosen.randrange(1, 13):02}{chosen.randrange(1, 29):02}{chosen.randrange(1000):03}"
    total = sum(int(d) * w for d, w in zip(digits, (2, 4, 8, 5, 10, 9, 7, 3, 6)))
    return digits + str(total % 11 % 10)


class Layout:
    def __init__(self, seed, lines_in_cells=True):
        """Without lines in cells a line is a record, which is what the conformance kit can damage one by one."""
        self.seed, chosen = seed, random.Random(seed)
        self.words = [word for word in WORDS if lines_in_cells or "\n" not in word]
        self.separator = chosen.choice([",", ";", "\t", "|"])
        self.pattern = chosen.choice(sorted(DATES))
        self.end = chosen.choice(["\n", "\r\n"])
        self.mark = chosen.choice(["", "\ufeff"])
        self.quoting = chosen.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
        self.name = {field: chosen.choice(names) for field, names in NAMES.items()}
        self.columns = list(self.name.values()) + chosen.sample(NOISE, chosen.randrange(len(NOISE)))
        chosen.shuffle(self.columns)
        self.rows = [self.row(chosen, i) for i in range(60)]

    def row(self, chosen, i):
        day = datetime.date(2026, 1, 1) + datetime.timedelta(days=chosen.randrange(300))
        return {"number": f"R-{i:04}", "egn": egn(chosen), "day": day, "date": day.strftime(DATES[self.pattern]),
                "code": f"{chosen.randrange(90, 100)}.{chosen.randrange(10, 90)}", "test": chosen.choice(self.words),
                "flaw": chosen.choice([None] * 9 + ["cells", "day"]), "noise": chosen.choice(self.words)}

    def cells(self, row):
        of = {name: row[field] for field, name in self.name.items()}
        if row["flaw"] == "day":
            of[self.name["date"]] = "Z" + row["date"][1:]
        cells = [of.get(column, row["noise"]) for column in self.columns]
        return cells[:-1] if row["flaw"] == "cells" else cells

    def document(self):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.separator, quoting=self.quoting, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow(self.cells(row))
        return (self.mark + text.getvalue()).replace("\n", self.end).encode()

    def source(self):
        """The whole file that the author writes."""
        name = {field: name.replace('"', '\\"') for field, name in self.name.items()}
        separator = {"\t": "\\t"}.get(self.separator, self.separator)
        return f"""#include <vestitel/plugin.hpp>
struct AcmeLab {{
  void parse(const vestitel::Document& document, vestitel::Input& in, vestitel::Emit& out) {{
    for (const auto& row : vestitel::table(in, out, '{separator}')) {{
      out.event("activity.laboratory", row.place)
          .key(document.partner, row["{name['number']}"])
          .egn(row["{name['egn']}"])
          .on(row["{name['date']}"], "{self.pattern}")
          .code("ksmp", row["{name['code']}"], row["{name['test']}"]);
    }}
  }}
}};
VESTITEL_READER(AcmeLab, "{{}}")
"""

    def expected(self):
        """(accepted, quarantined) as `run --json --show-identifiers` must print them."""
        accepted, quarantined, line = [], [], 2
        for row in self.rows:
            if row["flaw"] == "cells":
                quarantined.append((line, "row", f"{len(self.columns)} cells expected, {len(self.columns) - 1} found"))
            elif row["flaw"] == "day":
                quarantined.append((line, "record", f"the date is not a day written {self.pattern}"))
            else:
                text = row["test"] if self.is_quoted(row["test"]) else row["test"].strip()
                accepted.append((line, "egn:" + row["egn"], row["day"].isoformat(), row["number"], row["code"], text))
            line += 1 + sum(cell.count("\n") for cell in self.cells(row))
        return accepted, quarantined

    def is_quoted(self, cell):
        if self.quoting != csv.QUOTE_MINIMAL:
            return True
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, quoting=self.quoting, lineterminator="").writerow([cell, ""])
        return text.getvalue().startswith('"')


def put_into(project, layout):
    """What the author does to the project that `new` wrote: the source, and a sample of the CSV in the place of the first."""
    (project / "acme_lab.cpp").write_text(layout.source(), encoding="utf-8")
    (project / "samples/report.csv").write_bytes(layout.document())
    manifest = json.loads((project / "plugin.json").read_text(encoding="utf-8"))
    manifest["samples"] = [{"input": "samples/report.csv", "expected": "samples/report.events"}]
    (project / "plugin.json").write_text(json.dumps(manifest, indent=2), encoding="utf-8")


# After `new` and put_into(), in the project. The first one's output is what `got` takes.
COMMANDS = [["run", "samples/report.csv", "--json", "--show-identifiers"],
            ["run", "samples/report.csv", "--expect", "samples/report.events", "--update"]]
CHECK = ["check", "."]


def has_check(help_text):
    """Whether this build of the tool holds the conformance kit."""
    return "\n  check " in help_text


def got(rows):
    """The same from what the tool printed."""
    accepted, quarantined = [], []
    for row in rows:
        if event := row.get("event"):
            attributes = {a["key"]: a["value"] for a in event["attributes"]}
            accepted.append((event["place"]["line"], event["subject"], event["occurred"], event["record"],
                             attributes.get("code.ksmp"), attributes.get("code.ksmp.text")))
        elif record := row.get("quarantined"):
            quarantined.append((record["place"]["line"], record["element"], record["reason"]))
    return accepted, quarantined
