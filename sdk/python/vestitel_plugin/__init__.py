"""A Vestitel plugin in Python: the runner's protocol (sdk/docs/runner-protocol.md) over the standard library alone.

    import vestitel_plugin as vestitel

    class Hello:
        def parse(self, document, lines, out):
            for place, line in lines:
                out.event("activity.laboratory", ...)

    vestitel.serve(vestitel.Reader("com.example.hello", "Hello", "1.0.0", Hello))

The hub starts the program with a socket as descriptor 3, inside the sandbox. What it prints becomes log lines.
"""
from .model import Cancelled, DataError, Event, Place, Settings, Verdict
from .serve import Reader, Sink, serve

__all__ = ["Cancelled", "DataError", "Event", "Place", "Reader", "Settings", "Sink", "Verdict", "serve"]
