#!/usr/bin/python3
"""@TITLE@: each day the laboratory leaves one more file in a folder; the name of the last one that was read is the cursor."""
import datetime
import os

import vestitel_plugin as vestitel

FIELDS = [vestitel.Field("folder", "Where the laboratory leaves its files.", required=True, example="/srv/laboratory")]


class @CLASS@:
    def __init__(self, settings, host):
        self.folder, self.host = settings["folder"], host

    def check(self):
        self.newer_than("")

    def poll(self, cursor, most, out):
        """One file, then the cursor: what was handed over and the cursor become durable together, or neither does."""
        names = self.newer_than(cursor)
        if not names:
            return False
        self.read(names[0], out)
        out.commit(names[0])
        return len(names) > 1

    def newer_than(self, cursor):
        try:
            return sorted(name for name in os.listdir(self.folder) if name.endswith(".csv") and name > cursor)
        except OSError as error:
            raise vestitel.RetryError(f"listing the folder: {error.strerror}") from None

    def read(self, name, out):
        with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                self.host.check_cancelled()
                place, cells = vestitel.Place(number, 1), line.rstrip("\r\n").split(";")
                if len(cells) < 3:
                    out.quarantine(place, "row", "three cells expected", line)
                    continue
                try:
                    day = datetime.datetime.strptime(cells[2], "%d.%m.%Y").date()
                except ValueError:
                    out.quarantine(place, "record", "the date is not a day written DD.MM.YYYY", line)
                    continue
                out.event(vestitel.Event("activity.laboratory", name[:7], cells[0], cells[1], day, place=place))


vestitel.serve(vestitel.Feed.of(@CLASS@, settings=FIELDS))
