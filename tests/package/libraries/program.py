#!/usr/bin/python3
"""A reader of acme's in Python: each line is a record of one person."""
import datetime

import vestitel_plugin as vestitel


class Lab:
    def parse(self, document, lines, out):
        for place, line in lines:
            out.event(vestitel.Event("activity.laboratory", document.partner, line, "9932319981", datetime.date(1899, 12, 31),
                                     place=place))


vestitel.serve(vestitel.Reader("bg.acme.program", "Program", "1.0.0", Lab))
