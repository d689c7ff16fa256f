"""The verdict in words, and the reasons. It never calls a winner that the method does not allow to be called."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from salience.events.experiment import Design, Metric
from salience.optimise.experiments.ratio_test import RatioTest
from salience.optimise.experiments.spending import power

if TYPE_CHECKING:
    from salience.optimise.experiments.judged import MetricResult

Word: TypeAlias = Literal[
    "not enough data", "better", "worse", "no difference shown", "do not trust it", "better, but a guardrail is broken",
    "better, but a guardrail is not sure yet",
]  # fmt: skip


class Verdict(Struct, frozen=True):
    """``word`` for programs, ``said`` for people, ``arm`` if one is called, ``reasons`` for those who ask."""

    word: Word
    said: str
    arm: str = ""
    reasons: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def inflated(looks: int, alpha_z: float = 1.959963984540054) -> float:
    """How often "p < 0.05" is seen at least once in so many equally spaced looks at nothing.

    >>> round(inflated(1), 3), round(inflated(14), 2)
    (0.05, 0.22)
    """
    looks = min(max(looks, 1), 500)
    fractions = tuple((at + 1) / looks for at in range(looks))
    return power(fractions, (alpha_z,) * looks, 0.0)[0]


def verdict(
    design: Design, results: Sequence[MetricResult], shares: RatioTest | None, counted: int, days: float, looks: int
) -> Verdict:
    """From the results at their looks."""
    if shares is not None and not shares.ok:
        return _mismatch(shares)
    called = [one for one in results if one.role == "primary" and one.decided is not None]
    if called and days < design.min_days:
        reason = f"{days:.1f} of at least {design.min_days} days are over: not every day of the week was seen"
        return Verdict("not enough data", f"Not enough data. {_capital(reason)}.", reasons=(reason,))
    better = {metric.name: metric.better == "more" for metric in design.metrics}
    good = [one for one in called if (one.difference > 0) == better[one.metric]]
    bad = [one for one in called if one not in good]
    harmed = {one.arm for one in bad}
    winners = sorted((one for one in good if one.arm not in harmed), key=lambda one: -abs(one.lift or 0.0))
    if winners:
        return _winner(design, winners, results)
    if bad:
        said = "; ".join(f"{one.arm} is worse than {design.names[0]}: {effect(one)}" for one in bad)
        return Verdict("worse", f"{said}.", bad[0].arm)
    return _undecided(design, results, counted, looks)


def effect(one: MetricResult) -> str:
    """A result in words: ``orders +8.1 % (+2.3 % to +14.0 %)``."""
    if one.lift is None:
        return f"{one.metric} {one.difference:+.4g}"
    if one.lift_low is None or one.lift_high is None:
        return f"{one.metric} {one.lift:+.1%} (no bounds yet)"
    return f"{one.metric} {one.lift:+.1%} ({one.lift_low:+.1%} to {one.lift_high:+.1%})"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _mismatch(shares: RatioTest) -> Verdict:
    worst = shares.causes[0] if shares.causes else shares.whole
    where = f" among {worst.segment}" if worst.segment else ""
    reason = (
        f"{worst.arm} has {worst.found:.2%} of the units{where} where {worst.expected:.2%} were meant: "
        "assignment or counting is broken"
    )
    reasons = [reason]
    if shares.causes and shares.sound_without:
        reasons.append(f"without {worst.segment} the arms are as large as they should be: look for the cause there")
    return Verdict("do not trust it", f"Do not trust this experiment. {_capital(reason)}.", reasons=tuple(reasons))


def _winner(design: Design, winners: Sequence[MetricResult], results: Sequence[MetricResult]) -> Verdict:
    best = winners[0]
    said = f"{best.arm} is better than {design.names[0]}: {effect(best)}"
    reasons = []
    if best.decided is not None:
        look = best.looks[best.decided]
        reasons.append(f"called at look {best.decided + 1} of {len(best.looks)}, when {look.units:,} units counted")
    if best.believed is not None and best.control and best.decided is not None and design.method != "fixed":
        expected = best.believed / abs(best.control)
        reasons.append(f"expect {expected:+.1%}: what is called early was lucky, too; the estimate is corrected for it")
    if len(winners) > 1:
        others = ", ".join(one.arm for one in winners[1:])
        reasons.append(f"{others} is better than {design.names[0]}, too; the arms were not compared with each other")
    guards = [one for one in results if one.arm == best.arm and one.role == "guardrail"]
    margins: dict[str, Metric] = {metric.name: metric for metric in design.metrics}
    broken = [one for one in guards if one.guarded == "broken"]
    unsure = [one for one in guards if one.guarded == "not enough data"]
    for one in (*broken, *unsure):
        state = "is broken" if one.guarded == "broken" else "is not sure yet"
        reasons.append(f"guardrail {one.metric} {state}: {effect(one)}, margin {margins[one.metric].margin:.1%}")
    if broken:
        word: Word = "better, but a guardrail is broken"
        return Verdict(word, f"{said}, but do not ship it.", best.arm, tuple(reasons))
    if unsure:
        said += ", but it is not sure yet that nothing is harmed"
        return Verdict("better, but a guardrail is not sure yet", f"{said}.", best.arm, tuple(reasons))
    return Verdict("better", f"{said}.", best.arm, tuple(reasons))


def _undecided(design: Design, results: Sequence[MetricResult], counted: int, looks: int) -> Verdict:
    progress = f"{counted:,} of {design.units:,} planned units count so far"
    if counted < design.units or not results:
        reasons = [progress]
        if design.method == "fixed":
            reasons.append(
                f"this plan may be judged once, at {design.units:,} units; calling the first p < 0.05 in {looks} looks "
                f"would call {inflated(looks):.0%} of experiments without any difference"
            )
            reasons.append("with the method `sequential` it may be looked at every day")
        return Verdict("not enough data", f"Not enough data. {progress}.", reasons=tuple(reasons))
    shown = [one for one in results if one.role == "primary"]
    said = "; ".join(f"{one.arm}: {effect(one)}" for one in shown)
    reason = "this does not say that there is none: an effect within the interval would go unseen"
    return Verdict("no difference shown", f"No difference is shown. {_capital(said)}.", reasons=(reason,))
