"""The report of `scripts/faults.py` and `scripts/trust.py`: a line per mark, on the real build or on broken ones."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.marks import Mark, line


def report(about: str, marks: Sequence[Mark], not_built: Mapping[str, str], words: Sequence[str] | None = None) -> int:
    """Read the command line, look at the marks, print; 1 if one fails, or if a broken build is not caught."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("marks", nargs="*", help="names of marks; without any, all")
    parser.add_argument("--quick", action="store_true", help="a few seconds each")
    parser.add_argument("--broken", action="store_true", help="on builds with a bug planted on purpose")
    args = parser.parse_args(words)
    unknown = set(args.marks) - {mark.name for mark in marks} - set(not_built)
    if unknown:
        parser.error(f"no such mark: {', '.join(sorted(unknown))}")
    failed = 0
    for mark in marks:
        if args.marks and mark.name not in args.marks:
            continue
        for build in mark.broken if args.broken else ("real",):
            with tempfile.TemporaryDirectory(prefix="salience-marks-") as folder:
                passed, said = line(mark, Path(folder), long=not (args.quick or args.broken), build=build)
            if args.broken:
                caught = not passed and "the check itself broke" not in said
                passed, said = caught, f"{mark.name} {'caught' if caught else 'MISSED'}  {build}: {said[:300]}"
            failed += not passed
            print(said, flush=True)
    for name, why in not_built.items():
        if not args.broken and (not args.marks or name in args.marks):
            print(f"{name} not run: {why}")
    return min(failed, 1)
