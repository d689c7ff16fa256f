"""JSON lines: events as HTTP takes them, and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.collect.accept import accept
from salience.collect.importers.jsonl import read_events, read_rows
from salience.collect.importers.table import table_map
from salience.collect.receipt import Rejected
from salience.events import InvalidInput, NotFound, Rating

MAP = table_map("rating", "user=u,item=i,value=r")


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(data)
    return path


def test_events_go_to_the_gate_line_by_line(tmp_path: Path) -> None:
    data = b'{"kind":"click","user":"ann","item":"tea","time":5}\n\n{"kind":"click","user":\n' + b"[" * 5000 + b"\n"
    judged = accept(list(read_events(written(tmp_path, data))), now=9, source="rows.jsonl")
    assert [result.status for result in judged.results] == ["stored", "failed", "failed"]
    assert judged.failed[0].raw == b'{"kind":"click","user":'
    with pytest.raises(NotFound):
        read_events(tmp_path / "none.jsonl")


def test_rows_of_a_table(tmp_path: Path) -> None:
    data = b'{"u": 1, "i": "tea", "r": 4}\n{"u": 1, "u": 2, "i": "tea", "r": 4}\n7\n{"u": 2, "r": 1}\n{\n'
    event, *rejected = read_rows(written(tmp_path, data), MAP)
    assert isinstance(event, Rating)
    assert (event.user, event.value) == ("1", 4)
    assert [one.reason for one in rejected if isinstance(one, Rejected)] == [
        "line 2: must not repeat a name within an object",
        "line 3: must be a JSON object",
        "line 4: i: is empty or not mapped",
        "line 5: must be strict JSON: Input data was truncated",
    ]


def test_a_column_that_the_first_row_lacks_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="columns = 'r': is not in the file; its columns are u, i"):
        read_rows(written(tmp_path, b'{"u": 1, "i": "tea"}'), MAP)
    assert list(read_rows(written(tmp_path, b""), MAP)) == []
