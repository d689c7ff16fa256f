"""The best k of each row of a product of factors by way of bytes: a processor multiplies six in the time of a float.

Both factors are rounded to whole numbers of a byte, x ~ s a and y ~ t b, whose products add up exactly:

    |x . y - s t a . b|  <=  |x| |y - t b| + |x - s a| |t b|

so each rough product says between which two values the true one lies. What may be among the best is multiplied out in
full, and the answer is that of the whole product. Rounded factors for maximum inner product search: Guo, Kumar,
Choromanski, Simcha 2016, "Quantization based Fast Inner Product Search"; here with bounds where they guess.

Needs the `fast` extra: ONNX Runtime multiplies the bytes, Numba compiles the loops. For many rows at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix
from salience.models.topk import Codes, Floats, tie_order

ROWS, COLUMNS = 1024, 512  # of a tile
ROOM = 1024  # products of a row that are kept to be looked at in full
FEWEST = 10**8  # cells of a product for which it pays to load what is needed
SAFE = 1e15  # lengths up to here multiply to numbers that a float can hold


@lru_cache(maxsize=1)
def there() -> bool:
    """Whether the extra is installed and has a folder for what it compiles."""
    if find_spec("numba") is None or find_spec("onnxruntime") is None:
        return False
    try:
        from salience.models import rough_loops  # noqa: F401 - compiled or read from that folder now
    except RuntimeError:
        return False
    return True


class Tile(NamedTuple):
    """Some columns of the second factor as bytes, t b ~ y."""

    start: int
    turned: NDArray[np.int8]  # b, (f, COLUMNS), the last tile filled up with 0
    scale: float  # t
    length: float  # of the longest y
    off: float  # the largest |y - t b|


class RoughProduct:
    """The second factor, (n, f), rounded; made once, then asked by as many threads as there are."""

    def __init__(self, right: Floats, longest_first: Codes) -> None:
        n = len(right)
        self._right, self._columns = right, longest_first
        self._place, self._ties = np.empty(n, np.int64), np.empty(n, np.int64)
        self._place[longest_first] = self._ties[tie_order(n)] = np.arange(n)
        self._tiles = list(_rounded(right[longest_first]))

    @staticmethod
    def pays(left: Floats, right: Floats, k: int) -> bool:
        """Whether the product is large enough, what it needs is there, and no value is beyond what bounds can hold."""
        if len(left) * len(right) < FEWEST or 8 * k > ROOM or not there():
            return False
        return bool(_longest(left) < SAFE and _longest(right) < SAFE)  # false for NaN and infinity too

    def best(self, left: Floats, k: int, leave_out: Matrix | None) -> tuple[Codes, Floats, Codes]:
        """(codes, scores) of the ``k`` best for each row of ``left`` (rows, f), as `topk.best` gives them; and the
        rows that stay open, because so many products are alike that bytes cannot tell them apart."""
        from salience.models import rough_loops as loops

        rows, n = len(left), len(self._right)
        hidden = sparse.csr_array((rows, n), dtype=np.float32) if leave_out is None else leave_out.sorted_indices()
        second = hidden.indptr, hidden.indices, self._columns, self._place
        most = 127 if _adds_exactly() else 63
        unsigned, zero = most + 1, np.array(most + 1, np.uint8)
        scale = np.abs(left).max(axis=1) / np.float32(most)
        scale[scale == 0] = 1
        whole = np.rint(left / scale[:, None])
        lengths, off = (np.sqrt(np.square(part).sum(axis=1)) for part in (left, left - whole * scale[:, None]))
        bytes_ = (whole + unsigned).astype(np.uint8)
        heap = np.full((rows, k), -np.inf, np.float32)
        near, above = np.empty((rows, ROOM), np.int32), np.empty((rows, ROOM), np.float32)
        count = np.zeros(rows, np.int64)
        going = np.arange(rows)
        for number, tile in enumerate(self._tiles):
            if number & (number - 1) == 0:  # 0, 1, 2, 4, ...: rows that no later column can reach leave
                going = going[1.001 * lengths[going] * tile.length >= heap[going, 0]]
                if not len(going):
                    break
                a, unit, length, apart = bytes_[going], scale[going].astype(np.float64), lengths[going], off[going]
            cells = _multiplier().run(None, {"a": a, "b": tile.turned, "zero": zero})[0]
            longest = tile.length + tile.off
            # the last term is what a sum of f numbers of 24 bits may be off by itself
            error = 1.001 * (length * tile.off + apart * longest + left.shape[1] * 2e-7 * length * longest)
            loops.offer(cells, going, tile.start, unit * tile.scale, error, heap, near, above, count, second)
        codes, found = np.full((rows, k), n, np.int64), np.full((rows, k), -np.inf, np.float32)
        loops.settle(left, self._right, self._columns, self._ties, heap, near, above, count, codes, found)
        return codes, found, np.flatnonzero(count < 0)


def _rounded(right: Floats) -> Iterator[Tile]:
    for start in range(0, len(right), COLUMNS):
        part = right[start : start + COLUMNS]
        scale = np.float32(np.abs(part).max()) / np.float32(127) or np.float32(1)
        whole = np.rint(part / scale)
        turned = np.zeros((right.shape[1], COLUMNS), np.int8)
        turned[:, : len(part)] = whole.T
        yield Tile(start, turned, float(scale), _longest(part), _longest(part - whole * scale))


def _longest(rows: Floats) -> float:
    return float(np.sqrt(np.square(rows, dtype=np.float64).sum(axis=1).max(initial=0)))


@lru_cache(maxsize=1)
def _adds_exactly() -> bool:
    """Whether the processor adds products of whole bytes in 32 bits; older ones cut two of them off at 16 bits."""
    a, b = np.full((64, 64), 255, np.uint8), np.full((64, 64), 127, np.int8)
    product = _multiplier().run(None, {"a": a, "b": b, "zero": np.array(0, np.uint8)})[0]
    return bool((product == 64 * 255 * 127).all())


@lru_cache(maxsize=1)
def _multiplier() -> Any:
    """(a - zero) @ b of bytes without and with a sign, as 32-bit numbers. On one thread: callers bring their own."""
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return InferenceSession(_network(), options, providers=["CPUExecutionProvider"])


def _network() -> bytes:
    """A network of that one step in the ONNX format: a protobuf message, numbered as in the format's `onnx.proto`."""
    unsigned, signed, whole = 2, 3, 6

    def value(name: bytes, kind: int) -> bytes:
        return _field(1, name) + _field(2, _field(1, _field(1, kind)))

    names = (b"a", b"b", b"zero")
    step = b"".join(_field(1, name) for name in names) + _field(2, b"c") + _field(4, b"MatMulInteger")
    inputs = b"".join(_field(11, value(*each)) for each in zip(names, (unsigned, signed, unsigned), strict=True))
    graph = _field(1, step) + _field(2, b"product") + inputs + _field(12, value(b"c", whole))
    return _field(1, 8) + _field(8, _field(2, 13)) + _field(7, graph)


def _field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value) & 127 | 128, len(value) >> 7]) + value
