"""The bill of materials: every package of the lock, and what it refuses."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SBOM = runpy.run_path(str(ROOT / "scripts" / "sbom.py"))
DIGEST = "0" * 64


def test_every_locked_package_is_in_it_with_version_and_hashes() -> None:
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(ROOT / "scripts" / "sbom.py")], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in told["components"]}
    assert {"apsw", "numpy", "starlette", "uvicorn"} <= set(parts)
    assert all(part["hashes"] and part["purl"].startswith("pkg:pypi/") for part in parts.values())
    assert parts["starlette"]["licenses"][0]["license"]["name"].startswith("BSD")


@pytest.mark.parametrize("line", ["numpy>=2", "numpy==2.0.0", "numpy @ file:x"])
def test_what_is_not_pinned_or_has_no_hash_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="is not pinned with hashes"):
        list(SBOM["locked"](f"# head\n{line}\n"))


def test_another_version_than_the_lock_names_is_said() -> None:
    (one,) = SBOM["locked"](f"starlette==0.0.1 \\\n    --hash=sha256:{DIGEST}\n")
    assert "is installed, the lock names 0.0.1" in SBOM["differing"]([one])[0]
