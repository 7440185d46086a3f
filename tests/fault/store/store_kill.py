#!/usr/bin/env python3
"""Kills a run through the real store at random moments and at each named point, and counts what was told.

    store_kill.py STORE_CYCLE FAULT_POINT_HPP [--kills N] [--events N] [--seed S] [--sink keyed|plain] [--per-round N]
                  [--rare-every N]
"""
import argparse
import re
import sys

import store_rig
import harness


def points_of(header):
    with open(header, encoding="utf-8") as file:
        listed = re.search(r"kFaultPoints = \{(.*?)\};", file.read(), re.S)
    return tuple(re.findall(r'"([a-z0-9_.]+)"', listed[1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("points")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--per-round", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sink", choices=("keyed", "plain"), default="keyed")
    parser.add_argument("--rare-every", type=int, default=1, help="aim at a WAL checkpoint once in so many rounds; "
                        "0: never")
    args = parser.parse_args()
    keyed = args.sink == "keyed"
    hub = type("Hub", (store_rig.StoreHub,), {"program": args.program, "honours_keys": keyed, "people": args.events})
    plan = harness.Plan(args.kills, args.events, args.per_round, args.seed, points_of(args.points),
                        rare_every=args.rare_every)
    try:
        tally = harness.Run(hub, plan, lambda line: print(line, flush=True)).all()
    except harness.HarnessError as error:
        print(f"store_kill: {error}", file=sys.stderr)
        return 2
    print(harness.table(tally, hub))
    return 1 if tally.faults(hub) else 0


if __name__ == "__main__":
    sys.exit(main())
