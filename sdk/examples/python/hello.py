#!/usr/bin/python3
"""A reader in Python: rows "record, EGN, date", as the template in C++ has them."""
import datetime

import vestitel_plugin as vestitel


class Hello:
    def parse(self, document, lines, out):
        for place, line in lines:
            cells = [cell.strip() for cell in line.split(",")]
            if len(cells) < 3:
                out.quarantine(place, "row", "three columns expected")
                continue
            try:
                day = datetime.date.fromisoformat(cells[2])
            except ValueError:
                out.quarantine(place, "date", "no such date")
                continue
            out.event(vestitel.Event("activity.laboratory", document.partner, cells[0], cells[1], day, place=place))


vestitel.serve(vestitel.Reader("com.example.hello-python", "Hello, Python", "1.0.0", Hello))
