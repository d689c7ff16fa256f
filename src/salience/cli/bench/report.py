"""How a task is run and told: who measures, what is printed, what `--json` holds."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from salience.cli import show
from salience.cli.bench import written

if TYPE_CHECKING:
    from salience.train.bench_outcome import Bench, Columns, Outcome

Told = TypeVar("Told", bound="Outcome")
HEADLINES = ("ndcg", "recall", "f1")


def finish(
    args: Namespace,
    task: Callable[[Bench], tuple[Told, Columns]],
    more: Callable[[Told], None] | None = None,
) -> int:
    """Run a task that chooses among models, write its predictions, print its outcome, and what ``more`` there is."""
    from salience.cli.bench.meter import meter
    from salience.train.bench_outcome import Bench

    with show.progress() as progress:
        outcome, columns = task(Bench(args.minutes, args.seed, time.perf_counter, meter, progress))
    written.write(args.out, columns)
    if args.json:
        show.as_json(outcome)
    else:
        tell(outcome)
        if more:
            more(outcome)
    return 0


def tell(outcome: Outcome) -> None:
    """The leaderboard, then the metrics of the test part."""
    rows = [
        (
            trial.name,
            f"{trial.value:.4f}",
            f"{trial.low:.4f} to {trial.high:.4f}",
            f"{trial.seconds:.1f}",
            f"{trial.peak_bytes / 1e6:.0f}",
            ", ".join(f"{name}={value}" for name, value in trial.settings.items() if name != "parts"),
        )
        for trial in outcome.leaderboard
    ]
    columns = ("model", outcome.metric, "95 % interval", "seconds", "MB", "settings")
    show.table(f"{outcome.task}, {outcome.judged_on}", columns, rows)
    print(f"chosen: {outcome.chosen}; {outcome.seconds:.0f} s in all")
    for name, found in outcome.metrics.items():
        print(f"test {name} {found.value:.4f} (95 % interval {found.low:.4f} to {found.high:.4f})")
    for name, value in outcome.totals.items():
        print(f"test {name} {value:.4f}")
    for name, groups in outcome.segments.items():
        parts = (f"{group.strip()}: {found.value:.4f} ({found.users:,})" for group, found in groups.items())
        print(f"test {name} by history, of so many users: {'; '.join(parts)}")
    for rival in outcome.compared:
        metrics = ", ".join(
            f"{name} {found.value:.4f}" for name, found in rival.metrics.items() if name.startswith(HEADLINES)
        )
        gap, tuned = rival.behind, "" if outcome.task == "cold" else " tuned"
        print(
            f"test, {rival.name}{tuned}: {metrics}; {outcome.chosen} is {gap.value:+.4f} ahead "
            f"({gap.low:+.4f} to {gap.high:+.4f})"
        )
    for skipped in outcome.skipped:
        print(f"not tried: {skipped.name} ({skipped.reason})")
    if not outcome.complete:
        print("The time was up before everything was tried; give it more with --minutes.")
