"""What may be asked of a row, on the shop of `world`: filters, rules, repeats, variety, caps, floors, reasons."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from salience.events import AnyEvent, Decision, InvalidInput, Item, RecommendRequest, View
from salience.events.controls import Again, Diversity, Floor, Objective, Repeat, ShopRule
from salience.events.filters import Eq, Filter, Ge, Has, In, Lt, Ne, Not, Or
from salience.events.interactions import Interactions
from salience.models.cold.cold_items import fit
from salience.recommend import check, decide
from salience.recommend.floors import Floors
from salience.recommend.wording import words
from tests.models.model_suite import history
from tests.recommend import world

DAY = 24 * 3600 * 1000


def priced() -> list[AnyEvent]:
    made: list[AnyEvent] = [event for event in world.EVENTS if not isinstance(event, Item)]
    for at, event in enumerate(event for event in world.EVENTS if isinstance(event, Item)):
        attributes = {"brand": "mill" if "bread" in event.categories else "leaf", "margin": float(at + 1)}
        card = Item(
            id=event.id, item=event.item, title=event.title, categories=event.categories, time=1, price=2.0 * at
        )
        made.append(
            Item(
                **{
                    **{f: getattr(card, f) for f in ("id", "item", "title", "categories", "time", "price")},
                    "attributes": attributes,
                }
            )
        )
    return made


def ask(request: RecommendRequest, *, explore: float = 0.0, seed: int = 1, now: int = 10) -> Decision:
    state = world.state(priced())
    snapshot, reading = world.snapshot(state, explore=explore), state.read(request.subject)
    check(request, snapshot.shelf(reading))
    return decide(request, reading, snapshot, (), id="d", seed=seed, now=now, personal=True)


def items(decision: Decision) -> list[str]:
    return [shown.item for shown in decision.items]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Eq(field="brand", value="leaf"), {"black"}),
        (Ne(field="brand", value="leaf"), {"rye", "spelt"}),
        (In(field="item", values=("rye", "nothing")), {"rye"}),
        (Lt(field="price", value=4.0), {"black"}),
        (Ge(field="price", value=4.0), {"rye", "spelt"}),
        (Has(field="title", word="BREAD"), {"rye", "spelt"}),
        (Not(of=Or(of=(Eq(field="item", value="rye"), Eq(field="category", value="tea")))), {"spelt"}),
    ],
)
def test_filters_hold_for_every_item_shown(where: Filter, expected: set[str]) -> None:
    assert set(items(ask(RecommendRequest(user="ann", where=where)))) == expected


@pytest.mark.parametrize(
    ("request_", "parameter", "way_out"),
    [
        (RecommendRequest(where=Eq(field="brnad", value="x")), "where.field", "did you mean brand?"),
        (RecommendRequest(categories=("teas",)), "categories[0]", "did you mean tea?"),
        (RecommendRequest(where=Lt(field="brand", value=1)), "where.field", "use eq, ne, in or has"),
        (RecommendRequest(objective=Objective(field="margn")), "objective.field", "did you mean margin?"),
        (RecommendRequest(rules=(ShopRule(when=Has(field="brand")),)), "rules[0]", "make two rules"),
        (RecommendRequest(diversity=Diversity(strength=0.7), calibrate=0.6), "calibrate", "lower one of them"),
        (RecommendRequest(repeat=Repeat(viewed=Again(mode="decay"))), "repeat.viewed.days", "e.g. 30"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_way_out(
    request_: RecommendRequest, parameter: str, way_out: str
) -> None:
    with pytest.raises(InvalidInput) as fault:
        ask(request_)
    assert (fault.value.parameter, fault.value.way_out) == (parameter, way_out)


def test_boost_and_value_turn_the_order_and_say_by_how_much() -> None:
    bread = Eq(field="category", value="bread")
    boosted = ask(RecommendRequest(user="ann", rules=(ShopRule(when=bread, boost=2.0, name="bread"),)))
    assert {s.item: s.factors for s in boosted.items} == {
        "black": {},
        "rye": {"rule bread": 2.0},
        "spelt": {"rule bread": 2.0},
    }
    buried = ask(RecommendRequest(user="ann", rules=(ShopRule(when=Eq(field="item", value="black"), bury=0.0),)))
    assert items(buried)[0] == "rye"
    assert {s.item: s.factors for s in buried.items}["black"] == {"rule 1": 0.0}
    assert items(ask(RecommendRequest(user="ann", objective=Objective(field="margin", weight=1.0))))[0] == "spelt"


def test_a_pin_has_probability_one_and_the_rest_of_the_row_is_as_frequent_as_logged() -> None:
    rule = ShopRule(when=Eq(field="item", value="spelt"), pin=2)
    request = RecommendRequest(user="ann", k=2, rules=(rule,))
    found = [ask(request, explore=0.4, seed=seed) for seed in range(600)]
    assert {(d.items[1].item, d.items[1].probability, d.items[1].reason.code) for d in found} == {
        ("spelt", 1.0, "pinned")
    }
    first = {d.items[0].item: d.items[0].probability for d in found}
    assert first == {"black": pytest.approx(0.8), "rye": pytest.approx(0.2)}
    counts = [sum(d.items[0].item == item for d in found) for item in first]
    assert stats.chisquare(counts, np.array(list(first.values())) * 600).pvalue > 0.001


def test_a_cap_holds_however_much_is_explored() -> None:
    for seed in range(30):
        row = ask(RecommendRequest(user="new", k=5, max_per_category=1), explore=0.9, seed=seed)
        assert len({("tea" if item in ("green", "black") else "bread") for item in items(row)}) == len(row.items) == 2


def test_seen_items_fade_back_in() -> None:
    again = Repeat(viewed=Again(mode="never"), bought=Again(mode="decay", days=1))
    soon = ask(RecommendRequest(user="ann", repeat=again), now=3 + DAY)
    factor = next(shown.factors["repeat"] for shown in soon.items if shown.item == "green")
    assert factor == pytest.approx(0.5)
    assert "wheat" not in items(soon)
    after = Repeat(viewed=Again(mode="after", days=2))
    assert "wheat" not in items(ask(RecommendRequest(user="ann", repeat=after), now=4 + DAY))
    assert "wheat" in items(ask(RecommendRequest(user="ann", repeat=after), now=4 + 2 * DAY))


@pytest.mark.parametrize("method", ["mmr", "dpp"])
def test_variety_puts_the_other_kind_second(method: str) -> None:
    plain = RecommendRequest(user="new", k=2, where=In(field="item", values=("wheat", "rye", "black")))
    assert items(ask(plain)) == ["wheat", "rye"]
    various = Diversity(method="mmr" if method == "mmr" else "dpp", strength=0.9)
    mixed = RecommendRequest(user="new", k=2, where=plain.where, diversity=various)
    assert items(ask(mixed)) == ["wheat", "black"]


def test_a_floor_is_met_as_low_as_it_can_be() -> None:
    floor = Floor(field="category", values=("tea",), share=0.3)
    row = ask(RecommendRequest(user="new", k=3, floors=(floor,)))
    exposure = 1 / np.log2(np.arange(3) + 2)
    tea = sum(exposure[at] for at, item in enumerate(items(row)) if item in ("green", "black"))
    assert items(row)[0] == "wheat"
    assert tea / exposure.sum() >= 0.3 - 1e-9
    assert Floors([np.ones(2, bool)], [0.1], 2).must() is None


def test_a_new_item_is_ranked_by_what_its_card_says_and_its_reason_is_true() -> None:
    state = world.state()
    data = world_data()
    model = world.snapshot(state).model
    assert model is not None
    mapping = fit(model, data, [state.card(item) for item in world.ITEMS])
    snapshot = replace(world.snapshot(state), cold=mapping)

    def spelt(user: str) -> tuple[float, str, tuple[str, ...]]:
        request = RecommendRequest(user=user, k=9)
        row = decide(request, state.read(user), snapshot, (), id="d", seed=1, now=10, personal=True)
        shown = next(shown for shown in row.items if shown.item == "spelt")
        return shown.score, shown.reason.code, shown.reason.because

    score, code, because = spelt("fay")  # fay bought wheat bread
    assert np.isfinite(score)
    assert (code, because) == ("because", ("wheat",))


def test_without_the_named_item_the_score_is_lower() -> None:
    table = world.snapshot(world.state()).model
    assert table is not None
    for shown in ask(RecommendRequest(user="ann", k=2)).items:
        entries = {0: 1.0, 3: 0.5}  # ann: green bought, wheat clicked
        at = world.ITEMS.index(shown.item)
        for named in shown.reason.because:
            rest = {k: v for k, v in entries.items() if world.ITEMS[k] != named}
            assert table.score(history(rest, width=4))[0][at] < table.score(history(entries, width=4))[0][at]


def test_the_verb_follows_the_deed() -> None:
    first = ask(RecommendRequest(user="ann", k=1)).items[0].reason
    assert first.deeds == ("purchase", "click")
    assert words(first, ["Green tea", "Wheat bread"], "en") == "Because you bought Green tea and chose Wheat bread"
    assert words(first, ["绿茶", "面包"], "zh") == "因为您购买过《绿茶》，选择过《面包》"


def test_beside_an_item_the_row_goes_with_it_whoever_asks() -> None:
    row = ask(RecommendRequest(user="new", k=1, items=("green",)))
    assert (row.items[0].item, row.items[0].reason.code, row.items[0].reason.because) == (
        "black",
        "goes-with",
        ("green",),
    )


def test_a_first_click_on_a_new_item_is_answered_by_content() -> None:
    state = world.state([*world.EVENTS, View(id="v", user="zoe", item="spelt", time=5, received=5)])
    request = RecommendRequest(user="zoe", k=2)
    row = decide(request, state.read("zoe"), world.snapshot(state), (), id="d", seed=1, now=10, personal=True)
    assert (row.rung, set(items(row))) == ("content", {"rye", "wheat"})
    assert row.items[0].reason.because == ("spelt",)


def world_data() -> Interactions:
    return Interactions.from_rows([("a", item, 1.0, 0) for item in world.ITEMS] + [("b", "rye", 1.0, 1)])
