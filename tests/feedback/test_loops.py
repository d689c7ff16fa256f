"""When a decision teaches: its clock, what comes early, late, twice, or not at all."""

from __future__ import annotations

import pytest
from msgspec import structs

from salience.events import Activation, AnyEvent, Impression, LoopSettings, Outcome, Ranked, Steering
from salience.events.loops import DecideRequest, RankAction, RankMode, RankSlot
from salience.feedback.learning import Loops
from salience.optimise.bandit.loop import Loop
from salience.optimise.bandit.rank import rank

ACTIONS = tuple(RankAction(name) for name in ("tea", "rice", "soap"))
SLOTS = (RankSlot("top", baseline_action="tea"), RankSlot("mid", baseline_action="rice"),
         RankSlot("low", baseline_action="soap"))  # fmt: skip
WAIT = 600_000


class Told:
    """A fold that is told one event after the other."""

    def __init__(self, **settings: object) -> None:
        self.loops = Loops()
        self.row = 0
        if settings:
            self(Steering(id="s", loop="default", settings=LoopSettings(**settings)))  # type: ignore[arg-type]

    @property
    def loop(self) -> Loop:
        return self.loops.of("default")

    def __call__(self, event: AnyEvent) -> None:
        self.row += 1
        self.loops.apply(self.row, event)

    def decided(
        self, name: str, at: int = 1, *, deferred: bool = False, slots: bool = False, failed: str = ""
    ) -> Ranked:
        request = DecideRequest(actions=ACTIONS, event_id=name, defer_activation=deferred, slots=SLOTS if slots else ())
        made = rank(request, self.loop, id=f"rank:default:{name}", as_of=self.row, now=at, failed=failed)
        self(made)
        return made

    def rewarded(self, name: str, value: float, at: int, *, slot: str = "", revision: int = 0) -> None:
        self(Outcome(id=f"r{self.row}", decision=f"rank:default:{name}", value=value, received=at, slot=slot,
                     revision=revision))  # fmt: skip

    def tick(self, at: int) -> None:
        self(Impression(id=f"i{self.row}", received=at))

    @property
    def earned(self) -> dict[str, tuple[int, float]]:
        return self.loop.learner.counts


def test_a_reward_teaches_once_and_the_default_only_after_the_wait() -> None:
    told = Told()
    one, two = told.decided("one"), told.decided("two")
    told.rewarded("one", 1.0, 2)
    told.rewarded("one", 1.0, 3)
    assert told.earned == {one.placed[0].chosen: (1, 1.0)}
    told.tick(WAIT)
    assert sum(count for count, _ in told.earned.values()) == 1
    told.tick(WAIT + 2)
    assert sum(count for count, _ in told.earned.values()) == 2
    assert told.loops.join.of("default").defaulted == 1
    assert told.loops.join.state(two.id) == "late"


def test_a_late_reward_corrects_the_default() -> None:
    told = Told()
    made = told.decided("one")
    told.tick(2 * WAIT)
    told.rewarded("one", 1.0, 3 * WAIT)
    assert told.earned == {made.placed[0].chosen: (1, 1.0)}
    assert told.loops.join.of("default").late == 1


def test_what_was_never_shown_teaches_nothing_and_activation_starts_the_clock() -> None:
    told = Told()
    told.decided("one", deferred=True)
    told.rewarded("one", 1.0, 2)
    told.tick(5 * WAIT)
    assert told.earned == {}
    told(Activation(id="a", decision="rank:default:one", received=5 * WAIT))
    assert list(told.earned.values()) == [(1, 1.0)]


def test_a_reward_that_overtakes_its_decision_counts() -> None:
    told = Told()
    told.rewarded("one", 1.0, 1)
    told.decided("one", at=2)
    assert list(told.earned.values()) == [(1, 1.0)]


@pytest.mark.parametrize(
    ("aggregation", "total"), [("earliest", 0.2), ("sum", 0.9), ("max", 0.4), ("last", 0.3), ("average", 0.3)]
)
def test_several_rewards(aggregation: str, total: float) -> None:
    told = Told(aggregation=aggregation)
    told.decided("one")
    for value in (0.2, 0.4, 0.3):
        told.rewarded("one", value, 2)
    assert next(iter(told.earned.values())) == pytest.approx((1, total))


def test_a_revision_replaces_and_metrics_add_up() -> None:
    told = Told(metrics={"refund": 0.5})
    told.decided("one")
    told.rewarded("one", 0.2, 2)
    told.rewarded("one", 0.8, 3, revision=1)
    told.rewarded("one", 0.1, 4, revision=0)
    told(Outcome(id="x", decision="rank:default:one", value=-1.0, metric="refund", received=5))
    assert next(iter(told.earned.values())) == pytest.approx((1, 0.3))


@pytest.mark.parametrize("mode", ["fallback", "holdout"])
def test_modes_that_nothing_is_learned_from(mode: RankMode) -> None:
    told = Told()
    made = rank(DecideRequest(actions=ACTIONS, event_id="e"), told.loop, id="rank:default:e", as_of=0, now=1)
    told(structs.replace(made, mode=mode))
    told.rewarded("e", 1.0, 2)
    told.tick(3 * WAIT)
    assert told.earned == {}


def test_each_slot_learns_its_own_reward() -> None:
    told = Told()
    made = told.decided("one", slots=True)
    told.rewarded("one", 1.0, 2, slot="mid")
    assert told.earned == {made.placed[1].chosen: (1, 1.0)}
    told.tick(2 * WAIT)
    assert len(told.earned) == 3
    told.rewarded("one", 1.0, 3 * WAIT, slot="nowhere")
    assert told.loops.join.of("default").orphans == 1


def test_a_cascade_learns_what_stood_above_a_click_and_nothing_below() -> None:
    told = Told(policy="cascade")
    made = told.decided("one", slots=True)
    told.rewarded("one", 1.0, 2, slot="mid")
    told.tick(5 * WAIT)
    assert told.earned == {made.placed[0].chosen: (1, 0.0), made.placed[1].chosen: (1, 1.0)}


def test_counts_add_up() -> None:
    told = Told()
    for at in range(6):
        told.decided(f"e{at}", deferred=at % 2 == 1)
        told.rewarded(f"e{at}", 1.0, 2)
        told.rewarded(f"e{at}", 0.5, 3)
    counts = told.loops.join.of("default")
    assert counts.rewards == 12 == counts.used + counts.repeated + counts.early + counts.orphans
