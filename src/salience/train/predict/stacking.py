"""Joining candidates by what they said about rows that they had not seen.

1. Each candidate is calibrated on its own (Platt), so that one that is too sure can still be of use.
2. Members are added one at a time, again and again, each time the one that lowers the log loss of the mean most
   (Caruana et al. 2004, "Ensemble selection from libraries of models"): the weights are how often each was taken, on
   average over bags that each hold half of the candidates and a bootstrap of the rows, so that luck picks nobody.
3. The mixture is calibrated by whichever way predicts best on rows that its calibration has not seen.

In time order the rows before teach, and the rows after judge. Members then have equal weights (see `_steady`), and a
calibration may forget (a row that is ``half_life`` rows old counts for half), if it has helped again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from salience.evaluate.chances import surprise
from salience.models.predictor.blend import averaged, mixed
from salience.models.predictor.calibration import Calibration, isotonic, none, platt
from salience.models.predictor.columns import Floats
from salience.models.predictor.predictor import Codes, softmax

STEPS = 12
BAGS = 16
BAG_SHARE = 0.5  # of the candidates
BAG_LEAST = 8  # candidates: a bag of two bad ones would have to take one
BAG_ROWS = 6000
LEAST_SHARE = 0.05  # of the largest weight: below, a member is not worth its time
LEAST_GAIN = 1e-5  # of the log loss: below, one more member is not worth its time
ISOTONIC_FROM = 1000  # rows; with fewer a step function follows chance
MARGIN = 2e-4  # of the log loss, that a calibration must gain over a simpler one
PARTS = 5
MOST_BLOCKS = 8
MOVING_MARGIN = 2e-3  # the same in time order, where what helped may harm next
SURE = 3.0  # standard errors over blocks
FARTHEST = 0.1  # of the best log loss, that a member may be behind at most
MOST_MEMBERS = 8
FADES = (4.0, 16.0)  # the rows / the half-life of a calibration that forgets


@dataclass(frozen=True, eq=False)
class Judged:
    """What the candidates said: ``odds``, one (rows, classes) each; ``y`` (rows,) what came; ``group`` (rows,) the fold
    of each row, in time order if ``ordered``."""

    odds: tuple[Floats, ...]
    y: Codes
    group: NDArray[np.int64]
    ordered: bool

    def rows(self, chosen: NDArray[np.bool_]) -> Judged:
        """These rows."""
        return Judged(tuple(one[chosen] for one in self.odds), self.y[chosen], self.group[chosen], self.ordered)

    @property
    def moving(self) -> bool:
        """Whether there are blocks that follow each other."""
        return self.ordered and len(np.unique(self.group)) > 1

    def blocks(self) -> list[NDArray[np.bool_]]:
        """Up to eight parts of the rows in time order."""
        ends = np.unique(self.group)
        return [np.isin(self.group, part) for part in np.array_split(ends, min(MOST_BLOCKS, len(ends)))]

    def rounds(self, seed: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
        """(rows to learn from, rows to judge): the blocks before and the next, or random halves of the folds."""
        if self.moving:
            blocks = self.blocks()
            yield from ((np.logical_or.reduce(blocks[:n]), blocks[n]) for n in range(1, len(blocks)))
            return
        part = np.random.default_rng(seed).permutation(len(self.y)) % PARTS
        yield from ((part != one, part == one) for one in range(PARTS))


@dataclass(frozen=True, eq=False)
class Recipe:
    """How to join: ``weights`` of the candidates in ``members``, ``shift`` (classes,), the calibration of the sum, and
    whether probabilities are summed (``linear``) or log odds."""

    members: tuple[int, ...]
    weights: Floats
    shift: Floats
    calibration: Calibration
    linear: bool

    def mixed(self, odds: Sequence[Floats]) -> Floats:
        """Of all candidates' log odds, before the calibration."""
        join = averaged if self.linear else mixed
        return join([odds[k] for k in self.members], self.weights, self.shift, len(odds[0]))

    def apply(self, odds: Sequence[Floats]) -> Floats:
        """(rows, classes) of all candidates' log odds."""
        return self.calibration.apply(self.mixed(odds))


def learn(judged: Judged, seed: int) -> Recipe:
    """Members, weights and calibration from everything that is judged."""
    members, weights, shift = _steady(judged) if judged.moving else _members(judged, seed)
    rough = Recipe(members, weights, shift, none(judged.odds[0].shape[1]), judged.moving)
    return replace(rough, calibration=calibrated(rough.mixed(judged.odds), judged, seed))


def honest(judged: Judged, seed: int) -> tuple[NDArray[np.int64], Floats]:
    """(rows, their log odds) of recipes that have not seen them: what to judge the whole procedure by.

    In time order the first block teaches only.
    """
    found, odds = [], []
    for before, after in judged.rounds(seed):
        if len(np.unique(judged.y[before])) > 1 and after.any():
            found.append(np.flatnonzero(after))
            odds.append(learn(judged.rows(before), seed).apply(judged.rows(after).odds))
    if not found:
        return np.arange(len(judged.y)), learn(judged, seed).apply(judged.odds)
    rows = np.concatenate(found)
    order = np.argsort(rows)
    return rows[order], np.vstack(odds)[order]


def calibrated(odds: Floats, judged: Judged, seed: int) -> Calibration:
    """The calibration that predicts unseen rows best; a simpler one where the difference is nothing.

    In time order it must also have helped in every one of the newer blocks.
    """
    ways = _ways(judged)
    rounds = [one for one in judged.rounds(seed + 1) if len(np.unique(judged.y[one[0]])) > 1]
    if not rounds:
        return none(odds.shape[1])
    losses = np.array([
        [surprise(softmax(way(odds[before], judged.y[before]).apply(odds[after])), judged.y[after]).mean()
         for before, after in rounds]
        for way in ways
    ])  # fmt: skip
    size = np.array([int(after.sum()) for _, after in rounds])
    mean, newer = losses @ size / size.sum(), len(rounds) // 2
    best = 0
    for n in range(1, len(ways)):
        helps = not judged.moving or bool((losses[n, newer:] < losses[best, newer:]).all())
        if mean[n] < mean[best] - (MOVING_MARGIN if judged.moving else MARGIN) and helps:
            best = n
    return ways[best](odds, judged.y)


Way = Callable[[Floats, Codes], Calibration]


def _ways(judged: Judged) -> list[Way]:
    """Simplest first."""
    ways: list[Way] = [_as_it_is, platt]
    if judged.ordered:
        for part in FADES:
            half_life = len(judged.y) / part
            ways += [_forgetting(half_life, slope=False), _forgetting(half_life, slope=True)]
    elif judged.odds[0].shape[1] == 2 and len(judged.y) >= ISOTONIC_FROM:
        ways.append(isotonic)
    return ways


def _as_it_is(odds: Floats, y: Codes) -> Calibration:  # noqa: ARG001 - the others look at the outcomes
    return none(odds.shape[1])


def _forgetting(half_life: float, *, slope: bool) -> Way:
    def way(odds: Floats, y: Codes) -> Calibration:
        return platt(odds, y, fading(len(y), half_life), slope=slope)

    return way


def fading(rows: int, half_life: float) -> Floats:
    """(rows,) weights of rows in time order: the newest counts 1, one that is ``half_life`` older half as much.

    >>> fading(3, 1).tolist()
    [0.25, 0.5, 1.0]
    """
    return np.asarray(0.5 ** (np.arange(rows - 1, -1, -1) / half_life), np.float64)


def _steady(judged: Judged) -> tuple[tuple[int, ...], Floats, Floats]:
    """In time order: candidates that the best does not beat for certain over the blocks, all with one weight.

    Weights that were best for the last regime are worst for the next one; a plain mean of good candidates is not.
    """
    blocks = judged.blocks()
    losses = np.array([
        [surprise(softmax(odds[block]), judged.y[block]).mean() for block in blocks] for odds in judged.odds
    ])  # fmt: skip
    mean = losses @ np.array([int(block.sum()) for block in blocks]) / len(judged.y)
    best = int(np.argmin(mean))
    apart = losses - losses[best]
    error = apart.std(axis=1, ddof=1) / np.sqrt(len(blocks))
    near = np.flatnonzero(mean - mean[best] <= np.minimum(SURE * error, FARTHEST * mean[best]))
    members = sorted({best, *near[np.argsort(mean[near])][:MOST_MEMBERS].tolist()})
    return tuple(members), np.full(len(members), 1 / len(members)), np.zeros(judged.odds[0].shape[1])


def _members(judged: Judged, seed: int) -> tuple[tuple[int, ...], Floats, Floats]:
    own = [platt(odds, judged.y) for odds in judged.odds]
    told = [one.apply(odds - odds.mean(axis=1, keepdims=True)) for one, odds in zip(own, judged.odds, strict=True)]
    rng = np.random.default_rng(seed)
    share = np.zeros(len(told))
    for _ in range(BAGS):
        rows = rng.integers(0, len(judged.y), min(len(judged.y), BAG_ROWS))
        some = np.sort(rng.permutation(len(told))[: max(BAG_LEAST, round(len(told) * BAG_SHARE))])
        share[some] += _selected([told[k][rows] for k in some], judged.y[rows]) / BAGS
    share[share < LEAST_SHARE * share.max()] = 0
    share /= share.sum()
    members = np.flatnonzero(share)
    weights = np.array([share[k] * own[k].slope for k in members])
    shift = np.sum([share[k] * own[k].shift for k in members], axis=0)
    return tuple(members.tolist()), weights, shift


def _selected(told: Sequence[Floats], y: Codes) -> Floats:
    """(candidates,) the share of the steps in which each was taken."""
    total, taken, loss = np.zeros_like(told[0]), np.zeros(len(told)), np.inf
    for step in range(1, STEPS + 1):
        losses = [float(_loss((total + one) / step, y)) for one in told]
        best = int(np.argmin(losses))
        if losses[best] > loss - LEAST_GAIN and step > 2:
            break
        loss = min(loss, losses[best])
        total, taken[best] = total + told[best], taken[best] + 1
    return np.asarray(taken / taken.sum())


def _loss(odds: Floats, y: Codes) -> float:
    if odds.shape[1] == 2:  # the same number, three times as fast
        apart = odds[:, 1] - odds[:, 0]
        return float(np.logaddexp(0, np.where(y == 1, -apart, apart)).mean())
    return float(surprise(softmax(odds), y).mean())
