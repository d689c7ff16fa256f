"""Everybody's consent: on a merge the stricter holds, a split loosens nothing, a shared device spreads nothing."""

from __future__ import annotations

from itertools import permutations

from salience.events import Alias, AnyEvent, Click, Consent, Identify, Split
from salience.follow import Follower
from salience.privacy.policy import Policy
from salience.store.sqlite_log import SqliteLog


def followed(events: list[AnyEvent], policy: Policy | None = None) -> Follower:
    """The fold of these rows."""
    with SqliteLog(":memory:") as log:
        log.append(events).result()
        follower = Follower(log, reward_wait_ms=1, began=0, policy=policy)
        follower.catch_up(100)
    return follower


def test_of_two_people_who_become_one_the_stricter_choice_holds_and_a_split_loosens_nothing() -> None:
    given: AnyEvent = Consent(id="1", user="ann", purposes={"personalisation": True}, received=20)
    refused: AnyEvent = Consent(id="2", anonymous="phone", purposes={"personalisation": False}, received=10)
    merge = Alias(id="3", user="ann", previous="anon:phone", time=30, received=30)
    split = Split(id="4", user="ann", apart=("anon:phone",), time=40, received=40)
    anew = Consent(id="5", user="ann", purposes={"personalisation": True}, received=50)
    for order in permutations([given, refused]):
        for story in ([*order, merge], [*order, merge, split]):
            assert followed([*story]).consents.of("ann").choice("personalisation") is False
        assert followed([*order, merge, anew]).consents.of("anon:phone").choice("personalisation") is True


def test_a_signal_of_the_browser_reaches_the_known_person_behind_it() -> None:
    out: AnyEvent = Consent(id="1", anonymous="v", signals={"opt_out": True}, received=10)
    known: AnyEvent = Consent(id="2", user="ann", purposes={"sharing": True}, received=20)
    merge = Identify(id="3", user="ann", anonymous="v", time=30, received=30)
    assert followed([out, known, merge]).consents.of("ann").on("opt_out")
    assert followed([known, out, merge]).consents.of("ann").on("opt_out")


def test_a_shared_device_spreads_nobodys_choice() -> None:
    events: list[AnyEvent] = [
        Identify(id="1", user="ann", anonymous="tablet", received=10, time=10),
        Consent(id="2", user="bob", purposes={"personalisation": False}, received=20),
        Identify(id="3", user="bob", anonymous="tablet", received=30, time=30),
    ]
    assert followed(events).consents.of("ann").choices == ()


def test_who_may_not_be_profiled_leaves_no_history_and_who_may_not_be_counted_no_count() -> None:
    events: list[AnyEvent] = [
        Click(id="1", user="ann", item="tea", received=1),
        Consent(id="2", user="ann", purposes={"personalisation": False}, received=2),
        Click(id="3", user="ann", item="milk", received=3),
        Consent(id="4", user="ann", signals={"restricted": True}, received=4),
        Click(id="5", user="ann", item="cup", received=5),
        Consent(id="6", user="ann", purposes={"personalisation": True}, signals={"restricted": False}, received=6),
        Click(id="7", user="ann", item="pot", received=7),
    ]
    state = followed(events).state
    reading = state.read("ann")
    assert {reading.names[code] for code in reading.person.items} == {"tea", "pot"}
    codes = state.codes(["tea", "milk", "pot"])
    assert (reading.counts["popularity"].at(codes, 7) > 0).all()
    assert "cup" not in reading.names


def test_where_silence_allows_nothing_silence_leaves_nothing() -> None:
    events: list[AnyEvent] = [Click(id="1", user="ann", item="tea", received=1)]
    assert len(followed(events, Policy(region="DE")).state.person("ann").items) == 0
    assert len(followed(events, Policy(region="US-CA")).state.person("ann").items) == 1
