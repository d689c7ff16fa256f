"""Sealing through the vault: on a real key ring, with the log's own bodies."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from salience.events import AnyEvent, Click, Identify, Item, Message, Search
from salience.privacy.keychain import SPARES
from salience.privacy.vault import Vault
from salience.store.keyring import Keyring

PLAIN = msgspec.json.Encoder()
EVENTS = msgspec.json.Decoder(AnyEvent)

SEARCH = Search(id="s1", user="ann", query="blue needle", results=3)
IDENTIFY = Identify(id="i1", anonymous="v1", traits={"email": "ann@example.org", "age": 7, "gone": None})


@pytest.fixture
def ring() -> Keyring:
    return Keyring(None)


@pytest.fixture
def vault(ring: Keyring) -> Vault:
    return Vault(ring, os.urandom)


def sealed(vault: Vault, event: AnyEvent) -> bytes:
    return vault.seal_all([event])[0]


def opened(vault: Vault, body: bytes) -> AnyEvent:
    event: AnyEvent = EVENTS.decode(vault.open(body))
    return event


@pytest.mark.parametrize(
    "event", [SEARCH, IDENTIFY, Message(id="m", user="ann", text="茶"), Item(id="x", item="tea", context={"ip": "::1"})]
)
def test_personal_fields_are_sealed_and_come_back_equal(vault: Vault, event: AnyEvent) -> None:
    body = sealed(vault, event)
    for word in (b"needle", b"example.org", "茶".encode(), b"::1"):
        assert word not in body
    assert opened(vault, body) == event


def test_an_event_without_personal_fields_is_left_as_it_is(vault: Vault) -> None:
    event = Click(id="c1", user="ann", item="tea")
    assert sealed(vault, event) == PLAIN.encode(event)


def _swapped(vault: Vault, one: AnyEvent, other: AnyEvent) -> bytes:
    """The body of ``one`` with the key and the cells of ``other``."""
    first, second = (msgspec.json.decode(sealed(vault, event)) for event in (one, other))
    return PLAIN.encode({**second, "event": first["event"]})


def test_a_cell_does_not_open_in_another_row_or_for_another_person(vault: Vault) -> None:
    for other in (msgspec.structs.replace(SEARCH, id="s2"), msgspec.structs.replace(SEARCH, user="bob")):
        with pytest.raises(ValueError, match="changed, or moved"):
            vault.open(_swapped(vault, SEARCH, other))


def test_a_cell_does_not_open_in_another_field(vault: Vault) -> None:
    body = msgspec.json.decode(sealed(vault, msgspec.structs.replace(SEARCH, context={"ip": "::1"})))
    body["cells"]["query"], body["cells"]["context"] = body["cells"]["context"], body["cells"]["query"]
    with pytest.raises(ValueError, match="changed, or moved"):
        vault.open(PLAIN.encode(body))


def test_a_destroyed_key_reads_as_erased(vault: Vault, ring: Keyring) -> None:
    search, traits = sealed(vault, SEARCH), sealed(vault, msgspec.structs.replace(IDENTIFY, anonymous="", user="ann"))
    bob = sealed(vault, msgspec.structs.replace(SEARCH, user="bob"))
    vault.flush()
    assert ring.destroy("ann") == 1
    vault.keys.forget("ann")
    assert opened(vault, search) == msgspec.structs.replace(SEARCH, query="[erased]")
    assert opened(vault, traits) == Identify(id="i1", user="ann")
    assert getattr(opened(vault, bob), "query") == "blue needle"  # noqa: B009 - the union has no such field
    assert vault.keys.missing == set()
    assert opened(vault, sealed(vault, SEARCH)) == SEARCH  # who comes back gets a new key


def test_a_key_that_is_not_here_is_reported(vault: Vault) -> None:
    other = Vault(Keyring(None), os.urandom)
    assert opened(other, sealed(vault, SEARCH)) == msgspec.structs.replace(SEARCH, query="[erased]")
    assert len(other.keys.missing) == 1


def test_raw_bytes_open_only_where_they_belong(vault: Vault) -> None:
    key, data = vault.seal_raw(b"raw needle", "7 http bad")
    assert b"needle" not in data
    assert vault.open_raw(key, data, "7 http bad") == b"raw needle"
    with pytest.raises(ValueError, match="changed, or moved"):
        vault.open_raw(key, data, "8 http bad")


def test_rotation_keeps_everything_readable_and_drops_the_old_key(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "keys")
    vault = Vault(ring, os.urandom)
    bodies = [sealed(vault, msgspec.structs.replace(SEARCH, user=f"u{n}")) for n in range(50)]
    vault.flush()
    before = ring.current
    assert ring.rotate(vault.keys.rewrap) == 50 + SPARES
    assert ring.workspace_key(before) is None
    late = sealed(vault, SEARCH)
    vault.flush()
    ring.close()
    ring = Keyring(tmp_path / "keys")
    fresh = Vault(ring, os.urandom)
    assert [getattr(opened(fresh, body), "query", "") for body in [*bodies, late]] == ["blue needle"] * 51
    ring.close()
