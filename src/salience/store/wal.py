"""Whether SQLite's write-ahead log is whole, looked at before SQLite opens it.

After a crash SQLite reads the log up to the first frame whose checksum is wrong and drops the rest: right for a frame
that was being written, wrong for one in which a byte flipped, because commits that were acknowledged stand behind it.
Each frame stores the checksum of everything up to it, so what stands behind a bad frame can be checked from the bad
frame's own stored sum (or, if it was the sum that flipped, from the right one). If a commit is good in that sense, the
log was once written whole up to there, and nothing may be dropped.

Format and checksum: https://www.sqlite.org/fileformat2.html, section 4. For pairs of words (x, y) modulo 2^32

    s0 <- s0 + x + s1,    s1 <- s1 + y + s0

which is linear: s <- M s + (x, x + y) with M = [[1, 1], [1, 2]]. So a frame is two dot products with powers of M.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

HEADER = 32  # bytes
FRAME = 24  # bytes before each page
MAGIC = 0x377F0682
AT_ONCE = 2048  # frames


def broken_frame(path: Path) -> int:
    """The number, from 1, of a frame that was whole once and is not now, with commits behind it; 0 if there is none."""
    if not path.is_file() or path.stat().st_size <= HEADER:
        return 0
    with path.open("rb") as file:
        head = np.frombuffer(file.read(HEADER), ">u4").astype(np.uint32)
        page = int(head[2]) or 65_536
        if int(head[0]) & ~1 != MAGIC or page < 512 or page & (page - 1) or page > 65_536:
            return 0  # SQLite has a word of its own for a file that is no write-ahead log
        order, first = ">u4" if head[0] & 1 else "<u4", 0
        for number, frame in enumerate(_frames(file, page, order, head), 1):
            if not first and not frame.good:
                first = number
            if first and frame.good and frame.commit:
                return first
    return 0


class _Frame(NamedTuple):
    good: bool
    commit: bool


def _frames(file: BinaryIO, page: int, order: str, head: Words) -> Iterator[_Frame]:
    """Every frame: whether it follows from the one before it, and whether it ends a transaction.

    The salts in ``head`` name the generation: behind the end, frames may be left over from an older one.
    """
    size = FRAME + page
    stored, right = head[None, 6:8], head[None, 6:8]  # of the frame before
    while count := len(bytes_ := file.read(AT_ONCE * size)) // size:
        raw = np.frombuffer(bytes_, np.uint8)[: count * size].reshape(count, size)
        heads = np.ascontiguousarray(raw[:, :FRAME]).view(">u4").astype(np.uint32)
        words = np.concatenate((raw[:, :8], raw[:, FRAME:]), axis=1).view(order).astype(np.uint32)
        first, second, start = _weights(words.shape[1] // 2)
        # integers modulo 2^32: NumPy's products wrap, as C's do
        added = words[:, 0::2] @ first + words[:, 1::2] @ second
        stored = np.concatenate((stored[-1:], heads[:, 4:6]))
        right = np.concatenate((right[-1:], stored[:-1] @ start.T + added))
        follows = (right[1:] == stored[1:]).all(axis=1)
        mended = (right[:-1] @ start.T + added == stored[1:]).all(axis=1)  # only the sum before it is wrong
        good = (follows | mended) & (heads[:, 2:4] == head[4:6]).all(axis=1)
        for at in range(count):
            yield _Frame(bool(good[at]), bool(heads[at, 1]))


@lru_cache(maxsize=4)
def _weights(pairs: int) -> tuple[Words, Words, Words]:
    """What each first and second word of a pair adds to (s0, s1), (pairs, 2) each; and M to the power of ``pairs``."""
    first, second = np.zeros((pairs, 2), np.uint32), np.zeros((pairs, 2), np.uint32)
    power = [[1, 0], [0, 1]]
    for at in range(pairs - 1, -1, -1):
        (a, b), (c, d) = power
        first[at] = (a + b) & 0xFFFFFFFF, (c + d) & 0xFFFFFFFF
        second[at] = b, d
        power = [[(a + b) & 0xFFFFFFFF, (a + 2 * b) & 0xFFFFFFFF], [(c + d) & 0xFFFFFFFF, (c + 2 * d) & 0xFFFFFFFF]]
    return first, second, np.array(power, np.uint32)
