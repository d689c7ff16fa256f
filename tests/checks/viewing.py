"""Check 27: what counts as viewed. The cases are tests of the tag in a real browser; here they are run and counted."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.checks.data import NotHere
from tests.checks.figure import Check, Figure, Size, at_least

ROOT = Path(__file__).resolve().parents[2]
CASES = "tests/serve/tag/test_viewability.py"


def cases(size: Size) -> Iterator[Figure]:
    """49 and 50 % of pixels, 0.99 and 1.0 s, blur, occlusion, short spells, video and its replay."""
    with tempfile.TemporaryDirectory(prefix="salience-check-") as name:
        report = Path(name) / "report.xml"
        words = [sys.executable, "-m", "pytest", "-q", "-n", "0", CASES, f"--junitxml={report}"]
        subprocess.run(words, cwd=ROOT, capture_output=True, check=False)  # noqa: S603 - our own tests
        if not report.exists():
            raise NotHere(f"{CASES} could not be run")
        suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - written a moment ago by our own run
    assert suite is not None
    count = {word: int(suite.get(word, "0")) for word in ("tests", "failures", "errors", "skipped")}
    run = count["tests"] - count["skipped"]
    if not run:
        raise NotHere("needs a browser: `make browser`")
    good = run - count["failures"] - count["errors"]
    yield at_least("cases of viewability that come out right", good / run, 1.0, note=f"{good} of {run}")


CHECKS = (Check(27, "viewability, case by case", cases, fast=False),)
