"""decide() on the shop of `world`: every rung, every filter, every number checked by eye."""

import msgspec
import numpy as np
import pytest
from scipy import stats

from salience.events import AnyEvent, Decision, RecommendRequest
from salience.optimise import Arm
from salience.recommend import Snapshot, decide
from tests.recommend import world

NOW = 10


def ask(
    request: RecommendRequest,
    *,
    events: list[AnyEvent] | None = None,
    explore: float = 0.0,
    model: bool = True,
    personal: bool = True,
    seed: int = 1,
    arms: tuple[Arm, ...] = (),
) -> Decision:
    state = world.state(events)
    snapshot = world.snapshot(state, explore=explore) if model else Snapshot(explore=explore)
    reading = state.read(request.subject)
    return decide(request, reading, snapshot, arms, id="d", seed=seed, now=NOW, personal=personal)


def items(decision: Decision) -> list[str]:
    return [shown.item for shown in decision.items]


def test_the_model_answers_whom_it_knows_and_leaves_out_what_was_seen() -> None:
    decision = ask(RecommendRequest(user="ann", k=2))
    # ann bought green (1.0) and clicked wheat (0.5): black = 4 + 0.5, rye = 1 + 2
    assert [(shown.item, shown.score) for shown in decision.items] == [("black", 4.5), ("rye", 3.0)]
    assert (decision.rung, decision.model, decision.history, decision.candidates) == ("model", "v1", 2, 3)
    assert decision.freshness_ms == NOW - 4


def test_reasons_are_the_true_parts_of_the_score() -> None:
    black, rye = ask(RecommendRequest(user="ann", k=2)).items
    assert black.reason.because == ("green", "wheat")
    assert black.reason.shares == (round(4 / 4.5, 4), round(0.5 / 4.5, 4))
    assert rye.reason.because == ("wheat", "green")


def test_what_lowered_a_score_is_no_reason_for_it() -> None:
    decision = ask(RecommendRequest(user="fay", k=3))  # fay bought wheat: green = -2, black = 1, rye = 4
    green = next(shown for shown in decision.items if shown.item == "green")
    assert green.reason.code == "popular"
    assert green.reason.because == ()


@pytest.mark.parametrize(
    ("request_", "personal", "model", "why"),
    [
        (RecommendRequest(user="new", k=2), True, True, "no history of this person yet"),
        (RecommendRequest(user="ann", k=2), False, True, "personalisation is off"),
        (RecommendRequest(user="ann", k=2), True, False, "no model is published yet"),
    ],
)
def test_one_rung_down_is_popular_and_says_why(
    request_: RecommendRequest, personal: bool, model: bool, why: str
) -> None:
    decision = ask(request_, personal=personal, model=model)
    assert (decision.rung, decision.why_rung, decision.model) == ("popular", why, "")
    assert decision.items[0].reason.code == "popular"
    expected = ["wheat", "green"] if request_.user == "new" or not personal else ["rye", "black"]
    assert sorted(items(decision)[:1] + expected[:1]) == [expected[0]] * 2


def test_without_personalisation_two_people_get_the_same_bytes() -> None:
    answers = set()
    for user in ("ann", "eve", "fay", "nobody"):
        decision = ask(RecommendRequest(user=user, k=4), personal=False, explore=0.3)
        answers.add(msgspec.json.encode(msgspec.structs.replace(decision, user="")))
    assert len(answers) == 1


def test_the_ladder_ends_in_catalogue_and_empty() -> None:
    described = [event for event in world.EVENTS if event.kind == "item"]
    assert ask(RecommendRequest(user="ann", k=9), events=described, model=False).rung == "catalogue"
    nothing = ask(RecommendRequest(user="ann"), events=[], model=False)
    assert (nothing.rung, nothing.items, nothing.why_rung) == ("empty", (), "no item is left after the filters")


def test_filters_come_before_scores() -> None:
    assert items(ask(RecommendRequest(user="ann", categories=("bread",)))) == ["rye", "spelt"]
    assert items(ask(RecommendRequest(user="ann", exclude=("black",)))) == ["rye", "spelt"]


def test_an_item_that_the_model_never_saw_stands_last_but_can_be_explored() -> None:
    assert items(ask(RecommendRequest(user="ann", k=3)))[-1] == "spelt"
    first = [ask(RecommendRequest(user="ann", k=1), explore=0.5, seed=seed).items[0] for seed in range(200)]
    explored = [shown for shown in first if shown.item == "spelt"]
    assert explored
    assert {shown.reason.code for shown in explored} == {"explore"}
    assert {shown.probability for shown in explored} == {0.5 / 3}


def test_what_is_shown_is_as_frequent_as_the_log_says() -> None:
    """4,000 seeds; the chi-square test fails one true build in 1,000."""
    request, arms = RecommendRequest(user="ann", k=1), (Arm("posters", 8, 4), Arm("list", 8, 2))
    decisions = [ask(request, explore=0.3, seed=seed, arms=arms) for seed in range(4_000)]
    rows = {shown.item: shown.probability for decision in decisions for shown in decision.items}
    counts = [sum(decision.items[0].item == item for decision in decisions) for item in rows]
    assert sum(rows.values()) == pytest.approx(1.0)
    assert stats.chisquare(counts, np.array(list(rows.values())) * 4_000).pvalue > 0.001
    layouts = [decision.layout for decision in decisions if decision.layout]
    posters = sum(layout.chosen == "posters" for layout in layouts)
    assert stats.binomtest(posters, 4_000, layouts[0].probabilities[0]).pvalue > 0.001


def test_same_arguments_same_decision() -> None:
    request, arms = RecommendRequest(user="ann", k=3), (Arm("a"), Arm("b"))
    assert ask(request, explore=0.5, seed=7, arms=arms) == ask(request, explore=0.5, seed=7, arms=arms)
