"""`salience --help` and a mistyped verb answer at once, because nothing heavy is imported on the way."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "rich", "duckdb", "narwhals", "apsw", "starlette", "uvicorn", "asyncio", "salience.engine")

PROBE = """
import sys
from salience.cli import main
try:
    status = main({words!r})
except SystemExit as stop:
    status = stop.code
print("status", status, "loaded", sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "status"),
    [(["--help"], 0), (["--version"], 0), (["trian"], 2), (["train", "--help"], 0), (["recommend"], 2)],
)
def test_nothing_heavy_is_imported_before_it_is_needed(words: list[str], status: int) -> None:
    probe = PROBE.format(words=words, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    assert done.stderr.splitlines()[-1] == f"status {status} loaded []"


def test_the_package_imports_without_numpy() -> None:
    probe = "import salience, sys; print(sorted({'numpy', 'scipy', 'rich'} & set(sys.modules)), salience.__version__)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    assert done.stdout.startswith("[] ")
