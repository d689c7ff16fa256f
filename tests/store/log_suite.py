"""What every event log must do: the other half of the contract in `salience.store.log`.

An implementation inherits `LogSuite` and supplies `open_log` (and `reopen` where something outlives a close).
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.events import AnyEvent, Click, Follow, Identify, InvalidInput, Item, View
from salience.store.faults import Unavailable
from salience.store.log import Erased, EventLog, Failed, Ledger


def click(name: str, user: str = "ann", item: str = "tea") -> Click:
    return Click(id=name, user=user, item=item, time=1)


def ids(rows: list[tuple[int, AnyEvent]]) -> list[str]:
    return [event.id for _, event in rows]


STEPS = st.lists(
    st.tuples(st.lists(st.integers(0, 12), max_size=6), st.integers(0, 2), st.integers(0, 2), st.booleans()),
    max_size=12,
)
"""Batches of event numbers, how many failed, how many refused, and whether the sender waits for the answer."""


class LogSuite:
    """Behaviour that no implementation may change."""

    @abstractmethod
    def open_log(self) -> EventLog:
        """An empty log."""

    @pytest.fixture
    def log(self) -> Iterator[EventLog]:
        log = self.open_log()
        yield log
        log.close()

    def test_an_empty_log_says_so(self, log: EventLog) -> None:
        assert log.last() == 0
        assert log.read() == []
        assert log.find("e1") is None
        assert log.of_subject("ann") == []
        assert list(log.failures()) == []
        assert log.ledger() == Ledger()

    def test_events_come_back_equal_and_in_order(self, log: EventLog) -> None:
        sent: list[AnyEvent] = [
            click("e1"),
            Item(id="e2", item="tea", title="茶", categories=("hot", "drink"), price=1.5),
            Identify(id="e3", anonymous="v1", traits={"age": 3, "vip": True, "name": "Ann", "gone": None}),
        ]
        assert log.append(sent).result().rows == (1, 2, 3)
        assert log.read() == [(1, sent[0]), (2, sent[1]), (3, sent[2])]
        assert log.last() == 3

    def test_reading_goes_on_after_a_row(self, log: EventLog) -> None:
        log.append([click(f"e{n}") for n in range(1, 8)]).result()
        assert ids(log.read(limit=3)) == ["e1", "e2", "e3"]
        assert ids(log.read(after=3, limit=3)) == ["e4", "e5", "e6"]
        assert ids(log.read(after=6)) == ["e7"]
        assert log.read(after=7) == []

    def test_an_id_counts_once_within_a_batch_and_across_batches(self, log: EventLog) -> None:
        assert log.append([click("e1"), click("e2"), click("e1", item="milk")]).result().rows == (1, 2, 0)
        assert log.append([click("e2"), click("e3"), click("e1")]).result().rows == (0, 3, 0)
        assert ids(log.read()) == ["e1", "e2", "e3"]
        found = log.find("e1")
        assert found is not None
        assert found[1] == click("e1")  # the first stays: what was acknowledged never changes
        assert log.ledger() == Ledger(received=6, stored=3, duplicate=3)

    def test_find_gives_the_row_and_the_event(self, log: EventLog) -> None:
        log.append([click("e1"), click("e2", item="milk")]).result()
        assert log.find("e2") == (2, click("e2", item="milk"))
        assert log.find("e") is None

    def test_of_subject_gives_the_newest_oldest_first(self, log: EventLog) -> None:
        log.append([click(f"a{n}") for n in range(5)] + [click("b1", user="bob")]).result()
        log.append([View(id="v1", anonymous="ann", item="tea"), Item(id="i1", item="tea")]).result()
        assert ids(log.of_subject("ann")) == ["a0", "a1", "a2", "a3", "a4"]
        assert log.of_subject("ann", limit=2) == [(4, click("a3")), (5, click("a4"))]
        assert ids(log.of_subject("anon:ann")) == ["v1"]  # an anonymous visitor is not the user of that name
        assert log.of_subject("nobody") == []
        assert log.of_subject("") == []  # items belong to nobody

    def test_newest_gives_everybody_with_their_newest_event(self, log: EventLog) -> None:
        log.append([click("a1"), click("b1", user="bob"), click("a2"), Item(id="i1", item="tea")]).result()
        assert dict(log.newest()) == {"ann": click("a2"), "bob": click("b1", user="bob")}

    def test_failed_events_are_kept_with_raw_bytes_and_reason(self, log: EventLog) -> None:
        bad = Failed(raw=b'{"kind": "\xff\x00', reason="kind: not UTF-8", received=7)
        log.append([click("e1")], [bad, Failed(raw=b"", reason="empty", received=8)]).result()
        newest, older = log.failures()
        assert (older.raw, older.reason, older.received) == (bad.raw, bad.reason, bad.received)
        assert newest.reason == "empty"
        assert newest.seq > older.seq
        assert [one.reason for one in log.failures(limit=1)] == ["empty"]
        assert log.ledger() == Ledger(received=3, stored=1, failed=2)

    def test_a_reason_may_quote_a_name_with_the_character_0(self, log: EventLog) -> None:
        log.append([], [Failed(b'{"\\u0000": 1}', "\0: is not a field of this kind of event", 5)]).result()
        (kept,) = log.failures()
        assert (kept.reason, kept.raw) == ("\\0: is not a field of this kind of event", b'{"\\u0000": 1}')

    def test_a_failed_event_is_kept_with_its_source_and_found_by_its_number(self, log: EventLog) -> None:
        bad = Failed(b"{}", "kind: is missing", 7, source="http", schema=1, public=True)
        (seq,) = log.append([], [bad]).result().failed
        found = log.failure(seq)
        assert found is not None
        assert (found.source, found.schema, found.public, found.replayed) == ("http", 1, True, False)
        assert log.failure(seq + 1) is None
        assert list(log.failures(before=seq)) == []

    def test_bad_rows_of_a_file_count_once_however_often_it_is_read(self, log: EventLog) -> None:
        rows = [
            Failed(b"row 1", "bad", 1, source="a.csv", once=True),
            Failed(b"row 2", "bad", 1, source="a.csv", once=True),
        ]
        first = log.append([], rows).result().failed
        assert all(first)
        assert log.append([], [*rows, Failed(b"row 1", "bad", 1, source="b.csv", once=True)]).result().failed[:2] == (
            0,
            0,
        )
        assert log.ledger() == Ledger(received=5, failed=3, duplicate=2)

    def test_a_replayed_event_moves_from_failed_to_stored_once(self, log: EventLog) -> None:
        (seq,) = log.append([click("e1")], [Failed(b"secret", "bad", 7)]).result().failed
        assert log.append([click("mended")], replays=seq).result().rows == (2,)
        assert log.ledger() == Ledger(received=2, stored=2)
        found = log.failure(seq)
        assert found is not None
        assert (found.replayed, found.raw) == (True, b"")
        assert log.append([click("mended")], replays=seq).result().rows == (0,)
        assert log.append([click("another")], replays=seq).result().rows == (0,)
        assert log.ledger() == Ledger(received=2, stored=2)
        assert log.damages() == []

    def test_a_replayed_event_that_was_known_counts_as_duplicate(self, log: EventLog) -> None:
        (seq,) = log.append([click("e1")], [Failed(b"x", "bad", 7)]).result().failed
        assert log.append([click("e1")], replays=seq).result().rows == (0,)
        assert log.ledger() == Ledger(received=2, stored=1, duplicate=1)

    def test_expired_events_are_no_longer_read_and_their_ids_still_count(self, log: EventLog) -> None:
        old: list[AnyEvent] = [click("old", item="needle"), View(id="view", user="ann", item="tea", time=1)]
        log.append([*old, Click(id="new", user="ann", item="tea", time=90)]).result()
        assert log.expire(["click"], before=50) == 1
        assert ids(log.read()) == ["view", "new"]
        assert ids(log.of_subject("ann")) == ["view", "new"]
        assert log.find("old") is None
        assert log.append([click("old"), click("next")]).result().rows == (0, 4)
        assert log.expire(["click"], before=50) == 1  # "next", whose time is 1
        assert log.last() == 3
        assert log.damages() == []

    def test_expired_failures_keep_their_reason(self, log: EventLog) -> None:
        log.append([], [Failed(b"old", "bad", 7), Failed(b"new", "worse", 70)]).result()
        assert log.expire_failures(before=50) == 1
        assert [(one.raw, one.reason) for one in log.failures()] == [(b"new", "worse"), (b"", "bad")]
        assert log.ledger().failed == 2

    def test_erased_people_are_gone_and_the_ledger_still_balances(self, log: EventLog) -> None:
        sent: list[AnyEvent] = [
            click("e1", user="ann"),
            click("e2", user="bob"),
            Follow(id="f", user="bob", target="ann"),
        ]
        failures = [Failed(b'{"user":"ann","kind":"clck"}', "bad", 7), Failed(b'{"user":"anna"}', "bad", 8)]
        log.append(sent, failures).result()
        log.append([click("e3", user="ann")]).result()
        before = log.ledger()
        assert set(log.subjects()) == {"ann", "bob"}
        assert log.erase(["ann", "anon:v1"]) == Erased(rows=2, mentions=1, failed=1)
        assert ids(log.read()) == ["e2"]
        assert log.find("e1") is None
        assert [one.raw for one in log.failures()] == [b'{"user":"anna"}', b""]
        assert set(log.subjects()) == {"bob"}
        assert log.ledger() == before
        assert log.damages() == []
        assert log.append([click("e1", user="ann")]).result().rows == (5,)  # a brand-new person

    def test_what_came_after_an_erasure_stays(self, log: EventLog) -> None:
        log.append([click("e1"), click("e2"), click("e3")]).result()
        assert log.erase(["ann"], up_to=2).rows == 2
        assert ids(log.read()) == ["e3"]

    def test_refused_requests_are_counted(self, log: EventLog) -> None:
        assert log.append([], refused=2).result().rows == ()
        assert log.ledger() == Ledger(received=2, refused=2)

    def test_an_event_that_could_not_be_read_back_is_refused_at_once(self, log: EventLog) -> None:
        for bad in (click("e1", item=""), click("e1", item="\ud800"), Click(id="e1", item="tea", time=10**30)):
            with pytest.raises(InvalidInput, match="cannot be read back"):
                log.append([click("e0"), bad])
        assert log.ledger() == Ledger()

    def test_the_ledger_balances_whenever_it_is_read(self, log: EventLog) -> None:
        seen: list[Ledger] = []
        done = threading.Event()

        def watch() -> None:
            while not done.is_set():
                seen.append(log.ledger())

        def send(sender: int) -> None:
            for n in range(30):  # every id is sent by two senders
                log.append([click(f"{sender // 2}-{n}")], [Failed(b"x", "bad", 1)], refused=1).result()

        watcher = threading.Thread(target=watch)
        watcher.start()
        with ThreadPoolExecutor(4) as senders:
            list(senders.map(send, range(4)))
        done.set()
        watcher.join()
        assert all(ledger.balanced for ledger in seen)
        assert log.ledger() == Ledger(received=360, stored=60, duplicate=60, failed=120, refused=120)

    def test_rows_follow_each_other_for_a_reader_that_follows(self, log: EventLog) -> None:
        rows: list[int] = []
        done = threading.Event()

        def follow() -> None:
            while not done.is_set() or log.last() > (rows[-1] if rows else 0):
                rows.extend(row for row, _ in log.read(after=rows[-1] if rows else 0, limit=7))

        follower = threading.Thread(target=follow)
        follower.start()
        with ThreadPoolExecutor(4) as senders:
            list(senders.map(lambda n: log.append([click(f"e{n}"), click(f"e{n + 1}")]).result(), range(80)))
        done.set()
        follower.join()
        assert rows == list(range(1, 82))

    def test_closing_finishes_what_was_accepted(self) -> None:
        log = self.open_log()
        waiting = [log.append([click(f"e{n}")]) for n in range(50)]
        log.close()
        assert sorted(row for future in waiting for row in future.result(timeout=0).rows) == list(range(1, 51))
        with pytest.raises(Unavailable):
            log.append([click("late")])
        log.close()

    def test_any_interleaving_gives_what_a_dictionary_would(self) -> None:
        """Random batches, waited for or not, against a model of ten lines."""

        @settings(max_examples=25, deadline=None)
        @given(STEPS)
        def compare(steps: list[tuple[list[int], int, int, bool]]) -> None:
            log = self.open_log()
            known: dict[str, int] = {}
            expected: list[tuple[int, ...]] = []
            received = duplicate = failed = refused = 0
            futures = []
            for numbers, bad, turned_away, wait in steps:
                rows = []
                for name in (f"e{n}" for n in numbers):
                    rows.append(0 if name in known else len(known) + 1)
                    duplicate += name in known
                    known.setdefault(name, len(known) + 1)
                expected.append(tuple(rows))
                received += len(numbers) + bad + turned_away
                failed, refused = failed + bad, refused + turned_away
                future = log.append([click(f"e{n}") for n in numbers], [Failed(b"x", "bad", 1)] * bad, turned_away)
                futures.append(future)
                if wait:
                    future.result()
            assert [future.result().rows for future in futures] == expected
            assert ids(log.read()) == list(known)
            assert log.ledger() == Ledger(received, len(known), duplicate, failed, refused)
            log.close()

        compare()
