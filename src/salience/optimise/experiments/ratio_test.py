"""Are the arms as large as they should be? A sequential sample-ratio test that survives a changing allocation.

An arm that has too many or too few units means that assignment or counting is broken, and no result of the experiment
may be believed. For each arm j and tilt h, the hypothesis "arm j's odds are e^h times what they should be" gives the
likelihood ratio, over periods t with expected shares p_tj and counts n_tj of n_t,

    L_jh = prod_t exp(h n_tj) / (1 + p_tj (e^h - 1))^{n_t},

a martingale with mean 1 if the shares are right, whatever they are in each period and however a bandit chose them, as
long as they were fixed before the units came. So is their weighted mean over j and h, and by Ville's inequality it ever
reaches 1/alpha with probability alpha at most: look as often as you like. (Lindon and Malek 2022 mix over a Dirichlet;
that needs one allocation for ever.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from scipy.special import logsumexp

from salience.optimise.experiments.sums import Floats

ALPHA = 0.001
TILTS = np.array([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28])
WEIGHTS = np.array([0.05, 0.20, 0.42, 0.18, 0.06, 0.04, 0.03, 0.02])
"""Most weight on what is often met and still does harm: an arm of half the units off by half to two points (h = 0.02 to
0.08). It is what is looked for first, not all that is found."""


def path(counts: Floats, shares: Floats) -> Floats:
    """(..., periods) log of the mixture after each period. ``counts``, ``shares``: (..., periods, arms).

    Mismatched once it has reached log(1/alpha), at whatever period.
    """
    n = counts.sum(axis=-1)
    terms = []
    for tilt, weight in zip(TILTS, WEIGHTS, strict=True):
        for h in (tilt, -tilt):
            steps = h * counts - n[..., None] * np.log1p(shares * np.expm1(h))
            terms.append(steps.cumsum(axis=-2) + np.log(weight / 2 / counts.shape[-1]))
    return np.asarray(logsumexp(np.concatenate(terms, axis=-1), axis=-1))


class Mismatch(Struct, frozen=True):
    """``segment``: which, as ``browser=safari``; "" for all. ``evidence``: the largest log M so far.

    ``odds``: those of the worst ``arm`` over the expected ones.
    """

    segment: str
    evidence: float
    arm: str
    units: int
    expected: float
    found: float
    odds: float


class RatioTest(Struct, frozen=True):
    """``ok`` unless shares as uneven as these would come up in fewer than 1 of 1,000 sound experiments, ever.

    ``causes``: the segments that explain it, the strongest first; ``sound_without``: whether the arms fit once the
    first of them is left out, so that it is *the* cause.
    """

    ok: bool
    whole: Mismatch
    causes: tuple[Mismatch, ...] = ()
    sound_without: bool = False


Counts = Mapping[str, Floats]


def ratio_test(
    arms: Sequence[str], counts: Floats, shares: Floats, segments: Counts | None = None, alpha: float = ALPHA
) -> RatioTest:
    """Judge (periods, arms) counts against shares; ``segments``: the same counts by ``attribute=value``.

    Segments are looked into each at alpha over their number, and all of them even where the whole is sound: a mismatch
    in one browser may hide in the total.
    """
    whole = _mismatch("", arms, counts, shares)
    found = segments or {}
    limit = np.log(max(len(found), 1) / alpha)
    broken = [one for name, own in found.items() if (one := _mismatch(name, arms, own, shares)).evidence >= limit]
    causes = tuple(sorted(broken, key=lambda one: -one.evidence))
    ok = whole.evidence < np.log(1 / alpha) and not causes
    without = bool(causes) and float(path(counts - found[causes[0].segment], shares).max()) < np.log(1 / alpha)
    return RatioTest(ok, whole, causes, without)


def _mismatch(name: str, arms: Sequence[str], counts: Floats, shares: Floats) -> Mismatch:
    n = counts.sum()
    got = counts.sum(axis=0)
    expected = (counts.sum(axis=1, keepdims=True) * shares).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.nan_to_num((got / (n - got)) / (expected / (n - expected)), nan=1.0, posinf=np.inf)
        worst = int(np.argmax(np.abs(np.nan_to_num((got - expected) / np.sqrt(expected * (1 - expected / n))))))
    share, found = (expected[worst] / n, got[worst] / n) if n else (0.0, 0.0)
    reached = float(path(counts, shares).max()) if len(counts) else 0.0
    return Mismatch(name, reached, arms[worst], int(n), float(share), float(found), float(odds[worst]))
