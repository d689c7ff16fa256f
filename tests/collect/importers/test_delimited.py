"""CSV and TSV: what is good is read, what is broken is kept with its line and its bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from salience.collect.importers.delimited import read_csv
from salience.collect.importers.lines import LONGEST
from salience.collect.importers.table import TableMap, table_map
from salience.collect.receipt import Rejected
from salience.events import Click, InvalidInput, NotFound

MAP = table_map("click", "user=user,item=item,time=time")


def written(tmp_path: Path, data: bytes, name: str = "clicks.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def read(path: Path, mapping: TableMap = MAP) -> tuple[list[str], list[Rejected]]:
    """The items clicked, and what was rejected."""
    found = list(read_csv(path, mapping))
    return [one.item for one in found if isinstance(one, Click)], [one for one in found if isinstance(one, Rejected)]


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_any_usual_delimiter(tmp_path: Path, mark: str) -> None:
    text = "user,item,time\nann,tea,5\nbob,milk,6\n".replace(",", mark)
    assert read(written(tmp_path, text.encode())) == (["tea", "milk"], [])


def test_quotes_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbf"user",item,"time"\r\nann,"tea, ""green""",5\r\n\r\nbob,"two words",6'
    assert read(written(tmp_path, data)) == (['tea, "green"', "two words"], [])


def test_a_cell_may_span_lines(tmp_path: Path) -> None:
    data = b'user,item,time,note\nann,tea,5,"one\ntwo"\nbob,,6,x\n'
    items, rejected = read(written(tmp_path, data))
    assert items == ["tea"]
    assert (rejected[0].line, rejected[0].raw) == (4, b"bob,,6,x\n")


def test_broken_rows_are_kept_and_the_rest_goes_on(tmp_path: Path) -> None:
    long = b"x" * (LONGEST + 10)
    rows = [
        b"ann,tea,5",
        b"ann,tea",
        b"ann,tea,5,extra",
        b"ann,\xfft,5",
        b"ann," + long + b",5",
        b"bob,milk,soon",
        b"bob,milk,6",
    ]
    items, rejected = read(written(tmp_path, b"user,item,time\n" + b"\n".join(rows)))
    assert items == ["tea", "milk"]
    assert [one.reason.split(";")[0] for one in rejected] == [
        "line 3: has 2 cells, the header has 3",
        "line 4: has 4 cells, the header has 3",
        "line 5: is not UTF-8",
        f"line 6: is longer than {LONGEST:,} bytes",
        "line 7: time: must be a date as in ISO 8601 or a number since 1970",
    ]
    assert rejected[2].raw == rows[3] + b"\n"
    assert len(rejected[3].raw) == LONGEST


def test_a_quote_that_never_closes_costs_a_part_of_the_file_but_not_the_import(tmp_path: Path) -> None:
    body = b"".join(b"u%d,i%d,5\n" % (n, n) for n in range(30_000))
    items, rejected = read(written(tmp_path, b'user,item,time\nann,"tea,5\n' + body))
    assert len(rejected) >= 1
    assert "field larger than field limit" in rejected[0].reason
    assert items[-1] == "i29999"


def test_gzip_by_its_ending_and_progress_in_bytes(tmp_path: Path) -> None:
    plain = b"user,item,time\n" + b"".join(b"u%d,i%d,5\n" % (n, n) for n in range(5000))
    path = written(tmp_path, gzip.compress(plain), "clicks.csv.gz")
    seen: list[tuple[int, int]] = []
    assert len(list(read_csv(path, MAP, progress=lambda done, total: seen.append((done, total))))) == 5000
    size = path.stat().st_size
    assert seen[-1] == (size, size)
    assert seen == sorted(seen)
    assert len(seen) >= 3


def test_importing_the_same_rows_from_two_files_gives_the_same_ids(tmp_path: Path) -> None:
    one = written(tmp_path, b"user,item,time\nann,tea,5\n")
    other = written(tmp_path, b"time\tx\titem\tuser\n5\t1\ttea\tann\n", "other.tsv")
    assert list(read_csv(one, MAP)) == list(read_csv(other, MAP))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty; its first line must name the columns"),
        (b"user,item\nann,tea\n", "columns = 'time': is not in the file; its columns are user, item"),
        (b"user,item,time,user\n", "repeats a column"),
        (b"\xff\xfeu\x00s\x00", "must be UTF-8 text"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_at_once(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        read_csv(written(tmp_path, data), MAP)


def test_files_that_are_not_there_or_break_off(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="does not exist"):
        read_csv(tmp_path / "none.csv", MAP)
    with pytest.raises(InvalidInput, match="is not a file"):
        read_csv(tmp_path, MAP)
    whole = gzip.compress(b"user,item,time\n" + b"".join(b"u%d,i%d,5\n" % (n, n * 7919) for n in range(20_000)))
    rows = read_csv(written(tmp_path, whole[: len(whole) // 2], "cut.csv.gz"), MAP)
    with pytest.raises(InvalidInput, match=r"breaks off after line [\d,]+"):
        list(rows)
    with pytest.raises(InvalidInput, match="breaks off after line 0"):
        read_csv(written(tmp_path, b"no gzip", "no.csv.gz"), MAP)
