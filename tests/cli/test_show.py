"""Tables line up, also in Chinese, and are plain where no terminal reads them."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from salience.cli import show


def test_a_table_is_plain_text_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show.table("films", ("item", "score"), [("[b]50[/b]", 0.25), ("1", 12.0)])
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    assert "[b]50[/b]" in out  # data is not markup
    assert "0.25" in out


def test_columns_line_up_with_wide_characters(capsys: pytest.CaptureFixture[str]) -> None:
    show.table("", ("title", "n"), [("卧虎藏龙", 7), ("Heat", 7)])
    rows = [line for line in capsys.readouterr().out.splitlines() if "7" in line]
    assert len({cell_len(row[: row.index("7")]) for row in rows}) == 1


def test_long_cells_are_not_cut_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show.table("", ("why",), [("because " * 20,)])
    assert capsys.readouterr().out.count("because") == 20


def test_progress_without_a_terminal_is_one_line_per_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with show.progress() as progress:
        progress("prepare", 1, 3)
        progress("prepare", 3, 3)
        progress("train", 0, 0)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "prepare ...\ntrain ...\n")


def test_json_is_one_document_with_its_letters_kept(capsys: pytest.CaptureFixture[str]) -> None:
    show.as_json({"title": "卧虎藏龙", "scores": (1.5,)})
    assert "卧虎藏龙" in capsys.readouterr().out


def drawn(monkeypatch: pytest.MonkeyPatch, width: int, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    screen = io.StringIO()
    monkeypatch.setattr(
        show, "console", lambda: Console(file=screen, force_terminal=True, color_system=None, width=width)
    )
    show.table("", columns, rows)
    show.line("told " * 40)
    assert max(map(cell_len, screen.getvalue().splitlines())) <= width
    return screen.getvalue()


def test_a_narrow_terminal_breaks_no_word_and_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = ("if", "then", "have if", "share", "money")
    rows: list[tuple[object, ...]] = [("REGENCY TEA PLATE PINK", "REGENCY CAKESTAND 3 TIER", 12_345, "1.09%", 29_034.4)]
    for width in (120, 80, 40, 34):
        told = drawn(monkeypatch, width, columns, rows)
        for word in ("REGENCY", "CAKESTAND", "12,345", "1.09%", "29,034", "money"):
            assert word in told, (width, word)
    assert "have if 12,345" in told


def test_figures_are_never_powers_of_ten_unless_tiny(capsys: pytest.CaptureFixture[str]) -> None:
    show.table("", ("n",), [(123_456.7,), (0.5,), (float("nan"),)])
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == ["n", "123,457", "0.5", "nan"]
