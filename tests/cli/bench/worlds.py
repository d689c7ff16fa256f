"""Tiny worlds with a rule that a model can find, as files; and what a task wrote, read back with DuckDB."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from salience.cli import main

QUICK = ("--minutes", "0.001")


def put(path: Path, lines: list[str]) -> str:
    """The lines as a file, gzip if its name says so."""
    text = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What a task prints with --json."""
    assert main(["bench", *words, *QUICK, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line of a refusal."""
    assert main(["bench", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def columns(path: Path) -> list[tuple[str, str]]:
    """Names and types of what was written."""
    return [
        (row[0], row[1]) for row in duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    ]


def rows(path: Path) -> list[tuple[Any, ...]]:
    """What was written, in order."""
    return duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
