"""Mark of the security log: each action of a scripted day is there exactly once, and no row tells of a person."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import httpx

from salience import Engine
from salience.cli import main
from salience.engine.securing import Securing
from salience.events.roles import Role
from salience.serve.app import app
from salience.serve.run import background
from salience.store import home
from tests.trust.access import call
from tests.trust.marks import Mark, Patch, expect, mark, quiet

PERSON, NAME = "ann-4711", "Mooncalf"


def scripted_day(folder: Path, long: bool) -> str:
    """S35: refusals, keys, access, export and erasure; who, when, from where, and no personal value."""
    made = home.create(folder / "shop")
    place = str(made.home)
    with quiet():
        for words in (["add", "analyst"], ["rotate", "write"]):
            expect(main(["keys", *words, "--home", place]) == 0, f"keys {words} failed")
        listed = home.open(made.home, read_only=True).keys.list()
        analyst = next(key.id for key in listed if key.kind == "analyst")
        expect(main(["keys", "revoke", analyst, "--home", place]) == 0, "keys revoke failed")
    keys: dict[str, Role] = {"k-viewer": "viewer", "k-secret": "secret"}
    with (
        Engine.open(made.home) as engine,
        background(app(engine, keys.get)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        named = {"kind": "identify", "id": "i", "user": PERSON, "traits": {"name": NAME}}
        engine.collect([named], source="test")
        call(client, "POST", "/v1/similar")  # nobody
        call(client, "POST", "/v1/similar", "wrong")
        call(client, "POST", "/v1/similar", "k-viewer")
        engine.access(PERSON, actor="officer")
        engine.erase(PERSON, actor="officer")
        rows = engine.audit_trail()
        whole = engine.audit_check()
    expect(whole == "", f"the chain is broken: {whole}")
    found = Counter((row.action, row.actor) for row in rows)
    wanted = {
        ("key made", "cli"): 1,
        ("key renewed", "cli"): 1,
        ("key revoked", "cli"): 1,
        ("call refused", "serve"): 3,
        ("access given", "officer"): 1,
        ("erased", "officer"): 1,
    }
    wrong = {" by ".join(what): found[what] for what, count in wanted.items() if found[what] != count}
    expect(not wrong, f"not exactly once: {wrong}")
    told = json.dumps([[row.actor, row.action, row.about, row.detail] for row in rows])
    expect(
        not [word for word in (PERSON, NAME, "k-viewer", made.secret_key[3:]) if word in told], "a row tells too much"
    )
    expect(all(row.at > 0 and row.actor for row in rows), "a row without when or who")
    return f"{sum(wanted.values())} actions of a day found, each once; {len(rows)} rows, chain whole, 0 personal values"


def _silent(patch: Patch) -> None:
    patch(Securing, "refused", lambda self, *_: None)


def _wordy(patch: Patch) -> None:
    real = Securing.note
    patch(Securing, "note", lambda self, action, **more: real(self, action, **{**more, "detail": PERSON}))


MARKS: tuple[Mark, ...] = (mark("S35", "the security log", scripted_day, {"silent": _silent, "wordy": _wordy}),)
