"""From the columns of an experiment to who should be treated: types, what comes afterwards, the study, the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.models.predictor.columns import Encoder, encoder, numbers
from salience.optimise.uplift.afterwards import afterwards
from salience.optimise.uplift.curves import FORMULA, FORMULA_OTHER, Curve, Span, resamples, span
from salience.optimise.uplift.study import Candidate, Watch, study
from salience.optimise.uplift.trial import Floats, Trial
from salience.optimise.uplift.worth import Audience, Worth, audience, effect, worth

Cells = Mapping[str, Sequence[str]]
"""Column name -> its cells, all equally many."""

CONTROL = frozenset({"0", "0.0", "false", "f", "no", "n", "none", "control", "c", "baseline", "holdout", "untreated",
                     "no treatment", "no e-mail", "no email", "no mail", "no offer", "ctrl"})  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What is asked of the columns. ``control`` and ``arm``: values of ``treatment``; guessed where that is safe.

    ``covariates``: learn from these only, whatever the rules about later columns say. ``cost``: of treating one person,
    in units of the outcome. ``budget``: the largest share of people to treat.
    """

    treatment: str
    outcome: str
    control: str | None = None
    arm: str | None = None
    ignore: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    cost: float = 0.0
    budget: float = 1.0


class Metrics(Struct, frozen=True):
    """Of the test part: the named coefficients, the effect among the top 30 %, the average effect, what shares gain."""

    qini: Span
    auuc: Span
    uplift_at_30: Span
    average_effect: Span
    worth: tuple[Worth, ...]


class Targeting(Struct, frozen=True):
    """The whole answer. ``qini``: out of fold on the training part, the interval the verdict goes by."""

    verdict: str
    why: str
    formula: str
    qini: Span
    response_qini: Span
    candidates: tuple[Candidate, ...]
    audience: Audience
    test: Metrics | None
    control: str
    arm: str
    other_arms: tuple[str, ...]
    covariates: tuple[str, ...]
    left_out: dict[str, str]
    unbalanced: tuple[str, ...]
    sizes: dict[str, int]
    seed: int


def target(
    train: Cells, test: Cells, question: Question, *, seed: int = 0, progress: Watch | None = None
) -> tuple[Targeting, Floats]:
    """(the answer, (test rows,) expected gain of treating). The test part needs no arm and no outcome to be scored."""
    control, arm, others = _arms(train, question)
    there, treated = _rows(train, question.treatment, control, arm)
    outcome, positive = _outcome(train, question.outcome, there)
    columns, left_out, unlike = _columns(train, test, question, there, treated, outcome)
    kinds = encoder(columns)
    left_out |= kinds.left_out
    if not kinds.parts:
        raise InvalidInput("train", "", "has no column to learn from", "name some with --covariates")
    x = kinds.encode(columns, len(treated))
    chance = _propensity(x, treated, seed) if unlike else None
    trial = Trial.of(x, treated, outcome, chance)
    found = study(trial, seed=seed, progress=progress)
    rows = len(next(iter(test.values())))
    gain = found.gain(kinds.encode(test, rows))
    why = "the interval of the out-of-fold Qini lies above 0"
    if not found.usable:
        why = "the interval of the out-of-fold Qini includes 0: ordering people is not better than chance for certain"
    told = Targeting(
        verdict=found.verdict,
        why=why,
        formula=FORMULA if trial.binary else FORMULA_OTHER,
        qini=found.qini,
        response_qini=found.response,
        candidates=found.candidates,
        audience=audience(found.held_out, trial, usable=found.usable, cost=question.cost, budget=question.budget),
        test=_judged(test, question, control, arm, positive, gain, seed),
        control=control,
        arm=arm,
        other_arms=others,
        covariates=tuple(part.name for part in kinds.parts),
        left_out=left_out,
        unbalanced=unlike,
        sizes={"train": len(trial), "treated": int(trial.treated.sum()), "test": rows, "covariates": len(kinds.names)},
        seed=seed,
    )
    return told, gain


def _arms(train: Cells, question: Question) -> tuple[str, str, tuple[str, ...]]:
    """(control, treated, the others): given, or safe to guess."""
    if question.treatment not in train:
        raise InvalidInput("treatment", question.treatment, "is no column", f"one of {', '.join(train)}")
    values = sorted({cell.strip() for cell in train[question.treatment]})
    control, arm = question.control, question.arm
    if control is None:
        known = [value for value in values if value.lower() in CONTROL]
        if len(known) != 1:
            rule = f"which of {', '.join(values)} is the control does not show"
            raise InvalidInput("control", "", rule, "name it with --control")
        control = known[0]
    if arm is None:
        rest = [value for value in values if value != control]
        if len(rest) != 1:
            rule = f"several treatments: {', '.join(rest)}; one is compared with the control at a time"
            raise InvalidInput("arm", "", rule, "run once for each, naming it with --arm")
        arm = rest[0]
    for name, value in (("control", control), ("arm", arm)):
        if value not in values:
            raise InvalidInput(name, value, f"is no value of {question.treatment}", f"one of {', '.join(values)}")
    if control == arm:
        raise InvalidInput("arm", arm, "is the control", "name another value")
    return control, arm, tuple(value for value in values if value not in (control, arm))


def _rows(cells: Cells, column: str, control: str, arm: str) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    values = np.array([cell.strip() for cell in cells[column]], dtype=object)
    there = np.flatnonzero((values == control) | (values == arm))
    return there, (values[there] == arm).astype(np.int8)


def _outcome(train: Cells, column: str, rows: NDArray[np.int64]) -> tuple[Floats, str]:
    """(the outcome as a number, which word is 1 where it is in words)."""
    if column not in train:
        raise InvalidInput("outcome", column, "is no column", f"one of {', '.join(train)}")
    cells = [train[column][row].strip() for row in rows]
    positive = ""
    if np.isnan(numbers(cells)).any():
        words = sorted(set(cells))
        if len(words) != 2:
            raise InvalidInput("outcome", column, "is neither a number nor one of two words", "clean the column")
        yes = [word for word in words if word.lower() in {"yes", "y", "true", "t"}]
        if not yes:
            raise InvalidInput("outcome", column, f"which of {words} is the good one?", "write it as 1 and 0")
        positive = yes[0]
    return _read(cells, positive), positive


def _read(cells: Sequence[str], positive: str) -> Floats:
    return np.array([cell.strip() == positive for cell in cells], np.float64) if positive else numbers(cells)


def _columns(
    train: Cells, test: Cells, question: Question, rows: NDArray[np.int64], treated: NDArray[np.int8], outcome: Floats
) -> tuple[dict[str, list[str]], dict[str, str], tuple[str, ...]]:
    """(what may be learned from, why not the others, columns that show that the arms were not drawn at random)."""
    for option in ("ignore", "covariates"):
        for name in getattr(question, option):
            if name not in train:
                raise InvalidInput(option, name, "is no column", f"one of {', '.join(train)}")
    own = {question.treatment, question.outcome}
    left = {name: "not asked for" for name in train if question.covariates and name not in question.covariates}
    left |= dict.fromkeys(question.ignore, "asked to be ignored")
    left |= {name: "is not in the test part" for name in train if name not in test}
    names = [name for name in train if name not in own and name not in left]
    columns = {name: [train[name][row] for row in rows] for name in names}
    later: dict[str, str] = {}
    unlike: tuple[str, ...] = ()
    if not question.covariates:
        later, unlike = afterwards(columns, treated, outcome)
    return (
        {name: cells for name, cells in columns.items() if name not in later},
        {name: why for name, why in (left | later).items() if name not in own},
        unlike,
    )


def _propensity(x: Floats, treated: NDArray[np.int8], seed: int) -> Floats:
    """The chance of being treated, learned, where the arms were not drawn at random; kept within 2 and 98 %."""
    from salience.optimise.uplift.base import Linear

    return np.clip(Linear().fit(x, treated.astype(np.float64), seed=seed)(x), 0.02, 0.98)


def _judged(
    test: Cells, question: Question, control: str, arm: str, positive: str, gain: Floats, seed: int
) -> Metrics | None:
    """On the test rows of the two arms; None if arm or outcome are not there."""
    if question.treatment not in test or question.outcome not in test:
        return None
    rows, treated = _rows(test, question.treatment, control, arm)
    outcome = _read([test[question.outcome][row] for row in rows], positive)
    trial = Trial.of(np.zeros((len(rows), 1)), treated, outcome)
    curve = Curve.of(gain[rows], trial)
    weights = resamples(len(rows), seed + 1)
    return Metrics(
        qini=span(curve.qini(), [curve.qini(weight) for weight in weights]),
        auuc=span(curve.auuc(), [curve.auuc(weight) for weight in weights]),
        uplift_at_30=span(curve.top(), [curve.top(weight=weight) for weight in weights]),
        average_effect=effect(trial),
        worth=worth(gain[rows], trial, cost=question.cost),
    )


__all__ = ["Encoder", "Metrics", "Question", "Targeting", "target"]
