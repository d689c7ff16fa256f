"""What was tried, how good each was, and which one is chosen, with the reason in words.

The rule is one sentence: the best recommender is chosen if its paired difference to popularity has an interval above 0;
otherwise popularity is, because then nothing shows that the cleverer model does anything for anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from salience.evaluate.evaluator import Evaluation
from salience.evaluate.intervals import difference, lift, mean

BASELINE = "popularity"


class Row(Struct, frozen=True, kw_only=True):
    """One algorithm with its best settings.

    ``value``, ``low``, ``high``: the leaderboard's metric and its 95 % interval over users. ``lift`` is relative to
    popularity (0.7 = 70 % better), ``gain`` absolute, both paired. ``warm`` and ``cold``: the metric of users with and
    without a history in the training part (None where there are none). ``seconds`` is that of one fit and one
    evaluation, ``peak_mb`` the most memory that the algorithm's first trial took beyond what was in use before it;
    ``trials`` is how many settings were planned. ``metrics`` holds the other metrics at the same k.
    """

    name: str
    settings: dict[str, Any]
    value: float
    low: float
    high: float
    lift: float
    lift_low: float
    lift_high: float
    gain: float
    gain_low: float
    gain_high: float
    users: int
    warm: float | None
    cold: float | None
    seconds: float
    peak_mb: float
    trials: int
    metrics: dict[str, float]


class Skipped(Struct, frozen=True):
    """An algorithm that could not be tried, and why."""

    name: str
    reason: str


class Leaderboard(Struct, frozen=True, kw_only=True):
    """Rows, best first. ``chosen`` is the name of the row that is (or would be) published.

    ``judged_on`` says which part the values come from; ``cold_users`` is the share of judged users without a history.
    ``complete`` is False if the clock stopped the search before the trials that were planned: only then can another run
    with the same seed end differently.
    """

    metric: str
    split: str
    judged_on: str
    rows: tuple[Row, ...]
    chosen: str
    verdict: str
    users: int
    cold_users: float
    skipped: tuple[Skipped, ...] = ()
    trials: int = 0
    complete: bool = True
    seed: int = 0

    def row(self, name: str) -> Row:
        """The row of one algorithm."""
        return next(row for row in self.rows if row.name == name)

    @property
    def best(self) -> Row:
        """The row that was chosen."""
        return self.row(self.chosen)


class Candidate(Struct, frozen=True):
    """An algorithm's best settings with what they got; the evaluation keeps one value per user."""

    name: str
    settings: dict[str, Any]
    result: Evaluation
    seconds: float
    peak_mb: float
    trials: int


def make_row(candidate: Candidate, popular: Candidate, metric: str, seed: int) -> Row:
    """Means, intervals and the paired comparison with popularity."""
    ours, theirs = candidate.result.values[metric], popular.result.values[metric]
    value, gain, relative = mean(ours, seed=seed), difference(ours, theirs, seed=seed), lift(ours, theirs, seed=seed)
    cold = candidate.result.cold
    return Row(
        name=candidate.name,
        settings=candidate.settings,
        value=value.value,
        low=value.low,
        high=value.high,
        lift=relative.value,
        lift_low=relative.low,
        lift_high=relative.high,
        gain=gain.value,
        gain_low=gain.low,
        gain_high=gain.high,
        users=value.users,
        warm=float(ours[~cold].mean()) if not cold.all() else None,
        cold=float(ours[cold].mean()) if cold.any() else None,
        seconds=round(candidate.seconds, 3),
        peak_mb=round(candidate.peak_mb, 1),
        trials=candidate.trials,
        metrics={
            **{name: candidate.result.mean(name) for name in candidate.result.values},
            "coverage": candidate.result.coverage,
            "novelty": candidate.result.novelty,
            "gini": candidate.result.gini,
        },
    )


def choice(rows: Sequence[Row]) -> str:
    """The name of the best row if it beats popularity beyond doubt, else popularity."""
    leader = max(rows, key=lambda row: row.value)
    return leader.name if leader.gain_low > 0 else BASELINE


def verdict(rows: Sequence[Row], chosen: str, metric: str, cold_users: float) -> str:
    """The outcome in words that a marketer can read aloud."""
    popular = next(row for row in rows if row.name == BASELINE)
    picked = next(row for row in rows if row.name == chosen)
    sentences = [_about_the_best(rows, picked, popular, metric)]
    if cold_users > 0:
        sentences.append(_about_new_people(rows, popular, cold_users))
    return " ".join(sentences)


def _about_the_best(rows: Sequence[Row], picked: Row, popular: Row, metric: str) -> str:
    if picked is not popular and picked.gain_low > 0:
        return (
            f"{picked.name} is chosen: {metric} {picked.value:.3f}, {picked.lift:.0%} above popularity's "
            f"{popular.value:.3f} (95 % interval {picked.lift_low:.0%} to {picked.lift_high:.0%}, "
            f"{picked.users:,} users)."
        )
    if picked is not popular:
        return (
            f"{picked.name} was chosen by what was known before, but here it does not beat popularity beyond doubt: "
            f"{metric} {picked.value:.3f} against {popular.value:.3f} ({_doubt(picked)})."
        )
    others = [row for row in rows if row is not popular]
    if not others:
        return f"popularity is chosen, {metric} {popular.value:.3f}: nothing else could be tried."
    best = max(others, key=lambda row: row.value)
    if best.gain_low > 0:
        return (
            f"popularity was chosen by what was known before, {metric} {popular.value:.3f}, but here {best.name} does "
            f"better, {best.value:.3f} ({_doubt(best)})."
        )
    leads = "leads" if popular.value >= best.value else "is chosen"
    return (
        f"popularity {leads}, {metric} {popular.value:.3f}: no model beats it beyond doubt. The next, {best.name}, has "
        f"{best.value:.3f} ({_doubt(best)})."
    )


def _doubt(row: Row) -> str:
    return f"95 % interval of the difference {row.gain_low:+.3f} to {row.gain_high:+.3f}, {row.users:,} users"


def _about_new_people(rows: Sequence[Row], popular: Row, cold_users: float) -> str:
    said = (
        f"{cold_users:.0%} of these users are new: without a history nobody's taste is known, so every model answers "
        f"them with the popular list."
    )
    if popular.warm is None:
        return said
    best = max((row for row in rows if row is not popular), key=lambda row: row.warm or 0.0, default=popular)
    return f"{said} Among the others popularity has {popular.warm:.3f}, and {best.name} {best.warm or 0.0:.3f}."


__all__ = ["BASELINE", "Candidate", "Leaderboard", "Row", "Skipped", "choice", "make_row", "verdict"]
