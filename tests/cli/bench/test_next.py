"""Everybody walks round one ring of items: the next step is known, and is not among the first ones walked."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.cli.bench.files import sequences
from tests.cli.bench.worlds import columns, put, rows, told


def ring(folder: Path) -> str:
    lines = [f"u{s:02d} {' '.join(f'i{(s + n) % 12}' for n in range(5))}" for s in range(36)]
    return put(folder / "walks.txt", [*lines, "short i1"])


def test_the_next_step_is_found_and_the_written_lists_say_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.parquet"
    outcome = told(capsys, "next", "--sequences", ring(tmp_path), "--k", "3", "--out", str(out))
    assert columns(out) == [("user", "VARCHAR"), ("item", "VARCHAR"), ("rank", "INTEGER"), ("score", "FLOAT")]
    wanted = {f"u{s:02d}": f"i{(s + 4) % 12}" for s in range(36)}
    first = {user: item for user, item, rank, _ in rows(out) if rank == 1}
    assert first == wanted  # one item says nothing about its next: "short" is not tested
    assert outcome["metrics"]["hr@3"]["value"] == outcome["metrics"]["mrr@3"]["value"] == 1.0


def test_what_was_seen_comes_again_only_with_keep_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path / "back.txt", [f"u{n} c{n % 3} a b a b a b" for n in range(12)])
    seen, kept = tmp_path / "seen.parquet", tmp_path / "kept.parquet"
    without = told(capsys, "next", "--sequences", file, "--k", "2", "--out", str(seen))
    again = told(capsys, "next", "--sequences", file, "--k", "2", "--out", str(kept), "--keep-seen")
    assert not {"a", "b"} & {item for _, item, _, _ in rows(seen)}
    assert without["metrics"]["hr@2"]["value"] == 0.0
    assert again["metrics"]["hr@2"]["value"] == 1.0


def test_a_user_without_items_is_passed_over_and_a_second_line_goes_on(tmp_path: Path) -> None:
    assert sequences("sequences", put(tmp_path / "odd.txt", ["ann a b", "bob", "", "ann\tc\r"])) == [
        ("ann", ["a", "b", "c"])
    ]
