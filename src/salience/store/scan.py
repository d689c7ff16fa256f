"""Look for words in the raw bytes of every file of a folder: what no program reads any more may still lie there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_CHUNK = 1 << 20
SHORTEST = 6
"""Bytes of the shortest word that is looked for as it is: shorter ones stand in any file by chance."""


def found_in(folder: Path, words: Sequence[bytes]) -> dict[str, int]:
    """Path inside the folder -> how often any of the words stands in its bytes; files without one are left out.

    A word shorter than `SHORTEST` counts only between quotes, as JSON writes it. Half a word at the end of a chunk is
    seen with the next one.
    """
    wanted = [word if len(word) >= SHORTEST else b'"' + word + b'"' for word in words if word]
    counts = {
        path.relative_to(folder).as_posix(): occurrences(path, wanted)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    return {name: count for name, count in counts.items() if count}


def occurrences(path: Path, words: Sequence[bytes]) -> int:
    """How often the words stand in the bytes of one file; 0 where it is gone."""
    keep = max((len(word) for word in words), default=1) - 1
    total, rest = 0, b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                data = rest + chunk
                total += sum(data.count(word) - rest.count(word) for word in words)
                rest = data[-keep:] if keep else b""
    except FileNotFoundError:  # a file that is written aside has got its name meanwhile
        return 0
    return total
