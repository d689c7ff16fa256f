"""Labelled texts in every layout that people have them in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from salience.cli.bench.encodings import decoded
from salience.cli.bench.labelled import Labelled, Layout, labelled
from salience.events.fault import InvalidInput

ROWS: Labelled = [
    (label, f"{'abcdefghijkl'[n]} {word}, is it said {'and' * (n % 3)} that is {word} {n * 3 + at} ?")
    for n in range(12)
    for at, (label, word) in enumerate((("LOC:city", "where"), ("0", "很好"), ("HUM", "who")))
]


def delimited(mark: str, *, first: bool, title: bool = False, ids: bool = False) -> str:
    file = io.StringIO()
    out = csv.writer(file, delimiter=mark)
    if title:
        out.writerow(["label", "review"] if first else ["review", "label"])
    for n, (label, said) in enumerate(ROWS):
        out.writerow(([str(n)] if ids else []) + ([label, said] if first else [said, label]))
    return file.getvalue()


LAYOUTS: dict[str, Callable[[], str]] = {
    "space": lambda: "\n".join(f"{label} {said}" for label, said in ROWS),
    "space, label last": lambda: "\n".join(f"{said} {label}" for label, said in ROWS),
    "tab": lambda: "\n".join(f"{label}\t{said}" for label, said in ROWS),
    "tab, label last": lambda: "\n".join(f"{said}\t{label}" for label, said in ROWS),
    "tab, a number first": lambda: "\n".join(f"{n}\t{label}\t{said}" for n, (label, said) in enumerate(ROWS)),
    "csv with names": lambda: delimited(",", first=True, title=True),
    "csv with names, text first": lambda: delimited(",", first=False, title=True),
    "csv": lambda: delimited(",", first=True),
    "csv, label last": lambda: delimited(",", first=False),
    "csv, a number first": lambda: delimited(",", first=True, ids=True),
    "semicolons": lambda: delimited(";", first=True, title=True),
    "json": lambda: "\n".join(json.dumps({"text": said, "label": label}) for label, said in ROWS),
    "fasttext": lambda: "\n".join(f"__label__{label} {said}" for label, said in ROWS),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_layout_is_found(tmp_path: Path, layout: str, encoding: str) -> None:
    path = tmp_path / "texts"
    path.write_bytes(LAYOUTS[layout]().encode(encoding))
    assert labelled("train", str(path))[0] == ROWS


def test_a_csv_cell_may_hold_lines(tmp_path: Path) -> None:
    path = tmp_path / "texts.csv"
    path.write_text('label,text\n1,"good\nand cheap"\n0,bad\n1,fine\n0,poor\n', encoding="utf-8")
    assert labelled("train", str(path))[0][0] == ("1", "good\nand cheap")


def test_the_test_file_is_read_as_the_training_file_was(tmp_path: Path) -> None:
    """Three questions alone would look as if their last words were labels."""
    path = tmp_path / "test"
    path.write_text("2 what is that\n1 who is that\n2 where is that\n0\n", encoding="utf-8")
    rows, _ = labelled("test", str(path), Layout(" ", 0, None))
    assert rows == [("2", "what is that"), ("1", "who is that"), ("2", "where is that"), ("0", "")]


def test_a_question_mark_is_no_label(tmp_path: Path) -> None:
    path = tmp_path / "questions"
    marks = ("?", "?", "?", "?", "?", "?", "?", "now", "?", "?", "!")
    path.write_text("\n".join(f"{'abcdefgh'[n % 8]} what {n} {marks[n % 11]}" for n in range(80)), encoding="utf-8")
    assert labelled("train", str(path))[1] == Layout(" ", 0, None)


def test_a_line_in_latin_1_is_read() -> None:
    assert decoded(["0 caf\u00e9 au lait".encode("latin-1"), "1 很好".encode()]) == ["0 caf\u00e9 au lait", "1 很好"]


@pytest.mark.parametrize("content", ["", "\n\n", "words without any label here\nand some more of these"])
def test_what_is_not_labelled_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "texts"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput):
        labelled("train", str(path))


def read(path: Path, text: str) -> Labelled:
    path.write_text(text, encoding="utf-8")
    return labelled("train", str(path))[0]


def test_marks_that_nobody_quoted_belong_to_the_text(tmp_path: Path) -> None:
    lines = "".join(f"{label},{said}, and more, of it\n" for label, said in ROWS)
    assert read(tmp_path / "t.csv", "label,text\n" + lines)[1] == (ROWS[1][0], ROWS[1][1] + ", and more, of it")


def test_a_quote_that_nothing_closes_takes_no_rows_with_it(tmp_path: Path) -> None:
    lines = [f"{label},{said}\n" for label, said in ROWS]
    lines[4] = lines[4].replace(",", ',"', 1)
    assert len(read(tmp_path / "t.csv", "label,text\n" + "".join(lines))) == len(ROWS)


def test_a_long_cell_and_a_list_of_objects(tmp_path: Path) -> None:
    lines = "".join(f"{label},{said}\n" for label, said in ROWS)
    long = "good " * 40_000
    assert read(tmp_path / "t.csv", f'label,text\n{lines}HUM,"{long}"\n')[-1] == ("HUM", long)
    told = json.dumps([{"overall": label, "reviewText": said} for label, said in ROWS], indent=1)
    assert read(tmp_path / "t.json", told) == ROWS


def test_names_nobody_knows_are_told_from_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = "".join(f"{said}\t{label}\n" for label, said in ROWS)
    assert read(tmp_path / "t.tsv", "wording\toutcome\n" + lines) == ROWS
    assert "taken for names" in capsys.readouterr().err


def test_one_label_is_no_choice(tmp_path: Path) -> None:
    for mark in (" ", "\t"):
        with pytest.raises(InvalidInput, match="has one label only, 'pos'"):
            read(tmp_path / "t.txt", "".join(f"pos{mark}{said}\n" for _, said in ROWS))
