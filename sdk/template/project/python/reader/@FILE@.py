#!/usr/bin/python3
"""@TITLE@: each row of the laboratory's CSV becomes an event."""
import csv
import datetime

import vestitel_plugin as vestitel


class @CLASS@:
    def parse(self, document, lines, out):
        columns = None
        for place, line in lines:
            try:
                cells = next(csv.reader([line]), [])
            except csv.Error:
                out.quarantine(place, "row", "no row of a CSV", line)
                continue
            if columns is None:
                columns = cells
            elif len(cells) != len(columns):
                out.quarantine(place, "row", f"{len(columns)} cells expected, {len(cells)} found", line)
            else:
                self.row(document, dict(zip(columns, cells)), place, line, out)

    def row(self, document, row, place, line, out):
        try:
            day = datetime.date.fromisoformat(row["date"])
        except (KeyError, ValueError):
            out.quarantine(place, "record", "the date is not a day written YYYY-MM-DD", line)
            return
        out.event(vestitel.Event("activity.laboratory", document.partner, row.get("number", ""), row.get("egn", ""), day,
                                 attributes=(("code.ksmp", row.get("code", "")), ("code.ksmp.text", row.get("test", ""))),
                                 place=place))


vestitel.serve(vestitel.Reader.of(@CLASS@))
