"""Which learner, and whether any: out-of-fold Qini of every candidate, an average of the good ones, a verdict.

1. Each candidate scores every training row without having seen its fold (5 folds, balanced in arm and outcome).
2. Candidates that the best does not beat for certain (by two standard errors, paired bootstrap) are averaged, their
   scores divided by their spread: differences within the noise are not worth a choice.
3. The average is put on the scale of the outcome: tau(x) = a + b score(x), out of fold (`scaled.py`).
4. If the 95 % interval of its out-of-fold Qini includes 0, the answer is "no usable difference": treat everybody or
   nobody. Qini is about the order of people, so a large effect that is the same for all has Qini 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from threadpoolctl import threadpool_limits

from salience.optimise.uplift.base import Boosted, Linear, Predict
from salience.optimise.uplift.curves import Curve, Span, resamples, span
from salience.optimise.uplift.forest import UpliftForest
from salience.optimise.uplift.meta import Learner, Response, SLearner, TLearner
from salience.optimise.uplift.residual import ClassTransformation, RLearner, XLearner
from salience.optimise.uplift.scaled import scaled
from salience.optimise.uplift.trial import Floats, Trial, folds

PARTS = 5
SURE = 2.0
NOBODY = "no usable difference"
USABLE = "usable"
Watch = Callable[[str, int, int], None]

LEARNERS: tuple[Learner, ...] = (
    SLearner(Linear()),
    SLearner(Linear(), interactions=True),
    SLearner(Linear(0.003, "linear-strict"), interactions=True),
    TLearner(Linear()),
    XLearner(Linear(), Linear()),
    RLearner(Linear(), Linear(0.003)),
    ClassTransformation(Linear(0.003)),
    SLearner(Boosted()),
    TLearner(Boosted()),
    XLearner(Boosted(), Boosted()),
    RLearner(Boosted(), Boosted(trees=30)),
    UpliftForest(),
    UpliftForest(divergence="euclid"),
)
"""What is tried. A new learner is a file or class with `Learner`'s one method, and one line here."""


class Candidate(Struct, frozen=True):
    """``qini``: out of fold. ``behind``: the best less this one, paired. ``used``: part of the average."""

    name: str
    qini: Span
    behind: Span
    used: bool


@dataclass(frozen=True)
class Study:
    """``gain(x)`` is the expected gain of treating, in units of the outcome; ``held_out`` that of the training rows."""

    verdict: str
    qini: Span
    response: Span
    candidates: tuple[Candidate, ...]
    gain: Predict
    held_out: Floats

    @property
    def usable(self) -> bool:
        """Whether people differ enough for targeting to be more than luck."""
        return self.verdict == USABLE


def study(
    trial: Trial,
    *,
    seed: int = 0,
    learners: Sequence[Learner] = LEARNERS,
    progress: Watch | None = None,
) -> Study:
    """Judge every learner out of fold, join the good ones, fit them again on everything."""
    learners = tuple(
        one for one in learners if trial.binary or not (isinstance(one, UpliftForest) and one.divergence == "kl")
    )
    tell = progress or _silent
    fold = folds(trial, PARTS, seed)
    named = [*learners, Response(Linear())]
    scores = np.empty((len(named), len(trial)))
    # these fits are small: a second thread of BLAS would wait for the first, for as long as other work holds its core
    with threadpool_limits(limits=1, user_api="blas"):
        for n, learner in enumerate(named):
            tell(f"try {learner.name}", n, len(named))
            for part in range(PARTS):
                rest = trial.rows(np.flatnonzero(fold != part))
                scores[n, fold == part] = learner.fit(rest, seed=seed)(trial.x[fold == part])
    weights = resamples(len(trial), seed)
    curves = [Curve.of(row, trial) for row in scores]
    found = np.array([curve.qini() for curve in curves])
    drawn = np.array([[curve.qini(weight) for weight in weights] for curve in curves])
    best = int(np.argmax(found[:-1]))
    behind = [span(float(found[best] - found[n]), list(drawn[best] - drawn[n])) for n in range(len(named))]
    error = (drawn[best] - drawn).std(axis=1, ddof=1)
    used = [n for n in range(len(learners)) if n == best or found[best] - found[n] <= SURE * error[n]]
    spread = {n: float(scores[n].std()) or 1.0 for n in used}
    joined = np.mean([scores[n] / spread[n] for n in used], axis=0)
    curve = Curve.of(joined, trial)
    qini = span(curve.qini(), [curve.qini(weight) for weight in weights])
    tell("fit", len(named), len(named))
    with threadpool_limits(limits=1, user_api="blas"):
        base, slope = scaled(joined, trial, seed)
        fitted = [(learners[n].fit(trial, seed=seed), spread[n]) for n in used]

    def gain(x: Floats) -> Floats:
        return np.asarray(base + slope * np.mean([predict(x) / s for predict, s in fitted], axis=0), np.float64)

    return Study(
        verdict=USABLE if qini.low > 0 else NOBODY,
        qini=qini,
        response=span(float(found[-1]), list(drawn[-1])),
        candidates=tuple(
            Candidate(learner.name, span(float(found[n]), list(drawn[n])), behind[n], n in used)
            for n, learner in sorted(enumerate(learners), key=lambda pair: -found[pair[0]])
        ),
        gain=gain,
        held_out=base + slope * joined,
    )


def _silent(name: str, done: int, total: int) -> None:
    """Nobody watches."""
