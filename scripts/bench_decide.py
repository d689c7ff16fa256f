"""Run the checks of deciding and proving: `make bench-decide`, or `make bench-decide ARGS="14 15"`.

A line per figure with its target, and for a rate its 95 % interval; ``--quick`` takes the form that the tests take.
The status is 1 if one target is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, help="of checks; without any, all")
    parser.add_argument("--quick", action="store_true", help="seconds each, with less certainty")
    parser.add_argument("--list", action="store_true", help="print numbers and names, and run nothing")
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from tests.checks.data import NotHere
    from tests.checks.every import CHECKS

    if unknown := set(args.numbers) - {check.number for check in CHECKS}:
        parser.error(f"no such check: {', '.join(map(str, sorted(unknown)))}")
    missed = 0
    for check in CHECKS:
        if args.numbers and check.number not in args.numbers:
            continue
        print(f"{check.number:>2} {check.name}", flush=True)
        began = time.perf_counter()
        try:
            for figure in () if args.list else check.run("quick" if args.quick else "full"):
                missed += not figure.met
                print(f"   {figure}", flush=True)
        except NotHere as reason:
            print(f"   not run: {reason}", flush=True)
        if not args.list:
            print(f"   {time.perf_counter() - began:,.1f} s", flush=True)
    return min(missed, 1)


if __name__ == "__main__":
    raise SystemExit(main())
