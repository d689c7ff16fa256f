"""Rules: exact counts against brute force, and the classic measures by hand."""

from itertools import combinations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.events import InvalidInput
from salience.events.interactions import IdMap, Interactions
from salience.mine.rules import Rule, concise, rules


def shop(*baskets: str) -> Interactions:
    """One basket per word, one item per letter."""
    return Interactions.from_rows([(str(n), item, 1.0, 0) for n, basket in enumerate(baskets) for item in basket])


def mined(data: Interactions, support: float, confidence: float, limit: int | None = None) -> list[Rule]:
    return rules(data.matrix, data.items, min_support=support, min_confidence=confidence, limit=limit)


def brute_force(baskets: list[str], support: float, confidence: float) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(left, right) -> counts of both, left, right."""
    letters = sorted(set("".join(baskets)))

    def count(items: str) -> int:
        return sum(set(basket) >= set(items) for basket in baskets)

    found = {}
    for size in range(2, len(letters) + 1):
        for items in combinations(letters, size):
            both = count("".join(items))
            for right in items:
                left = "".join(item for item in items if item != right)
                if both and both >= support * len(baskets) - 1e-9 and both >= confidence * count(left) - 1e-9:
                    found[left, right] = (both, count(left), count(right))
    return found


@settings(deadline=None)
@given(
    st.lists(st.sets(st.sampled_from("abcdef"), min_size=1).map("".join), min_size=1, max_size=40),
    st.sampled_from([0.01, 0.1, 0.25, 0.5]),
    st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]),
)
def test_every_rule_and_no_other(baskets: list[str], support: float, confidence: float) -> None:
    found = mined(shop(*baskets), support, confidence)
    counted = {("".join(sorted(r.left)), r.right): (r.count, r.left_count, r.right_count) for r in found}
    assert counted == brute_force(baskets, support, confidence)
    assert len(counted) == len(found)
    assert [r.lift for r in found] == sorted((r.lift for r in found), reverse=True)


def test_the_measures_by_hand() -> None:
    # tea in 4 of 10 baskets, milk in 5, both in 3
    found = mined(shop("tm", "tm", "tm", "t", "m", "m", "x", "x", "x", "x"), 0.3, 0.7)
    assert len(found) == 1
    rule = found[0]
    assert (rule.left, rule.right) == (("t",), "m")
    assert (rule.support, rule.confidence) == (0.3, 0.75)
    assert rule.lift == pytest.approx(0.75 / 0.5)
    assert rule.leverage == pytest.approx(0.3 - 0.4 * 0.5)
    assert rule.conviction == pytest.approx((1 - 0.5) / (1 - 0.75))
    # of C(10,4) = 210 ways to place tea, C(5,3) C(5,1) + C(5,4) = 55 hit milk three times or more
    assert rule.p_value == pytest.approx(55 / 210)
    assert rule.q_value == pytest.approx(55 / 210)  # tea -> milk and milk -> tea are the same test twice


def test_a_rule_that_never_fails_has_no_conviction() -> None:
    rule = mined(shop("ab", "ab", "b", "c"), 0.5, 1.0)[0]
    assert (rule.left, rule.right, rule.conviction) == (("a",), "b", None)
    assert msgspec.json.decode(msgspec.json.encode(rule), type=Rule) == rule


def test_hidden_rules_still_count_as_tests() -> None:
    data = shop("ab", "ab", "ac", "bc", "c", "c", "d", "d", "d", "d")
    shown, every = mined(data, 0.1, 0.6), mined(data, 0.1, 0.0)
    assert len(shown) < len(every)
    assert set(shown) <= set(every)


def test_the_limit_keeps_the_first() -> None:
    data = shop("abc", "abc", "ab", "c", "d", "ad")
    assert mined(data, 0.1, 0.1, limit=3) == mined(data, 0.1, 0.1)[:3]


def test_a_rule_needs_two_items() -> None:
    assert mined(shop("a", "b", "a"), 0.1, 0.0) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"min_confidence": 1.5}, "min_confidence = 1.5: must be between 0 and 1"),
        ({"limit": 0}, "limit = 0: must be at least 1"),
        ({"items": IdMap(("a",))}, "must have a column for each of the 1 items"),
    ],
)
def test_faults_of_the_caller_are_named(change: dict[str, object], message: str) -> None:
    data = shop("ab")
    asked = {"items": data.items, "min_support": 0.5, "min_confidence": 0.5, **change}
    with pytest.raises(InvalidInput, match=message):
        rules(data.matrix, **asked)  # type: ignore[arg-type]  # the keywords vary


def test_what_a_person_reads_names_something_new_in_every_line() -> None:
    rng = np.random.default_rng(0)
    together = [(str(n), f"herb{at}", 1.0, 0) for n in range(40) for at in range(5) if rng.random() < 0.95]
    noise = [(str(n), f"thing{rng.integers(0, 20)}", 1.0, 0) for n in range(300) for _ in range(2)]
    pair = [(str(n), item, 1.0, 0) for n in range(100, 130) for item in ("cup", "saucer")]
    data = Interactions.from_rows([*together, *noise, *pair])
    every = rules(data.matrix, data.items, min_support=0.05, min_confidence=0.5)
    told = concise(every)
    assert len(every) > 50
    assert len(told) <= 5
    named: set[str] = set()
    for rule in told:
        assert not {*rule.left, rule.right} <= named
        named |= {*rule.left, rule.right}
    assert {"cup", "saucer"} <= named
    assert all(any(rule == one for one in every) for rule in told)
