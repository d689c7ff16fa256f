"""Keys made ahead: one sync for dozens of people, nobody's key is anybody else's, and a kill loses only names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from salience import Engine
from salience.events import Search
from salience.privacy.keychain import SPARES, Keychain
from salience.store import home as homes
from salience.store.keyring import Keyring


class Counted(Keyring):
    """A ring that counts its transactions."""

    puts = 0

    def put(self, *given: Any) -> None:
        """One more."""
        self.puts += 1
        super().put(*given)


def test_dozens_of_new_people_share_one_sync_and_no_key() -> None:
    ring = Counted(None)
    keys = Keychain(ring, os.urandom)
    numbers = []
    for n in range(SPARES + 1):
        numbers.append(keys.of(f"p{n}").id)
        keys.flush()
    assert (ring.puts, len(set(numbers))) == (1, SPARES + 1)
    assert all(ring.get(number)[3] for number in numbers)  # type: ignore[index]  # durable, before anybody claimed it
    assert keys.keys_of("p7") == [numbers[7]]
    keys.of("one more")
    keys.flush()
    assert (ring.puts, ring.keys_of("p7")) == (2, [numbers[7]])
    keys.close()
    assert ring.spares() == []
    assert len(ring.people()) == SPARES + 2


def test_the_workspace_s_own_keys_make_no_spares() -> None:
    ring = Keyring(None)
    keys = Keychain(ring, os.urandom)
    keys.of("\x01audit")
    keys.flush()
    assert ring.spares() == []


def test_a_key_that_is_claimed_but_not_yet_written_down_is_destroyed_with_its_person() -> None:
    ring = Keyring(None)
    keys = Keychain(ring, os.urandom)
    keys.of("first")
    keys.flush()
    number = keys.of("ann").id
    assert ring.keys_of("ann") == []
    assert keys.destroy("ann") == 1
    assert ring.get(number)[3] == b""  # type: ignore[index]
    assert keys.with_id(number) is None
    assert keys.of("ann").id != number


def test_what_was_opened_for_reading_is_dropped_with_its_person() -> None:
    ring = Keyring(None)
    first = Keychain(ring, os.urandom)
    number = first.of("ann").id
    first.flush()
    reader = Keychain(ring, os.urandom)
    assert reader.with_id(number) is not None  # by number alone, as a reader of the log does
    reader.destroy("ann")
    assert reader.with_id(number) is None


def test_a_kill_loses_names_that_the_log_gives_back(tmp_path: Path) -> None:
    events = [Search(id=f"e{n}", user=f"u{n}", query=f"needle {n}") for n in range(5)]
    with Engine.open(homes.create(tmp_path / "shop").home) as engine:
        for event in events:
            engine.log.append([event]).result()
        assert engine.ring.keys_of("u3") == []  # durable, and nobody's yet
        shutil.copytree(tmp_path / "shop", tmp_path / "killed")
    with Engine.open(tmp_path / "killed", follow=False) as engine:
        nameless = engine.ring.spares()
        assert len(nameless) == SPARES
        engine.erase("u3")
        assert engine.ring.keys_of("u2") != []
        engine.housekeep(engine.now())
        left = {number for number in nameless if engine.ring.get(number)[3]}  # type: ignore[index]
        assert left == {engine.ring.keys_of(f"u{n}")[0] for n in (1, 2, 4)}  # u0's was no spare
        assert [event.query for event in engine.all_events() if isinstance(event, Search)] == [
            f"needle {n}" for n in (0, 1, 2, 4)
        ]
