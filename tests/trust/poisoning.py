"""S30: what it costs to push an item with invented visitors, that a burst is noticed, and that it can be undone.

The attack that works (Yang, Gong & Cai 2017): visitors who look at a liked item and at the one to be pushed, so that
the second stands among the ten things beside the first. Each comes over HTTP, with the public key, from one network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from salience import Engine
from salience.collect import surges
from salience.engine.purging import Purging
from salience.evaluate.poisoning import aims, attacked, beside
from salience.events import RecommendRequest
from salience.events.interactions import Interactions
from salience.models import EASE, Algorithm, ItemKNN
from salience.serve.app import app
from salience.serve.run import background
from salience.settings import Settings
from salience.store.tally import Tally
from tests.serve.site import KEYS, WRITE
from tests.trust.marks import Mark, Patch, expect, mark

NOW, DAY = 1_760_000_000_000, 86_400_000
MODELS: tuple[Algorithm, ...] = (EASE(l2=200.0), ItemKNN(shrink=20.0))


def world(people: int, items: int) -> list[dict[str, Any]]:
    """People with two tastes of ten each, who take five to thirty-five things; some things are liked by far more."""
    rng = np.random.default_rng(30)
    liked = 1 / np.arange(1, items + 1) ** 0.8
    sent = []
    for person in range(people):
        weight = liked * np.where(np.isin(np.arange(items) % 10, rng.choice(10, 2, replace=False)), 6.0, 1.0)
        taken = rng.choice(items, int(rng.integers(5, 36)), replace=False, p=weight / weight.sum())
        sent += [
            {"kind": "purchase", "id": f"p{person}-{item}", "user": f"u{person}", "item": f"i{item:03}"}
            for item in taken.tolist()
        ]
    return sent


@contextmanager
def shop(people: int, items: int, clock: list[int], **settings: Any) -> Iterator[tuple[Engine, httpx.Client]]:
    """A shop with customers, behind a proxy that says where everybody comes from."""
    chosen = Settings(explore=0.0, trusted_proxies="127.0.0.0/8", **settings)
    with Engine.in_memory(chosen, clock=lambda: clock[0]) as engine:
        engine.collect(world(people, items), source="shop")
        clock[0] += 30 * DAY
        with background(app(engine, KEYS.get)) as address, httpx.Client(base_url=address, timeout=20) as client:
            yield engine, client


def invented(client: httpx.Client, name: str, count: int, things: Sequence[str], net: str = "8.8.4") -> None:
    """Visitors of one network who look at these things and leave."""
    for n in range(count):
        events = [{"kind": "view", "id": f"{name}{n}-{i}", "anonymous": f"{name}{n}", "item": i} for i in things]
        given = {"Authorization": f"Bearer {WRITE}", "X-Forwarded-For": f"{net}.{n % 256}"}
        answer = client.post("/v1/collect", json={"events": events}, headers=given)
        expect(answer.json()["stored"] == len(things), f"a visitor was not let in: {answer.text}")


def popular(engine: Engine, many: int = 10) -> list[str]:
    """What a stranger is shown."""
    answer = engine.recommend(RecommendRequest(anonymous="stranger", k=many, explore=False), preview=True)
    expect(answer.rung == "popular", f"a stranger's rung is {answer.rung}")
    return [item.item for item in answer.items]


def lists(engine: Engine, anchors: Sequence[str]) -> tuple[Any, ...]:
    """Everything that an attack could have changed: the whole popular list with its sizes, and what stands beside."""
    reading = engine.state.read("")
    sizes = reading.counts["popularity"].at(reading.available, engine.now())
    told = {reading.names[code]: round(float(size), 6) for code, size in zip(reading.available, sizes, strict=True)}
    data = engine.interactions()[0]
    fitted = [model.fit(data) for model in MODELS]
    return popular(engine, 50), sorted(told.items()), [beside(model, anchor) for model in fitted for anchor in anchors]


def floor(_folder: Path, long: bool) -> str:
    """The floor, the alarm, the purge; then the price."""
    clock, (people, items) = [NOW], (2_000, 300) if long else (400, 120)
    with shop(people, items, clock) as (engine, client):
        data = engine.interactions()[0]
        pairs = aims(data, [model.fit(data) for model in MODELS])
        expect(len(pairs) == 5, "no five targets")
        anchors = [anchor for anchor, _ in pairs]
        before, began = lists(engine, anchors), clock[0]
        for at, (anchor, target) in enumerate(pairs):
            invented(client, f"f{at}-", 50, [anchor, target])
        for algorithm in MODELS:
            model = algorithm.fit(engine.interactions()[0])
            through = [target for anchor, target in pairs if target in beside(model, anchor)]
            expect(not through, f"{len(through)} of 5 stand beside their anchor in {algorithm.name}")
        shown = popular(engine)
        expect(not {target for _, target in pairs} & set(shown), "a target is popular now")
        told = [event for event in engine.all_events() if event.context.get("surge")]
        expect(len(told) >= 5 * (50 - engine.settings.count_per_network), f"{len(told)} events are marked")
        expect(not any("8.8.4" in str(event) for event in engine.all_events()), "the network was stored")
        _loud(client, pairs[0][1])
        expect(popular(engine) == shown, "one visitor with 6,000 events changes what is popular")
        invented(client, "burst-", 500, [pairs[1][1]], net="8.8.8")
        _alarmed(engine)
        gone = engine.purge(since=began, until=clock[0] + 1)
        expect(gone.visitors == 5 * 50 + 1 + 500, f"the purge takes {gone.visitors} visitors")
        expect(lists(engine, anchors) == before, "after the purge the lists are not what they were")
        expect(engine.pulse().balanced and not engine.log.damages(), "the log is not whole")
    prices = ", ".join(price(model, data, pairs) for model in MODELS)
    return f"50 visitors of one network: 0 of 5 targets; 500: alarm; purge restores every list; price: {prices}"


def _loud(client: httpx.Client, item: str) -> None:
    """One visitor who never stops, from many networks."""
    for batch in range(12):
        many = [{"kind": "view", "id": f"loud{batch}-{n}", "anonymous": "loud", "item": item} for n in range(500)]
        given = {"Authorization": f"Bearer {WRITE}", "X-Forwarded-For": f"9.9.{batch}.1"}
        client.post("/v1/collect", json={"events": many}, headers=given)


def _alarmed(engine: Engine) -> None:
    engine.housekeep(engine.now())
    rows = [row for row in engine.audit_trail(limit=10_000) if row.action == "surge"]
    expect(rows, "500 visitors of one network raise no alarm")
    expect(not any("8.8.8" in row.detail for row in rows), "the audit chain holds a network")


def price(algorithm: Algorithm, data: Interactions, pairs: Sequence[tuple[str, str]]) -> str:
    """The fewest visitors that put a target beside its anchor, the median of the five; and the networks they need."""
    each = Settings().count_per_network
    needs = [fewest(algorithm, data, anchor, target) for anchor, target in pairs]
    middle = int(np.median(needs))
    return f"{algorithm.name} {middle} visitors ({min(needs)} to {max(needs)}) from {-(-middle // each)} networks"


def fewest(algorithm: Algorithm, data: Interactions, anchor: str, target: str) -> int:
    """By halving between none and as many as there are people, all of whom count."""
    low, high = 0, len(data.users)
    while high - low > 1:
        middle = (low + high) // 2
        model = algorithm.fit(attacked(data, [(anchor, target)], middle))
        low, high = (low, middle) if target in beside(model, anchor) else (middle, high)
    return high


def _no_limit(patch: Patch) -> None:
    patch(surges.Surges, "over", lambda _self, _event, _network, _now: False)


def _counts_deeds(patch: Patch) -> None:
    patch(Tally, "add", lambda self, _ids, _name, code, size, time: self._sum(code, size, time))


def _no_alarm(patch: Patch) -> None:
    patch(surges, "ALARM", 10_000)


def _half_a_purge(patch: Patch) -> None:
    patch(Purging, "_forget", lambda _self, _names: None)


def _leaves_some(patch: Patch) -> None:
    real = Purging._invented
    patch(Purging, "_invented", lambda self, *told: dict(list(real(self, *told).items())[1:]))


MARKS: tuple[Mark, ...] = (
    mark(
        "S30",
        "poisoning",
        floor,
        {
            "no-limit": _no_limit,
            "counts-deeds": _counts_deeds,
            "no-alarm": _no_alarm,
            "half-a-purge": _half_a_purge,
            "leaves-some": _leaves_some,
        },
    ),
)
