"""Whether SQLite's write-ahead log is whole, looked at before SQLite opens it.

After a crash SQLite reads the log up to the first frame whose checksum is wrong and drops the rest: right for a frame
that was being written, wrong for one in which a byte flipped, because commits that were acknowledged stand behind it.
Each frame stores the checksum of everything up to it, so what stands behind a bad frame can be checked from the bad
frame's own stored sum (or, if it was the sum that flipped, from the right one). If that leads to a commit, the frame
was once written whole, and nothing may be dropped.

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
        log = _Log(file, page, ">u4" if head[0] & 1 else "<u4", head[4:6])
        for number, frame in enumerate(log.frames(1, head[6:8]), 1):
            if not frame.good:
                sums = (frame.stored, frame.right)
                return number if any(log.commits(number + 1, summed) for summed in sums) else 0
    return 0


class _Frame(NamedTuple):
    good: bool
    commit: bool
    stored: Words
    right: Words


class _Log(NamedTuple):
    """``salts`` name the generation: frames behind the end may be left over from an older one."""

    file: BinaryIO
    page: int
    order: str
    salts: Words

    def frames(self, first: int, summed: Words) -> Iterator[_Frame]:
        """From the frame numbered ``first`` on, given the sum of what stands before it."""
        size = FRAME + self.page
        self.file.seek(HEADER + (first - 1) * size)
        while count := len(bytes_ := self.file.read(AT_ONCE * size)) // size:
            raw = np.frombuffer(bytes_, np.uint8)[: count * size].reshape(count, size)
            heads = np.ascontiguousarray(raw[:, :FRAME]).view(">u4").astype(np.uint32)
            right = _sums(raw, self.order, summed)
            good = (right == heads[:, 4:6]).all(axis=1) & (heads[:, 2:4] == self.salts).all(axis=1)
            for at in range(count):
                yield _Frame(bool(good[at]), bool(heads[at, 1]), heads[at, 4:6], right[at])
            summed = heads[-1, 4:6]

    def commits(self, first: int, summed: Words) -> bool:
        """Whether good frames lead from here to a commit."""
        for frame in self.frames(first, summed):
            if not frame.good or frame.commit:
                return frame.good
        return False


def _sums(raw: NDArray[np.uint8], order: str, before: Words) -> Words:
    """The right sum of each frame, (frames, 2), if the stored sum of the one before it is right."""
    stored = np.ascontiguousarray(raw[:, 16:FRAME]).view(">u4").astype(np.uint32)
    words = np.concatenate((raw[:, :8], raw[:, FRAME:]), axis=1).view(order).astype(np.uint32)
    first, second, start = _weights(words.shape[1] // 2)
    previous = np.concatenate((before[None, :], stored[:-1]))
    # integers modulo 2^32: NumPy's products wrap, as C's do
    right: Words = previous @ start.T + words[:, 0::2] @ first + words[:, 1::2] @ second
    return right


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
