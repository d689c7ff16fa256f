"""Checks 5, 6 and 7: the sample-ratio test, looked at 100 times over 100,000 users."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from salience.optimise.experiments.ratio_test import ALPHA, path, ratio_test
from salience.optimise.experiments.sums import Floats
from tests.checks.figure import Check, Figure, Size, at_least, at_most

USERS, LOOKS = 100_000, 100
LIMIT = float(np.log(1 / ALPHA))


def counts(runs: int, share: Floats | float, rng: np.random.Generator) -> Floats:
    """(runs, looks, 2 arms) new users of each look; ``share``: of the first arm, one number or one a look."""
    step = USERS // LOOKS
    first = rng.binomial(step, share, (runs, LOOKS)).astype(float)
    return np.stack([first, step - first], axis=-1)


def alarms(found: Floats, expected: Floats) -> NDArray[np.bool_]:
    """(runs, looks) whether the test says at this look that the shares are wrong."""
    return np.concatenate([path(part, expected) >= LIMIT for part in np.array_split(found, max(len(found) // 500, 1))])


def sound(size: Size) -> Iterator[Figure]:
    """Even arms, and three uneven ones, that are as they should be."""
    runs, slack = (1_000, 0.003) if size == "quick" else (40_000, 0.0)
    rng = np.random.default_rng(5)
    even = np.full((LOOKS, 2), 0.5)
    found = alarms(counts(runs, 0.5, rng), even).any(1)
    yield at_most("alarms, 50/50", float(found.mean()), ALPHA + slack, runs=runs)
    shares = np.array([0.7, 0.2, 0.1])
    three = rng.multinomial(USERS // LOOKS, shares, (runs, LOOKS)).astype(float)
    found = alarms(three, np.tile(shares, (LOOKS, 1))).any(1)
    yield at_most("alarms, 70/20/10", float(found.mean()), ALPHA + slack, runs=runs)


def power(size: Size) -> Iterator[Figure]:
    """51/49 where 50/50 was meant; then the same loss in one browser only, which has to be named."""
    runs, rng = (500 if size == "quick" else 10_000), np.random.default_rng(6)
    even = np.full((LOOKS, 2), 0.5)
    over = alarms(counts(runs, 0.51, rng), even)
    found = over.any(1)
    when = np.where(found, (over.argmax(1) + 1) * USERS / LOOKS, np.inf)
    yield at_least("51/49 found", float(found.mean()), 0.98 - (0.01 if size == "quick" else 0), runs=runs)
    yield at_most("median users until then", float(np.median(when)), 46_000)
    named, alone = zip(*(_planted(rng) for _ in range(20 if size == "quick" else 1_000)), strict=True)
    yield at_least("the segment that caused it is named first", float(np.mean(named)), 0.9, runs=len(named))
    yield at_least("and without it the arms fit", float(np.mean(alone)), 0.9, runs=len(alone))


def _planted(rng: np.random.Generator) -> tuple[bool, bool]:
    """Two attributes; treated users of one browser (18 % of all) are lost so that the whole is about 51/49."""
    browsers, lands = ("chrome", "safari", "firefox", "other"), ("de", "nl", "cn")
    browser = rng.choice(4, USERS, p=(0.6, 0.18, 0.14, 0.08))
    land = rng.choice(3, USERS, p=(0.5, 0.3, 0.2))
    arm = (rng.random(USERS) < 0.5).astype(int)
    kept = ~((browser == 1) & (arm == 1) & (rng.random(USERS) < 0.2))
    day = np.arange(USERS) * 10 // USERS

    def tally(rows: Floats) -> Floats:
        return np.bincount(day[rows] * 2 + arm[rows], minlength=20).reshape(10, 2).astype(float)

    segments = {f"browser={name}": tally(kept & (browser == at)) for at, name in enumerate(browsers)}
    segments |= {f"land={name}": tally(kept & (land == at)) for at, name in enumerate(lands)}
    found = ratio_test(("control", "new"), tally(kept), np.full((10, 2), 0.5), segments)
    named = not found.ok and bool(found.causes) and found.causes[0].segment == "browser=safari"
    return named, found.sound_without


def moving(size: Size) -> Iterator[Figure]:
    """The allocation is changed by hand, or by a bandit that learns: expected shares by period."""
    runs, slack = (1_000, 0.003) if size == "quick" else (20_000, 0.0)
    rng = np.random.default_rng(7)
    ramp = np.repeat([0.9, 0.7, 0.5, 0.5], LOOKS // 4)
    expected = np.stack([ramp, 1 - ramp], axis=-1)
    found = counts(runs, ramp, rng)
    alarm = alarms(found, expected).any(1)
    yield at_most("alarms while 90/10 becomes 50/50", float(alarm.mean()), ALPHA + slack, runs=runs)
    pooled = alarms(found[:200], np.full((LOOKS, 2), 0.5))
    yield at_least("the same with one share for all periods: alarms", float(pooled.any(1).mean()), 0.99, runs=200)
    alarm = (path(*_bandit(runs, rng)) >= LIMIT).any(1)
    yield at_most("alarms while a bandit moves the weights", float(alarm.mean()), ALPHA + slack, runs=runs)


def _bandit(runs: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(counts, shares), each (runs, looks, 2): the weight follows what was earned so far, between 10 % and 90 %."""
    step, share = USERS // LOOKS, np.full(runs, 0.5)
    earned, seen = np.ones((runs, 2)), np.full((runs, 2), 10.0)
    shown, shares = np.empty((runs, LOOKS, 2)), np.empty((runs, LOOKS, 2))
    for look in range(LOOKS):
        first = rng.binomial(step, share)
        both = np.stack([first, step - first], axis=-1)
        shown[:, look], shares[:, look] = both, np.stack([share, 1 - share], axis=-1)
        earned += rng.binomial(both, (0.10, 0.11))
        seen += both
        mean = earned / seen
        gap = (mean[:, 0] - mean[:, 1]) / np.sqrt((mean * (1 - mean) / seen).sum(1))
        share = np.clip(1 / (1 + np.exp(-1.7 * gap)), 0.1, 0.9)
    return shown, shares


CHECKS = (
    Check(5, "sample ratio, sound experiments", sound),
    Check(6, "sample ratio, 51/49 and its cause", power),
    Check(7, "sample ratio while the allocation moves", moving),
)
