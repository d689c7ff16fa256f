"""Paths: how people go through a visit, what they do next, where they leave, and which ways lead to a goal.

Between two equal steps nothing happened, so repeats in a row count as one. A path's rate for the goal has an interval,
and the step's weight in reaching it is the removal effect of the first-order chain (Anderl, Becker, von Wangenheim &
Schumann 2016): the share of visits that would no longer reach the goal if everybody left at that step.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.mine.intervals import wilson
from salience.prepare.deeds import Deeds

START, EXIT = "(start)", "(exit)"
DEEP = 5
"""Steps of a path that are told apart; what follows is "and on"."""


class Move(Struct, frozen=True):
    """``count`` times ``after`` came straight behind ``step``: ``share`` of all that followed it."""

    step: str
    after: str
    count: int
    share: float


class Path(Struct, frozen=True):
    """The first steps of ``count`` visits; of them ``goal`` (a share, with its 95 % interval) reached the goal later
    or on the way; None without a goal."""

    steps: tuple[str, ...]
    count: int
    share: float
    goal: float | None = None
    low: float | None = None
    high: float | None = None


class StepRole(Struct, frozen=True):
    """How a step takes part: ``visits`` with it, ``starts`` and ``exits`` as shares of them, ``goal`` the share of
    them that reach the goal, ``removal`` the share of all goals that would be lost without it (None without a goal)."""

    step: str
    visits: int
    starts: float
    exits: float
    goal: float | None
    removal: float | None


class Paths(Struct, frozen=True):
    """``visits`` in all, ``reached`` of them the goal."""

    visits: int
    goal: str
    reached: int
    steps: tuple[StepRole, ...]
    moves: tuple[Move, ...]
    paths: tuple[Path, ...]


def paths(of: Deeds, *, goal: str = "", limit: int = 20, deep: int = DEEP) -> Paths:
    """The ``limit`` commonest moves, paths and steps. ``goal`` is a step, e.g. ``purchase``."""
    if goal and goal not in of.steps.codes:
        raise InvalidInput("goal", goal, "nobody ever did this", f"known: {', '.join(sorted(of.steps.names)[:12])}")
    if not len(of):
        raise InvalidInput("events", 0, "there are no deeds of people", "import events first")
    visit, step = of.columns["visit"], of.columns["step"]
    fresh = np.ones(len(step), bool)
    fresh[1:] = (visit[1:] != visit[:-1]) | (step[1:] != step[:-1])
    visit, step = visit[fresh], step[fresh].astype(np.int64)
    visit = np.cumsum(np.concatenate(([0], np.diff(visit) != 0)))
    n, k = int(visit[-1]) + 1, len(of.steps)
    begins = np.ones(len(step), bool)
    begins[1:] = visit[1:] != visit[:-1]
    counts = np.zeros((k + 1, k + 1), np.int64)  # row k is the start, column k the exit
    np.add.at(counts, (np.full(n, k), step[begins]), 1)
    ends = np.roll(begins, -1)
    np.add.at(counts, (step[ends], np.full(n, k)), 1)
    np.add.at(counts, (step[:-1][~begins[1:]], step[1:][~begins[1:]]), 1)
    code = of.steps.codes[goal] if goal else -1
    hit = np.zeros(n, bool)
    hit[visit[step == code]] = True
    names = of.steps.names
    return Paths(
        visits=n,
        goal=goal,
        reached=int(hit.sum()),
        steps=tuple(_roles(names, visit, step, counts, hit, code)[:limit]),
        moves=tuple(_moves(names, counts, limit)),
        paths=tuple(_first_steps(names, np.split(step, np.flatnonzero(begins)[1:]), hit, code, limit, deep)),
    )


def _moves(names: tuple[str, ...], counts: NDArray[np.int64], limit: int) -> list[Move]:
    k = len(names)
    total = counts.sum(axis=1)
    order = np.argsort(-counts, axis=None, kind="stable")[:limit]
    found = []
    for place in order.tolist():
        row, column = divmod(place, k + 1)
        if counts[row, column]:
            here, there = START if row == k else names[row], EXIT if column == k else names[column]
            found.append(Move(here, there, int(counts[row, column]), float(counts[row, column] / total[row])))
    return found


def _roles(
    names: tuple[str, ...], visit: NDArray[np.int64], step: NDArray[np.int64], counts: NDArray[np.int64],
    hit: NDArray[np.bool_], code: int,
) -> list[StepRole]:  # fmt: skip
    k = len(names)
    pairs = np.unique(step * len(hit) + visit)
    have = np.bincount(pairs // len(hit), minlength=k)
    reach = np.bincount(pairs // len(hit), weights=hit[pairs % len(hit)], minlength=k)
    removal = _removal(counts, code) if code >= 0 else None
    made = [
        StepRole(
            step=names[at],
            visits=int(have[at]),
            starts=float(counts[k, at] / have[at]),
            exits=float(counts[at, k] / have[at]),
            goal=float(reach[at] / have[at]) if code >= 0 else None,
            removal=None if removal is None or at == code else float(removal[at]),
        )
        for at in np.flatnonzero(have).tolist()
    ]
    return sorted(made, key=lambda role: (-role.visits, role.step))


def _removal(counts: NDArray[np.int64], goal: int) -> NDArray[np.float64]:
    """1 - P(goal without the step) / P(goal), in the chain where the goal ends the visit."""
    k = len(counts) - 1
    chain = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    whole = _reach(chain, goal)[k]
    found = np.zeros(k)
    for at in range(k):
        if at != goal and counts[:, at].any():
            without = chain.copy()
            without[at] = 0
            found[at] = 1 - _reach(without, goal)[k] / whole if whole else 0.0
    return found


def _reach(chain: NDArray[np.float64], goal: int) -> NDArray[np.float64]:
    """The probability of ever reaching ``goal`` from each step; the last row is the start."""
    k = len(chain) - 1
    inner = chain.copy()
    inner[:, k] = 0  # nobody comes back from the exit within a visit
    inner[goal] = 0
    into = inner[:, goal].copy()
    inner[:, goal] = 0
    made = np.asarray(np.linalg.solve(np.eye(k + 1) - inner, into), np.float64)
    made[goal] = 1.0
    return made


def _first_steps(
    names: tuple[str, ...], visits: list[NDArray[np.int64]], hit: NDArray[np.bool_], code: int, limit: int, deep: int
) -> list[Path]:
    taken: Counter[tuple[int, ...]] = Counter()
    good: Counter[tuple[int, ...]] = Counter()
    for steps, reached in zip(visits, hit.tolist(), strict=True):
        way = tuple(steps[: deep + 1].tolist())
        way = (*way[:deep], -1) if len(way) > deep else way
        taken[way] += 1
        good[way] += reached
    found = []
    for way, count in sorted(taken.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]:
        told = tuple("..." if at < 0 else names[at] for at in way)
        if code < 0:
            found.append(Path(told, count, count / len(visits)))
        else:
            low, high = wilson(good[way], count)
            found.append(Path(told, count, count / len(visits), good[way] / count, low, high))
    return found
