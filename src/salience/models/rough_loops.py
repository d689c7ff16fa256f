"""What Numba compiles for `models.rough_product`, the only one to import this file: it needs the `fast` extra.

Of a thousand cells hardly one counts: a row is compared at once, and the answers, a byte each, are looked at by eights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

AT_ONCE = 16  # cells; a tile's width is a multiple of it
NEVER, MOST = np.int32(-(2**31)), np.int32(2**31 - 1)


@njit(nogil=True, cache=True)
def offer(  # noqa: C901 - a call for each cell would take longer than what is done with it
    tile: Any, rows: Any, start: int, unit: Any, error: Any, heap: Any, near: Any, above: Any, count: Any, second: Any
) -> None:
    """Cells that may belong to their row's best: kept in ``near`` (column) and ``above`` (the most it can be).

    A cell c of row u stands for a product between c unit_u - error_u and c unit_u + error_u. ``heap[u]`` holds the
    largest lower ends, the least of them first; a cell whose upper end is below that cannot be among the best.
    ``second``: what each row may not have (indptr, indices), the items by column, and the columns by item.
    """
    indptr, indices, columns, place = second
    reaching = np.empty(tile.shape[1], np.uint8)
    words = reaching.view(np.uint64)
    for at in range(len(rows)):
        row = rows[at]
        if count[row] < 0:
            continue
        cells, scale, slack, seen = tile[at], unit[at], error[at], indices[indptr[row] : indptr[row + 1]]
        cells[len(columns) - start :] = NEVER
        floor = heap[row, 0] if start else _first_floor(cells, seen, place, heap[row], scale, slack)
        least = _least(floor, scale, slack)
        for j in range(len(cells)):
            reaching[j] = cells[j] >= least
        for word in range(len(words)):
            if not words[word]:
                continue
            for j in range(8 * word, 8 * word + 8):
                if cells[j] < least or cells[j] == NEVER or _among(seen, columns[start + j]):
                    continue
                if count[row] == near.shape[1]:
                    count[row] = _still(near[row], above[row], heap[row, 0])
                if count[row] < 0:
                    break
                value = cells[j] * scale
                near[row, count[row]], above[row, count[row]] = start + j, value + slack
                count[row] += 1
                if value - slack > heap[row, 0]:
                    _replace(heap[row], value - slack)
                    floor = max(floor, heap[row, 0])
                    least = _least(floor, scale, slack)
            if count[row] < 0:
                break


@njit(nogil=True, cache=True)
def _first_floor(cells: Any, seen: Any, place: Any, heap: Any, unit: float, error: float) -> float:
    """What at least as many cells reach as the heap holds, by the largest of every sixteen; it is empty again after."""
    for code in seen:
        if place[code] < len(cells):
            cells[place[code]] = NEVER
    for first in range(0, len(cells), AT_ONCE):
        largest = cells[first]
        for j in range(1, AT_ONCE):
            largest = max(largest, cells[first + j])
        if largest != NEVER and largest * unit - error > heap[0]:
            _replace(heap, largest * unit - error)
    floor = float(heap[0])
    heap[:] = -np.inf
    return floor


@njit(nogil=True, cache=True)
def _least(floor: float, unit: float, error: float) -> int:
    """The least cell that can reach the floor, less one for what rounding takes."""
    return int(np.int32(min(max((floor - error) / unit - 1.0, float(NEVER)), float(MOST))))


@njit(nogil=True, cache=True)
def _among(ordered: Any, wanted: int) -> bool:
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) >> 1
        if ordered[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < len(ordered) and ordered[low] == wanted


@njit(nogil=True, cache=True)
def _still(near: Any, above: Any, floor: float) -> int:
    """Put what still reaches the floor in front: how many those are, or -1 if too few could be taken out."""
    kept = 0
    for j in range(len(near)):
        if above[j] >= floor:
            near[kept], above[kept] = near[j], above[j]
            kept += 1
    return kept if kept <= len(near) // 2 else -1


@njit(nogil=True, cache=True)
def _replace(heap: Any, value: float) -> None:
    """Put ``value`` in the place of the smallest, which stands first."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= len(heap):
            break
        if child + 1 < len(heap) and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})
def settle(
    left: Any, right: Any, columns: Any, ties: Any, heap: Any, near: Any, above: Any, count: Any, codes: Any, found: Any
) -> None:
    """The best by true products, best first, into ``codes`` and ``found``; of equal ones the first by ``ties``."""
    k = codes.shape[1]
    for row in range(len(left)):
        taken = 0
        for at in range(count[row]):
            if above[row, at] < max(heap[row, 0], found[row, k - 1]):
                continue
            code = columns[near[row, at]]
            value = np.float32(0)
            for i in range(left.shape[1]):
                value += left[row, i] * right[code, i]
            place = taken if taken < k else k - 1
            if taken == k and not _before(value, ties[code], found[row, place], ties[codes[row, place]]):
                continue
            while place > 0 and _before(value, ties[code], found[row, place - 1], ties[codes[row, place - 1]]):
                codes[row, place], found[row, place] = codes[row, place - 1], found[row, place - 1]
                place -= 1
            codes[row, place], found[row, place] = code, value
            taken = min(taken + 1, k)


@njit(nogil=True, cache=True)
def _before(value: Any, tie: int, other: Any, other_tie: int) -> bool:
    return value > other or (value == other and tie < other_tie)
