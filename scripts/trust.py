"""Look at every mark of privacy and security and print a line per mark: `make trust`, or `make trust ARGS="P06 P20"`.

`--quick` takes the short form of each; `--broken` runs each mark on the builds that it must catch.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("marks", nargs="*", help="names of marks; without any, all")
    parser.add_argument("--quick", action="store_true", help="a few seconds each")
    parser.add_argument("--broken", action="store_true", help="on builds with a bug planted on purpose")
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    warnings.simplefilter("error")
    from tests.trust.every import MARKS, NOT_BUILT
    from tests.trust.marks import line

    unknown = set(args.marks) - {mark.name for mark in MARKS} - set(NOT_BUILT)
    if unknown:
        parser.error(f"no such mark: {', '.join(sorted(unknown))}")
    failed = 0
    for mark in MARKS:
        if args.marks and mark.name not in args.marks:
            continue
        for build in mark.broken if args.broken else ("real",):
            with tempfile.TemporaryDirectory(prefix="salience-trust-") as folder:
                passed, said = line(mark, Path(folder), long=not (args.quick or args.broken), build=build)
            if args.broken:
                caught = not passed and "the check itself broke" not in said
                passed, said = caught, f"{mark.name} {'caught' if caught else 'MISSED'}  {build}: {said[:300]}"
            failed += not passed
            print(said, flush=True)
    for name, why in NOT_BUILT.items():
        if not args.broken and (not args.marks or name in args.marks):
            print(f"{name} not run: {why}")
    return min(failed, 1)


if __name__ == "__main__":
    raise SystemExit(main())
