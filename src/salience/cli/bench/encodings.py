"""Which encoding the lines of a file have, where nothing says so."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

_PAIRS = re.compile(rb"(?:[\xa1-\xfe][\xa1-\xfe])+")
_HIGH = re.compile(rb"[\x80-\xff]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


def decoded(lines: Sequence[bytes]) -> list[str]:
    """UTF-8, or UTF-16 behind its mark; lines that are neither are GB 18030 if their high bytes stand in pairs as
    Chinese has them, else Windows-1252 (Latin-1 where that has no letter).

    If most lines beyond ASCII are no UTF-8, those that are it by accident ("ʲô" for "什么") are read like the others.

    >>> decoded(["1 很好".encode("gbk"), "2 什么".encode("gbk"), "很好吃".encode("gbk")])[1]
    '2 什么'
    """
    if lines and lines[0][:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _LINES.findall(b"".join(lines).decode("utf-16", "replace"))
    high = [line for line in lines if not line.isascii()]
    odd = [line for line in high if not _is_utf8(line)]
    joined = b"\n".join(odd)
    chinese = sum(len(run) for run in _PAIRS.findall(joined)) > 0.6 * max(len(_HIGH.findall(joined)), 1)
    mostly = chinese and 2 * len(odd) >= len(high)
    return [
        (line.decode("gb18030", "replace") if chinese else _western(line))
        if mostly or not _is_utf8(line)
        else line.decode("utf-8-sig")
        for line in lines
    ]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _western(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")
