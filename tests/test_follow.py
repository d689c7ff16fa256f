"""Following the log: what is rebuilt from it equals what was folded as it grew."""

import threading

from salience.events import AnyEvent, Choice, Click, Decision, Impression, Item
from salience.follow import PIECE, Follower
from salience.store.sqlite_log import SqliteLog

LAYOUT = Choice(offered=("a", "b"), probabilities=(0.5, 0.5), chosen="b", policy="thompson")
STORY: list[AnyEvent] = [
    Item(id="i1", item="tea", title="Tea", time=1, received=1),
    Decision(id="d1", user="ann", slot="s", items=(), rung="popular", seed=1, as_of=1, layout=LAYOUT, received=2),
    Impression(id="m1", user="ann", decision="d1", slot="s", visible_ms=2_000, received=3),
    Click(id="c1", user="ann", item="tea", decision="d1", slot="s", time=4, received=4),
]


def view(follower: Follower) -> object:
    person = follower.state.read("ann").person
    return (
        person.items.tolist(),
        person.strengths.tolist(),
        follower.arms.slots(),
        follower.attention.slots(),
        follower.join.counts(),
        follower.tally,
    )


def test_a_rebuilt_engine_knows_what_the_old_one_knew() -> None:
    with SqliteLog(":memory:") as log:
        live = Follower(log, reward_wait_ms=1_000, began=0)
        for event in STORY:
            log.append([event]).result()
            live.catch_up(now=5)
        rebuilt = Follower(log, reward_wait_ms=1_000, began=0)
        assert rebuilt.catch_up(now=5) == len(STORY)
        assert view(rebuilt) == view(live)
        assert [(arm.name, arm.reward) for arm in live.arms.slots()["s"]] == [("a", 0.0), ("b", 1.0)]


def test_every_acknowledged_event_is_in_the_next_reading() -> None:
    with SqliteLog(":memory:") as log:
        follower = Follower(log, reward_wait_ms=1_000, began=0)
        for number in range(50):
            log.append([Click(id=f"c{number}", user="ann", item=f"i{number}", time=number)]).result()
            assert follower.catch_up(now=number) == number + 1
            assert len(follower.state.read("ann").person.items) == number + 1


def test_time_alone_settles_what_was_seen_and_ignored() -> None:
    with SqliteLog(":memory:") as log:
        follower = Follower(log, reward_wait_ms=1_000, began=0)
        log.append(STORY[:3]).result()
        follower.catch_up(now=100)
        assert follower.arms.of("s", ["b"])[0].trials == 0
        follower.catch_up(now=3 + 1_000)
        assert follower.arms.of("s", ["b"])[0].trials == 1


def test_whoever_is_in_no_hurry_pauses_between_pieces_and_learns_the_same() -> None:
    with SqliteLog(":memory:") as log:
        log.append([*STORY, *(Click(id=f"p{n}", user=f"u{n}", item="tea", time=n) for n in range(5 * PIECE))]).result()
        patient, at_once = (Follower(log, reward_wait_ms=1_000, began=0) for _ in range(2))
        held = []
        patient.catch_up(5, pause=lambda: held.append(patient.state.as_of))
        at_once.catch_up(5)
        assert held == [PIECE * number for number in range(1, 6)]
        assert view(patient) == view(at_once)


def test_nobody_waits_for_the_pauses_of_another() -> None:
    with SqliteLog(":memory:") as log:
        log.append([Click(id=f"p{n}", user=f"u{n}", item="tea", time=n) for n in range(20 * PIECE)]).result()
        follower = Follower(log, reward_wait_ms=1_000, began=0)
        others: list[threading.Thread] = []

        def somebody_comes() -> None:
            others.append(threading.Thread(target=follower.catch_up, args=(5,)))
            others[-1].start()
            while not follower._hurry:
                pass

        assert follower.catch_up(5, pause=somebody_comes) == 20 * PIECE
        others[0].join()
        assert len(others) == 1, "it went on to pause"
