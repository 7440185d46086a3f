"""A Vestitel plugin in Python: the runner's protocol (sdk/docs/runner-protocol.md) over the standard library alone.

    import vestitel_plugin as vestitel

    class Hello:
        def parse(self, document, lines, out):
            for place, line in lines:
                out.event(vestitel.Event("activity.laboratory", ...))

    vestitel.serve(vestitel.Reader("com.example.hello", "Hello", "1.0.0", Hello))

The hub starts the program with a socket as descriptor 3, inside the sandbox. What it prints becomes log lines.
"""
from .model import (ANNULLED, CORRECTED, EGN, EHIC, LNCH, NAP, NEW, UIN, Cancelled, ConfigError, DataError, Doubt,
                    Event, HubError, Place, RetryError, Verdict)
from .plugins import Feed, Reader, Sink
from .serve import serve
from .settings import Field

__all__ = ["ANNULLED", "CORRECTED", "EGN", "EHIC", "LNCH", "NAP", "NEW", "UIN", "Cancelled", "ConfigError", "DataError",
           "Doubt", "Event", "Feed", "Field", "HubError", "Place", "Reader", "RetryError", "Sink", "Verdict", "serve"]
