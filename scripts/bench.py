"""Small benchmarks as ratios, so that they mean the same on a slow machine: what the engine costs over the bare thing.

collect: durable events per second through the engine, over a bare SQLite loop with the same commits.
recommend: one whole decision, p50 and p99, over the bare product of the model that it uses.
top-n: ranking all items for all users, over the bare product of the scores.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec
import numpy as np

from salience.engine import Engine
from salience.evaluate.evaluator import rank
from salience.events import Click, RecommendRequest
from salience.events.interactions import Interactions
from salience.models import EASE
from salience.store import home as homes

USERS, ITEMS, PER_USER, BATCH = 1_000, 1_500, 40, 1_000
REQUESTS = 300


def world(seed: int = 0) -> list[Click]:
    """Clicks of people with one of ten tastes each."""
    rng = np.random.default_rng(seed)
    clicks = []
    for user in range(USERS):
        taste = rng.dirichlet(np.full(ITEMS // 10, 0.3))
        items = (rng.choice(ITEMS // 10, PER_USER, p=taste) * 10 + user % 10).tolist()
        clicks += [
            Click(id=f"{user}-{at}", user=f"u{user}", item=f"i{item}", time=1_700_000_000_000 + at * 60_000)
            for at, item in enumerate(items)
        ]
    return clicks


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def collect(folder: Path, clicks: list[Click]) -> Engine:
    batches = [clicks[at : at + BATCH] for at in range(0, len(clicks), BATCH)]
    bodies = [[msgspec.json.encode(click) for click in batch] for batch in batches]
    bare = apsw.Connection(str(folder / "bare.db"))
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE log(seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)",
    ):
        bare.execute(statement).fetchall()

    def loop() -> None:
        for batch, encoded in zip(batches, bodies, strict=True):
            with bare:
                bare.executemany(
                    "INSERT INTO log(id, body) VALUES (?, ?)", zip((c.id for c in batch), encoded, strict=True)
                )

    plain = seconds(loop)
    homes.create(folder / "home")
    engine = Engine.open(folder / "home")
    ours = seconds(lambda: [future.result() for future in [engine.submit(body, source="bench") for body in bodies]])
    print(f"collect     {len(clicks) / ours:>9,.0f} events/s durable, {ours / plain:.1f} x a bare SQLite loop")
    return engine


def recommend(engine: Engine) -> None:
    engine.train(minutes=0.2)
    model = engine.snapshot.model
    assert model is not None
    data, _ = engine.interactions()
    row = data.matrix[[0]]
    bare = np.array([seconds(lambda: model.score(row)) for _ in range(REQUESTS)])
    users = [f"u{n % USERS}" for n in range(REQUESTS)]
    ours = np.array(
        [seconds(lambda u=user: engine.recommend(RecommendRequest(user=u), preview=True)) for user in users]
    )
    logged = np.array([seconds(lambda u=user: engine.recommend(RecommendRequest(user=u))) for user in users])
    for name, spent in (("preview", ours), ("logged", logged)):
        p50, p99 = 1000 * np.quantile(spent, [0.5, 0.99])
        ratio = np.median(spent) / np.median(bare)
        print(f"recommend   p50 {p50:6.2f} ms, p99 {p99:6.2f} ms ({name}), {ratio:.1f} x the bare {model.kind} scores")


def top_n(clicks: list[Click]) -> None:
    data = Interactions.from_rows([(click.user, click.item, 1.0, click.time) for click in clicks])
    model = EASE().fit(data)
    bare = min(seconds(lambda: model.score(data.matrix)) for _ in range(3))
    ours = min(seconds(lambda: rank(model, data.matrix, 10)) for _ in range(3))
    print(f"top-10      {USERS / ours:>9,.0f} users/s over {ITEMS:,} items, {ours / bare:.1f} x the bare product")


def main() -> int:
    clicks = world()
    print(f"{len(clicks):,} events, {USERS:,} users, {ITEMS:,} items, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory(prefix="salience-bench-") as name, collect(Path(name), clicks) as engine:
        recommend(engine)
    top_n(clicks)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
