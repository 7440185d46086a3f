#!/usr/bin/env python3
"""Kills the built hub at random moments and at each named point, starts it again, and counts what was told.

    kill_harness.py --build DIR [--sink file|smtp] [--kills N] [--events N] [--seed S] [--per-round N] [--at-risk N]
                    [--rare-every N]
                    [--points NAME,..]

--events are in flight at any time. Every --per-round kills the hub drains and everything is counted; then it begins
anew with an empty store. Exit 0: no fault. 1: faults, named in the last line. 2: the rig or the hub failed otherwise.
"""
import argparse
import contextlib
import os
import re
import sys
import tempfile

import harness
import vestitel_hub

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def points():
    with open(os.path.join(ROOT, "core", "base", "fault_point.hpp"), encoding="utf-8") as file:
        listed = re.search(r"kFaultPoints = \{(.*?)\};", file.read(), re.S)
    return tuple(re.findall(r'"([a-z0-9_.]+)"', listed[1]))


def binaries(args):
    return {"vestitel": os.path.join(args.build, "bin", "vestitel"), "people": args.events,
            "generator": os.path.join(args.build, "bin", "amblist-generate"),
            "templates": os.path.join(ROOT, "config", "templates")}


def hub_class(args, stack):
    common = binaries(args)
    if args.sink == "file":
        return type("Hub", (vestitel_hub.FileHub,), common)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kill-postfix-"))
    script = os.path.join(ROOT, "tests", "support", "postfix_server.py")
    server = stack.enter_context(vestitel_hub.Postfix(script, os.path.join(folder, "postfix")))
    return type("Hub", (vestitel_hub.SmtpHub,), {**common, "server": server, "at_risk": args.at_risk})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--sink", choices=("file", "smtp"), default="file")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--per-round", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-risk", type=int, default=1, help="smtp: messages handed over at once")
    parser.add_argument("--points", type=lambda text: tuple(text.split(",")))
    parser.add_argument("--rare-every", type=int, default=1, help="aim at a WAL checkpoint once in so many rounds; "
                        "0: never")
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        try:
            hub = hub_class(args, stack)
            plan = harness.Plan(args.kills, args.events, args.per_round, args.seed, args.points or points(),
                                rare_every=args.rare_every)
            tally = harness.Run(hub, plan, lambda line: print(line, flush=True)).all()
        except harness.HarnessError as error:
            print(f"kill_harness: {error}", file=sys.stderr)
            return 2
    print(harness.table(tally, hub))
    return 1 if tally.faults(hub) else 0


if __name__ == "__main__":
    sys.exit(main())
