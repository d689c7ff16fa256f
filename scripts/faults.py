"""Hurt the product in every way of the list and print a line per mark: `make faults`, or `make faults ARGS="R05 R07"`.

`--quick` takes the short form of each; `--broken` runs each mark on the builds that it must catch.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.every import MARKS, NOT_BUILT
from tests.faults.report import report

if __name__ == "__main__":
    raise SystemExit(report(__doc__, MARKS, NOT_BUILT))
