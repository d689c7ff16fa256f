"""Marks of what models remember: erased people are not told from people who never came."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from salience import Engine
from salience.engine.unlearning import Unlearning
from salience.evaluate.membership import auc, statistic
from salience.events import RecommendRequest
from salience.events.interactions import Interactions
from salience.models import EASE
from salience.privacy.suppression import Suppression
from salience.settings import Settings
from tests.trust.marks import Mark, Patch, expect, mark


def world(people: int, items: int, *, seed: int, each: int = 24) -> Interactions:
    """People with two tastes each out of ten; everybody's things differ, so a model can remember them."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, float, int]] = []
    for person in range(people):
        tastes = rng.choice(10, 2, replace=False)
        weight = np.where(np.isin(np.arange(items) % 10, tastes), 6.0, 1.0)
        taken = rng.choice(items, min(each, items - 1), replace=False, p=weight / weight.sum())
        rows += [(f"u{person:05}", f"i{item}", 1.0, int(rng.integers(1_000_000))) for item in taken]
    return Interactions.from_rows(rows)


def forget(data: Interactions, gone: int, *, l2: float) -> Any:
    """The model once the first ``gone`` people were erased: what a refit of the product gives."""
    return EASE(l2=l2).fit(data.rows(data.user >= gone))


def chance(_folder: Path, long: bool) -> str:
    """Erase 400 people, refit, and let the attack tell them from people whom the model never met."""
    items, members, gone = (800, 2_000, 400) if long else (400, 900, 300)
    data = world(members + gone, items, seed=7)
    learned = data.rows(data.user < members)
    rows: Any = data.matrix
    before = EASE(l2=5.0).fit(learned)
    never = statistic(before, rows[members : members + gone])
    attack = auc(statistic(before, rows[:gone]), never)
    expect(attack > 0.75, f"the attack tells nothing even before: {attack:.2f}")
    after = forget(learned, gone, l2=5.0)
    left = auc(statistic(after, rows[:gone]), statistic(after, rows[members : members + gone]))
    expect(abs(left - 0.5) <= 0.05, f"after the erasure of {gone} the attack reaches {left:.3f}")
    strong = EASE(l2=500.0).fit(learned)
    weak = auc(statistic(strong, rows[:gone]), statistic(strong, rows[members : members + gone]))
    served = _served()
    return f"AUC {attack:.2f} before, {left:.3f} after erasing {gone}; l2 500 instead of 5: {weak:.2f}; {served}"


def _served() -> str:
    """The product: the model that answers after an erasure was fitted without the person, or does not answer them."""
    with Engine.in_memory(Settings(explore=0.0)) as engine:
        rows = world(60, 40, seed=3)
        engine.collect(
            [
                {"kind": "purchase", "id": f"e{n}", "user": rows.users.names[u], "item": rows.items.names[i]}
                for n, (u, i) in enumerate(zip(rows.user.tolist(), rows.item.tolist(), strict=True))
            ],
            source="test",
        )
        engine.train(minutes=0.003)
        before = engine.snapshot.version
        engine.erase("u00001")
        expect(len(engine.interactions()[0].users) == 59, "the person is still a training row")
        engine.collect([{"kind": "click", "id": "new", "user": "u00001", "item": "i1"}], source="test")
        answer = engine.recommend(RecommendRequest(user="u00001", k=3))
        if engine.snapshot.version == before:
            expect(answer.rung != "model", "the old model answers who was erased from it")
        engine.refit()
        expect(engine.snapshot.version != before, "nothing was refitted")
        expect(before not in engine.artefacts.list(), "a rollback would bring the person back")
    return "the old model never answers them, and is gone once refitted"


def _remembers(patch: Patch) -> None:
    patch(sys.modules[__name__], "forget", lambda data, _gone, l2: EASE(l2=l2).fit(data))


def _keeps_old_versions(patch: Patch) -> None:
    from salience.store.artefacts import Artefacts

    patch(Artefacts, "drop", lambda _self, _versions: None)


def _serves_at_once(patch: Patch) -> None:
    patch(Suppression, "of", lambda _self, _name: None)
    patch(Unlearning, "_unlearn", lambda _self, _now, learned: ("nothing", 0))


MARKS: tuple[Mark, ...] = (
    mark(
        "P07",
        "erasure reaches the models",
        chance,
        {"remembers": _remembers, "keeps-old-versions": _keeps_old_versions, "serves-at-once": _serves_at_once},
    ),
)
