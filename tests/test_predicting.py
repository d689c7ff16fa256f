"""The log of a shop whose people have habits: who will leave can be told, is published, and comes back as a field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from salience import Engine, InvalidInput
from salience.events import NotFound
from salience.prepare.features.predicted import fresh
from salience.store import home
from salience.train.bench_outcome import Cost

DAY = 86_400_000
START = 1_700_000_000_000
WEEKS = 9


@contextmanager
def free() -> Iterator[Cost]:
    yield Cost()


def shop(seed: int = 0, people: int = 120) -> list[dict[str, object]]:
    """Each has a week in which they leave, drawn anew every week with 1 in 8; whoever is about to leave only looks."""
    rng = np.random.default_rng(seed)
    events: list[dict[str, object]] = [
        {"kind": "item", "id": f"i-{n}", "item": f"item {n}", "categories": ["tea" if n % 2 else "bread"]}
        for n in range(8)
    ]
    for person in range(people):
        last = min(WEEKS, int(rng.geometric(1 / 8)) + 1)
        for week in range(last):
            for nth in range(int(rng.integers(2, 5))):
                kind = "view" if week == last - 1 and last < WEEKS else str(rng.choice(["click", "cart"]))
                item = f"item {2 * int(rng.integers(0, 4)) + person % 2}"
                time = START + week * 7 * DAY + int(rng.integers(0, 7 * DAY))
                events.append(
                    {"kind": kind, "id": f"{person}-{week}-{nth}", "user": f"p{person}", "item": item, "time": time}
                )
    return events


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shops") / "shop"
    home.create(folder)
    with Engine.open(folder) as engine:
        engine.collect(shop(), source="test")
    return folder


def test_who_will_leave_is_told_and_nothing_is_written(workspace: Path) -> None:
    with Engine.open(workspace, read_only=True) as engine:
        found = engine.predict("churn", free, days=7, minutes=0.005)
    assert found.card.verdict == "usable"
    assert found.card.auc is not None
    assert found.card.auc.low > 0.7
    assert (found.version, found.told) == ("", 0)
    chances = [one.chance for one in found.people]
    assert chances == sorted(chances, reverse=True)
    assert found.people[0].reasons
    top = {one.column for one in found.card.importances[:6]}
    assert top & {"view", "view 7d", "click 7d", "cart 7d", "click", "cart"}


def test_scores_are_fields_of_the_person_and_can_be_renewed(workspace: Path) -> None:
    with Engine.open(workspace) as engine:
        with pytest.raises(NotFound, match="--publish"):
            engine.rescore("churn")
        found = engine.predict("churn", free, days=7, minutes=0.005, publish=True)
        assert found.told == len(found.people) > 50
        one = found.people[0]
        person = engine.state.person(one.user)
        assert fresh(person, "churn", engine.now()) == pytest.approx(one.chance)
        assert fresh(person, "churn", engine.now() + 8 * DAY) is None
        assert not any(name.startswith("trait:") for name in person.fields)
    with Engine.open(workspace) as engine:
        engine.pulse()  # catches up with the log
        assert fresh(engine.state.person(one.user), "churn", engine.now()) == pytest.approx(one.chance)
        again = engine.rescore("churn")
        assert again.version == found.version
        assert [(p.user, p.chance) for p in again.people] == [(p.user, p.chance) for p in found.people]


def test_the_next_category_is_told_and_read_as_a_feature(workspace: Path) -> None:
    with Engine.open(workspace) as engine:
        found = engine.predict("next", free, days=7, minutes=0.005, publish=True)
        assert found.card.accuracy.value > 0.9
        one = found.people[0]
        assert one.outcome == ("tea" if int(one.user[1:]) % 2 else "bread")
        person = engine.state.person(one.user)
        assert fresh(person, "next", engine.now()) == one.outcome


def test_noise_is_not_published(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    events = [
        {"kind": "view", "id": f"{n}", "user": f"p{rng.integers(0, 60)}", "item": "x", "time": START + n * DAY // 20}
        for n in range(600)
    ]
    home.create(tmp_path / "shop")
    with Engine.open(tmp_path / "shop") as engine:
        engine.collect(events, source="test")
        with pytest.raises(InvalidInput, match="no usable signal"):
            engine.predict("churn", free, days=2, minutes=0.005, publish=True)
        with pytest.raises(InvalidInput, match="twice as long"):
            engine.predict("churn", free, days=60)


def test_who_said_no_is_neither_learned_from_nor_scored(workspace: Path) -> None:
    with Engine.open(workspace) as engine:
        before = engine.predict("churn", free, days=7, minutes=0.005)
        user = before.people[0].user
        no = {"kind": "consent", "id": "no", "user": user, "purposes": {"personalisation": False}}
        engine.collect([no], source="test")
        found = engine.predict("churn", free, days=7, minutes=0.005, publish=True)
        assert user not in {one.user for one in found.people}


def test_an_erasure_takes_a_predictor_down_and_has_it_learned_anew(tmp_path: Path) -> None:
    home.create(tmp_path / "shop", settings="tune_minutes = 0.005\n")
    clock = [START + WEEKS * 7 * DAY]
    with Engine.open(tmp_path / "shop", clock=lambda: clock[0], follow=False) as engine:
        engine.collect(shop(), source="test")
        first = engine.predict("churn", free, days=7, minutes=0.005, publish=True)
        clock[0] += 1_000
        receipt = engine.erase("p3")
        assert any("learned anew without the person" in place.done for place in receipt.places)
        shelf = engine._predictor("churn")
        assert shelf.current() == first.version
        clock[0] += 13 * 3_600_000
        engine.refit()
        assert shelf.list() == (shelf.current(),) != (first.version,)
        again = engine.rescore("churn")
        assert (again.card.goal, again.card.days, again.card.people) == ("churn", 7, first.card.people - 1)
        assert "p3" not in [one.user for one in again.people]
        assert "predictor learned anew" in [entry.action for entry in engine.audit_trail(limit=-1)]
