"""Look at every mark of privacy and security and print a line per mark: `make trust`, or `make trust ARGS="P06 P20"`.

`--quick` takes the short form of each; `--broken` runs each mark on the builds that it must catch.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
warnings.simplefilter("error")

from tests.faults.report import report  # noqa: E402 - the tests are found by now
from tests.trust.every import MARKS, NOT_BUILT  # noqa: E402

if __name__ == "__main__":
    raise SystemExit(report(__doc__, MARKS, NOT_BUILT))
