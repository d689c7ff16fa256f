"""Consent: the later receipt wins, doubt is on the strict side, any moment can be asked for."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from salience.events import Consent
from salience.privacy.consent import ConsentState, allowed
from salience.privacy.regions import OPT_IN, OPT_OUT, PURPOSES, default_for


def said(row: int, *, received: int | None = None, time: int = 0, **purposes: bool) -> tuple[int, Consent]:
    return row, Consent(id=f"c{row}", user="ann", time=time, received=received or row * 10, purposes=dict(purposes))


def state(*choices: tuple[int, Consent]) -> ConsentState:
    folded = ConsentState()
    for row, event in choices:
        folded = folded.after(row, event)
    return folded


def test_who_said_nothing_has_the_default_of_the_region() -> None:
    silent = ConsentState()
    assert [allowed(silent, purpose, OPT_IN) for purpose in PURPOSES] == [False] * 5
    assert allowed(silent, "marketing", OPT_OUT)
    assert not allowed(silent, "sensitive", OPT_OUT)
    assert default_for("DE") == default_for("") == default_for("atlantis") == OPT_IN
    assert default_for("us-ca") == OPT_OUT
    assert not allowed(silent, "analytics", {})


def test_a_choice_beats_the_default_and_changes_only_what_it_names() -> None:
    chosen = state(said(1, marketing=True, analytics=False))
    assert allowed(chosen, "marketing", OPT_IN)
    assert not allowed(chosen, "analytics", OPT_OUT)
    assert allowed(chosen, "personalisation", OPT_OUT)


def test_a_revocation_dated_before_the_grant_still_revokes() -> None:
    chosen = state(said(1, time=900, marketing=True), said(2, time=5, marketing=False))
    assert not allowed(chosen, "marketing", OPT_OUT)


def test_one_event_folded_twice_or_in_any_order_is_one_choice() -> None:
    first, second, third = said(1, marketing=True), said(2, marketing=False), said(3, sharing=True)
    assert state(third, first, second, first) == state(first, second, third)


def test_the_state_at_any_time_can_be_asked_for() -> None:
    history = state(said(1, marketing=True), said(2, marketing=False), said(3, marketing=True))
    asked = [history.choice("marketing", at=time) for time in (9, 10, 19, 20, 29, 30, 99)]
    assert asked == [None, True, True, False, False, True, True]
    assert [choice.event for choice in history.choices] == ["c1", "c2", "c3"]  # nothing is ever taken out


def test_on_a_merge_the_stricter_wins_whatever_came_later() -> None:
    strict, loose = state(said(1, marketing=False, analytics=True)), state(said(2, marketing=True, sharing=True))
    for merged in (
        strict.merged(loose, row=5, received=50, event="a1"),
        loose.merged(strict, row=5, received=50, event="a1"),
    ):
        assert not allowed(merged, "marketing", OPT_OUT)
        assert allowed(merged, "analytics", OPT_IN)
        assert allowed(merged, "sharing", OPT_IN)
        assert merged.choice("marketing", at=49) is True  # before the merge, the later receipt
        assert allowed(merged.after(*said(6, marketing=True)), "marketing", OPT_IN)  # afterwards the person decides
        assert not allowed(merged.after(*said(4, marketing=True)), "marketing", OPT_OUT)  # an older one arriving late


CHOICES = st.lists(st.tuples(st.sampled_from(PURPOSES), st.booleans()), max_size=12)


@settings(max_examples=60, deadline=None)
@given(CHOICES, CHOICES, st.randoms(use_true_random=False))
def test_any_history_is_the_last_word_of_each_purpose_and_merging_is_symmetric(
    mine: list[tuple[str, bool]], theirs: list[tuple[str, bool]], random: st.DataObject
) -> None:
    events = [said(row, **{purpose: granted}) for row, (purpose, granted) in enumerate(mine, 1)]
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    folded, last = state(*shuffled), dict(mine)
    assert {purpose: folded.choice(purpose) for purpose in PURPOSES} == {
        purpose: last.get(purpose) for purpose in PURPOSES
    }
    other = state(*(said(row + 100, **{purpose: granted}) for row, (purpose, granted) in enumerate(theirs)))
    merged = folded.merged(other, row=999, received=9990, event="a")
    assert merged == other.merged(folded, row=999, received=9990, event="a")
    for purpose in PURPOSES:
        choices = {folded.choice(purpose), other.choice(purpose)} - {None}
        assert merged.choice(purpose) == (min(choices) if choices else None)  # type: ignore[type-var]
