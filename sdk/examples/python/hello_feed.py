#!/usr/bin/python3
"""A feed in Python: one event for each day of October 2026 up to a last one; the day that was handed over is the cursor."""
import datetime

import vestitel_plugin as vestitel

FIELDS = [vestitel.Field("last_day", "The last day of the month that there is.", "integer", default=7, minimum=1, maximum=31),
          vestitel.Field("token", "What the registry asks for.", secret=True)]


class Hello:
    def __init__(self, settings, host):
        self.last_day, self.host = settings["last_day"], host

    def start(self):
        self.host.log("info", "feed started", token="set" if self.host.secret("token") else "not set")

    def poll(self, cursor, most, out):
        """At most `most` events and then the cursor: both become durable together, or neither does."""
        day = self.next_day(cursor)
        for day in range(day, min(day + min(most, 3), self.last_day + 1)):
            self.host.check_cancelled()
            out.event(vestitel.Event("activity.laboratory", "2026-10", f"day-{day}", "9932319981", datetime.date(2026, 10, day)))
            cursor = str(day)
        out.commit(cursor)
        return self.next_day(cursor) <= self.last_day

    def next_day(self, cursor):
        if not cursor:
            return 1
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 4):
            raise vestitel.DataError("no cursor of this feed")
        return int(cursor) + 1


vestitel.serve(vestitel.Feed("com.example.hello-python-feed", "Hello, Python feed", "1.0.0", Hello, settings=FIELDS,
                             capabilities='{"secrets": ["token"]}'))
