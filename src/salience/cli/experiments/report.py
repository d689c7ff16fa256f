"""`salience experiments report NAME`: the verdict in words, then every figure with its interval."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole

if TYPE_CHECKING:
    from salience.engine.experimenting import ExperimentReport
    from salience.optimise.experiments.judged import Judged, MetricResult

MADE = {
    "sequential": "looked at once a day, by alpha spending",
    "fixed": "judged once, at the planned number",
    "declared": "looked at any time, up to the planned number",
    "anytime": "looked at any time, for ever",
}


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("name", metavar="NAME", help="which experiment")
    parser.add_argument("--run", type=whole(1, 10_000), default=0, help="which of its runs, counted from 1 (the last)")
    parser.add_argument("--plot", metavar="FILE.svg", help="draw the deciding metric over the looks")


def run(args: Namespace) -> int:
    """Judge and tell."""
    with open_engine(args, read_only=True) as engine:
        report = engine.report_experiment(args.name, args.run)
    if args.plot:
        from salience.optimise.experiments.plot import drawn

        Path(args.plot).expanduser().write_text(drawn(report.experiment.name, report.judged), encoding="utf-8")
    if args.json:
        show.as_json(report)
    else:
        tell(report)
    return 0


def tell(report: ExperimentReport) -> None:
    """Verdict, reasons, tables, notes."""
    view, found = report.experiment, report.judged
    print(f"{view.name}, run {report.run}: {found.verdict.said}")
    for reason in found.verdict.reasons:
        print(f"  - {reason}")
    if view.hypothesis:
        print(f"\nwhat was expected: {view.hypothesis}")
    print(f"since {_day(view.started)}, {found.days:.0f} days; {MADE[view.method]}; "
          f"{found.counted:,} of {found.planned:,} planned units count ({found.fraction:.0%})")  # fmt: skip
    print("units: " + ", ".join(f"{arm} {count:,}" for arm, count in found.units.items()))
    _metrics(found)
    for arm, one in found.maturing:
        print(f"{arm}: {one.said}")
    _shares(found)
    for note in found.notes:
        print(f"note: {note}")


def _metrics(found: Judged) -> None:
    if not found.results:
        print("no figure yet: too few units have had their time")
        return
    rows = [
        (one.metric, one.role, one.arm, one.control, one.treated, _lift(one), _interval(one), _chance(one), one.guarded)
        for one in found.results
    ]
    heads = ("metric", "role", "arm", "control", "arm's", "change", "between", "p", "guardrail")
    show.table("", heads, rows)
    for one in found.results:
        if one.cap is not None and one.uncapped is not None:
            print(f"{one.metric}, {one.arm}: capped at {one.cap:.4g}; difference {one.difference:+.4g}, "
                  f"without the cap {one.uncapped:+.4g}")  # fmt: skip


def _lift(one: MetricResult) -> str:
    return f"{one.difference:+.4g}" if one.lift is None else f"{one.lift:+.1%}"


def _interval(one: MetricResult) -> str:
    if one.lift_low is None or one.lift_high is None:
        return "no bounds yet"
    return f"{one.lift_low:+.1%} and {one.lift_high:+.1%}"


def _chance(one: MetricResult) -> str:
    if one.p is None:
        return ""
    return f"{one.p:.3f}" if one.adjusted in (None, one.p) else f"{one.p:.3f} (of many: {one.adjusted:.3f})"


def _shares(found: Judged) -> None:
    if found.shares is None:
        return
    if found.shares.ok:
        print("arms are as large as they should be")
    for one in found.shares.causes:
        print(f"arms do not fit among {one.segment}: {one.arm} has {one.found:.2%}, expected {one.expected:.2%}")


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
