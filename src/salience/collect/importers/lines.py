"""Lines of a file, plain or gzip, with progress in bytes; memory does not grow with the file."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

from salience.events import InvalidInput, NotFound

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the bytes read so far and the bytes in all (of the file as it lies there, compressed or not)."""

LONGEST = 1_048_576
MAGIC = b"\x1f\x8b"  # what every gzip file begins with
OTHERS = {b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf": "7-Zip"}
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
_EVERY = 2000


def lines(path: Path, progress: Progress | None = None) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line with its end). A line beyond `LONGEST` comes cut, without its end.

    `NotFound` without the file; `InvalidInput` for a folder, or gzip that ends or breaks in the middle.
    """
    total = _size(path)
    with path.open("rb") as raw:
        file = _unpacked(path, raw)
        number = 0
        try:
            while line := file.readline(LONGEST):
                number += 1
                if not line.endswith(b"\n") and len(line) == LONGEST:
                    _skip(file)
                if number % _EVERY == 0 and progress is not None:
                    progress(raw.tell(), total)
                yield number, line
        except BROKEN as error:
            rule = f"breaks off after line {number:,}: {error}"
            raise InvalidInput("file", str(path), rule, "fetch it again") from None
    if progress is not None:
        progress(total, total)


def whole(path: Path) -> bytes:
    """All of the file at once, plain or gzip; errors as `lines` has them."""
    _size(path)
    with path.open("rb") as raw:
        try:
            return _unpacked(path, raw).read()
        except BROKEN as error:
            raise InvalidInput("file", str(path), f"breaks off: {error}", "fetch it again") from None


def _size(path: Path) -> int:
    if not path.exists():
        raise NotFound("file", str(path), "does not exist")
    if not path.is_file():
        raise InvalidInput("file", str(path), "is not a file", "name a file")
    return path.stat().st_size


def _unpacked(path: Path, raw: BufferedReader) -> BinaryIO:
    begin = raw.peek(8)[:8]
    if other := next((kind for mark, kind in OTHERS.items() if begin.startswith(mark)), ""):
        raise InvalidInput("file", str(path), f"is packed with {other}", "unpack it, or pack it with gzip")
    packed = path.suffix == ".gz" or begin[:2] == MAGIC  # a name may hide what a file is
    return cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw


def _skip(file: BinaryIO) -> None:
    """To the end of a line that is too long to be held."""
    while (part := file.readline(LONGEST)) and not part.endswith(b"\n"):
        pass
