"""Public data that a user has: in the folder that ``SALIENCE_DATA`` names."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path


class NotHere(Exception):  # noqa: N818 - a reason, not a fault
    """The check needs data that is not here."""


def there(name: str) -> Path:
    """The path of a file; `NotHere` with the way out."""
    folder = os.environ.get("SALIENCE_DATA", "")
    path = Path(folder) / name
    if not folder or not path.exists():
        raise NotHere(f"needs {name} in the folder that SALIENCE_DATA names")
    return path


def columns(name: str) -> dict[str, list[str]]:
    """Column -> cells of a CSV file; `NotHere` with the way out."""
    path = there(name)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        heads = next(rows)
        return {head: list(cells) for head, cells in zip(heads, zip(*rows, strict=True), strict=True)}
