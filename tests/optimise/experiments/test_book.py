from __future__ import annotations

import pytest

from salience.events import Assigned, Decision, Experiment, InvalidInput
from salience.events.decision import Mode
from salience.events.experiment import Arm, Design, Metric
from salience.optimise.experiments.book import Book, checked_step

DESIGN = Design(arms=(Arm(name="control"), Arm(name="new")), metrics=(Metric(name="m", event="click"),), units=10)


def step(at: int, step: str, **more: object) -> Experiment:
    return Experiment(id=f"{step}-{at}", name="x", time=at, received=at, step=step, **more)  # type: ignore[arg-type]


def met(at: int, user: str, arm: str, salt: str = "s1", unit: str = "") -> Assigned:
    return Assigned(id=f"{at}", user=user, time=at, received=at, experiment="x", arm=arm, salt=salt, unit=unit)


def started(design: Design = DESIGN) -> Book:
    book = Book()
    book.apply(step(1, "define", design=design))
    book.apply(step(2, "start", salt="s1", span=(0.0, 1.0), shares={"control": 0.5, "new": 0.5}))
    return book


def test_the_history_of_shares_is_kept() -> None:
    book = started()
    book.apply(step(5, "allocate", shares={"control": 0.1, "new": 0.9}))
    run = book.entry("x").running
    assert run is not None
    assert [(one.since, one.shares["new"]) for one in run.allocations] == [(2, 0.5), (5, 0.9)]
    assert run.shares["new"] == 0.9


def test_the_first_arm_of_any_of_a_person_s_ids_is_theirs() -> None:
    book = started()
    for event in (met(3, "ann", "new"), met(4, "tablet", "control"), met(5, "ann", "new")):
        book.apply(event)
    run = book.entry("x").runs[0]
    first = run.first(("tablet", "ann"))
    assert first is not None
    assert (first.arm, first.time) == ("new", 3)
    assert run.first(("bob",)) is None


def test_a_second_run_begins_with_nobody_and_the_first_keeps_its_own() -> None:
    book = started()
    book.apply(met(3, "ann", "new"))
    book.apply(step(6, "stop", why="enough", shares={"new": 1.0}))
    book.apply(step(7, "start", salt="s2", span=(0.0, 1.0), shares={"control": 0.5, "new": 0.5}))
    book.apply(met(8, "bob", "control", salt="s2"))
    book.apply(met(9, "cyd", "control", salt="s1"))  # a late row of the first run
    first, second = book.entry("x").runs
    assert (set(first.met), set(second.met)) == ({"ann", "cyd"}, {"bob"})
    assert (first.stopped, first.why, first.shipped) == (6, "enough", "new")


def test_a_decision_is_an_exposure_unless_it_was_shown_to_nobody() -> None:
    book = started()
    modes: tuple[Mode, ...] = ("preview", "online", "unlogged")
    for number, mode in enumerate(modes):
        decision = Decision(
            id=mode, user=mode, time=9 + number, items=(), rung="empty", seed=1, as_of=1, mode=mode, arms={"x": "new"}
        )
        book.apply(decision)
    assert set(book.entry("x").runs[0].met) == {"online"}


def test_a_person_belongs_to_the_cluster_they_came_with() -> None:
    from msgspec import structs

    book = started(structs.replace(DESIGN, unit="cluster", cluster="school"))
    book.apply(met(3, "ann", "new", unit="s-1"))
    book.apply(met(4, "ann", "new", unit="s-2"))
    run = book.entry("x").runs[0]
    assert run.cluster_of == {"ann": "s-1"}
    assert set(run.met) == {"s-1", "s-2"}


def test_rows_that_name_nothing_known_change_nothing() -> None:
    book = started()
    book.apply(Assigned(id="1", user="ann", experiment="other", arm="new"))
    book.apply(met(3, "ann", "no such arm"))
    assert book.entry("x").runs[0].met == {}


@pytest.mark.parametrize(("when", "taken"), [("defined", "stop"), ("defined", "allocate"), ("running", "start")])
def test_each_step_has_its_time(when: str, taken: str) -> None:
    book = started()
    if when == "defined":
        book.apply(step(3, "stop"))
    with pytest.raises(InvalidInput):
        checked_step(book.entry("x"), taken)
