"""Marks of who may do what: workspaces, roles, the public key, origins, and what happens when a check itself fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import httpx

from salience import Engine
from salience.events.roles import MAY, Role
from salience.serve import keys as guard
from salience.serve import rates
from salience.serve.app import app
from salience.serve.run import background
from salience.serve.tenant import Tenant
from salience.settings import Settings
from tests.serve.site import shop
from tests.trust.marks import Mark, Patch, expect, mark, overheard

ROLES: tuple[Role, ...] = get_args(Role)
CANARY, WORD = "canary-7d1f", "Mooncalf"
"""An id of theirs, which is asked for, and a word behind it, which must not come back."""

Operation = tuple[str, str, str]


def operations(client: httpx.Client, word: str = "x") -> list[Operation]:
    """(method, path, right or "") of the API's own description, with ``word`` wherever a path has an id."""
    paths: dict[str, dict[str, Any]] = client.get("/openapi.json").json()["paths"]
    told = [(method, path, said) for path, methods in paths.items() for method, said in methods.items()]
    return [(method, re.sub(r"{\w+}", word, path), said.get("x-right", "")) for method, path, said in told]


def call(client: httpx.Client, method: str, path: str, key: str = "", body: Any = None, **more: str) -> httpx.Response:
    """One call with a key, if any."""
    given = {"Authorization": f"Bearer {key}"} if key else {}
    return client.request(method, path, json={} if body is None else body, headers={**given, **more})


@contextmanager
def served(settings: Settings | None = None) -> Iterator[httpx.Client]:
    """A workspace with a key of each role: ``k-ROLE``."""
    keys: dict[str, Role] = {f"k-{role}": role for role in ROLES}
    with (
        Engine.in_memory(settings) as engine,
        background(app(engine, keys.get)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        yield client


@contextmanager
def two() -> Iterator[tuple[Engine, Engine, httpx.Client, str]]:
    """Ours and theirs behind one server, keys ``ours-ROLE`` and ``theirs-ROLE``, and a decision of theirs."""
    theirs_only: list[dict[str, Any]] = [
        {"kind": "item", "id": CANARY, "item": CANARY, "title": WORD, "categories": [WORD]},
        {"kind": "purchase", "id": f"{CANARY}-1", "user": CANARY, "item": CANARY},
        {"kind": "identify", "id": f"{CANARY}-2", "user": CANARY, "traits": {"name": WORD}},
        {"kind": "search", "id": f"{CANARY}-3", "user": CANARY, "query": WORD},
    ]
    with Engine.in_memory() as ours, Engine.in_memory() as theirs:
        ours.collect(shop(), source="test")
        theirs.collect([*shop(), *theirs_only], source="test")
        own: dict[str, Role] = {f"ours-{role}": role for role in ROLES}
        other: dict[str, Role] = {f"theirs-{role}": role for role in ROLES}
        with (
            background(app(ours, own.get, beside=[(theirs, other.get)])) as address,
            httpx.Client(base_url=address, timeout=20) as client,
        ):
            asked = call(client, "POST", "/v1/recommend", "theirs-secret", {"user": CANARY})
            yield ours, theirs, client, asked.json().get("decision", "none")


def _bodies(decision: str) -> list[dict[str, Any]]:
    """Ids of the other workspace wherever an id may stand."""
    return [
        {},
        {"item": CANARY},
        {"user": CANARY},
        {"user": CANARY, "items": [CANARY], "k": 5},
        {"outcomes": [{"decision": decision, "value": 1, "user": CANARY}]},
        {"events": [{"kind": "alias", "id": "steal", "user": "me", "previous": CANARY}]},
        {"userId": "me", "previousId": CANARY, "messageId": "steal-2"},
        {"key": CANARY, "id": CANARY, "decision": decision, "eventId": decision, "workspace": "theirs"},
    ]


def workspaces(_folder: Path, long: bool) -> str:
    """S01: every route, role and body with an id of theirs, under a key of ours."""
    with two() as (_, theirs, client, decision):
        before, asked, bodies = theirs.pulse(), 0, _bodies(decision)
        for word in (CANARY, decision):
            for method, path, _right in operations(client, word):
                for role in ROLES if long else ("write", "secret"):
                    for body in bodies:
                        answer = call(client, method, path, f"ours-{role}", body)
                        expect(WORD not in answer.text, f"{method} {path} tells {role} of another workspace")
                        expect(answer.status_code < 500, f"{method} {path}: {answer.status_code}")
                        asked += 1
        after = theirs.pulse()
        moved = (after.received, after.people, after.rewards) != (before.received, before.people, before.rewards)
        expect(not moved, "calls with a key of ours changed theirs")
        unknown = [
            call(client, "POST", "/v1/similar", "ours-secret", {"item": item}) for item in (CANARY, "canary-0000")
        ]
        expect(
            len({answer.status_code for answer in unknown}) == 1, "what is foreign is not answered as what is missing"
        )
        found = call(client, "POST", "/v1/recommend", "theirs-secret", {"user": "x", "k": 20}).text
        expect(WORD in found, "the canary cannot be found at all")
    return f"{asked:,} calls over every route of the description: 0 leaks, 0 changes"


def roles(_folder: Path, long: bool) -> str:
    """S02: every role on every route, against the table of rights."""
    with served() as client:
        found = operations(client)
        wrong = [
            f"{method} {path} {role}"
            for method, path, right in found
            for role in ROLES
            if (call(client, method, path, f"k-{role}").status_code == 403) != (right != "" and right not in MAY[role])
        ]
        open_ = [path for method, path, right in found if right and call(client, method, path).status_code != 401]
    expect(not wrong, f"{len(wrong)} of {len(found) * len(ROLES)} cells differ from the table: {wrong[:3]}")
    expect(not open_, f"answer without a key: {open_[:3]}")
    return f"{len(found)} routes x {len(ROLES)} roles and no key: all as the table has it"


def public_key(_folder: Path, long: bool) -> str:
    """S05: the public key sends events and decides for its own browser, and nothing else."""
    with served() as client:
        refused = [p for m, p, right in operations(client) if right not in ("", "write")
                   and call(client, m, p, "k-write").status_code != 403]  # fmt: skip
        expect(not refused, f"open to the public key: {refused[:3]}")
        known = call(client, "POST", "/v1/recommend", "k-write", {"user": "ann"})
        expect(known.status_code == 403, f"the public key may ask for a known person: {known.status_code}")
        alias = {"kind": "alias", "id": "a", "user": "ann", "previous": "anon:v"}
        consent = {"kind": "consent", "id": "c", "user": "ann", "purposes": {"marketing": True}}
        taken = call(client, "POST", "/v1/collect", "k-write", {"events": [alias, consent]}).json()
        expect(taken["stored"] == 0, f"the public key merged or consented for a known person: {taken}")
    return "reads, lists, exports, known people, merges and others' consent: all refused"


def secret_in_address(_folder: Path, long: bool) -> str:
    """S06: a secret key in an address is refused, whatever the role, even beside a good header."""
    with served() as client:
        secret = [role for role in ROLES if role != "write"]
        let_in = [role for role in secret if call(client, "POST", f"/v1/collect?key=k-{role}").status_code != 401]
        beside = call(client, "POST", "/v1/collect?key=k-secret", "k-secret").status_code
        public = call(client, "POST", "/v1/collect?key=k-write").status_code
    expect(not let_in and beside == 401, f"let in by an address: {let_in or 'beside a header'}")
    expect(public not in (401, 403), "a public key may stand in an address")
    return f"{len(secret)} secret roles refused with 401, also beside a good header; the public key let in"


def origins(_folder: Path, long: bool) -> str:
    """S07: no origin is let in with credentials, and the write key only for the origins of its workspace."""
    with served(Settings(allowed_origins=("https://shop.example",))) as client:
        for method, path, right in operations(client):
            answer = call(client, method, path, "k-secret", Origin="https://evil.example")
            named = answer.headers.get("access-control-allow-origin", "")
            expect(named in ("", "*"), f"{path} reflects the origin: {named}")
            expect("access-control-allow-credentials" not in answer.headers, f"{path} allows credentials")
            expect(named == "" or right == "write", f"{path} is open to pages of other origins")
        codes = {
            origin: call(client, "POST", "/v1/collect", "k-write", Origin=origin).status_code
            for origin in ("https://shop.example", "https://evil.example", "https://shop.example.evil", "null")
        }
    expect([code == 403 for code in codes.values()] == [False, True, True, True], f"{codes}")
    return "no origin reflected, no credentials; pages of 3 foreign origins refused"


def forwarded(_folder: Path, long: bool) -> str:
    """S09: a forged X-Forwarded-For buys nothing; who sends too often is told when to come back."""
    with served(Settings(rate_per_address=0.1, rate_per_key=0.0)) as client:
        answers = [
            call(client, "POST", "/v1/collect", "k-write", **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(20)
        ]
    limited = [answer for answer in answers if answer.status_code == 429]
    expect(len(limited) == 19, f"{len(limited)} of 19 calls over the limit were refused")
    expect(all(answer.headers.get("retry-after", "").isdigit() for answer in limited), "no Retry-After")
    return "20 forged addresses are one caller: 1 let in, 19 told to wait"


def closed(_folder: Path, long: bool) -> str:
    """S27: when the look-up of keys fails, nobody is let in."""

    def broken(_key: str) -> Role | None:
        raise OSError("keys.json is away")

    with (
        overheard(),
        Engine.in_memory() as engine,
        background(app(engine, broken)) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        guarded = [(method, path) for method, path, right in operations(client) if right]
        answers = [call(client, method, path, "k-secret") for method, path in guarded]
        wrong = [path for (_, path), answer in zip(guarded, answers, strict=True) if answer.status_code != 503]
        expect(not wrong, f"not 503: {wrong[:3]}")
        expect(not any("keys.json" in answer.text for answer in answers), "the answer names the file")
    return f"{len(guarded)} routes answer 503 while keys cannot be looked up"


def _last_workspace(patch: Patch) -> None:
    real = guard.Keys.find
    patch(guard.Keys, "find", lambda self, key: (found := real(self, key)) and (found[0], self.tenants[-1]))


def _all_rights(patch: Patch) -> None:
    patch(guard, "may", lambda role, right: True)


def _addresses(patch: Patch) -> None:
    patch(guard.Keys, "caller", lambda self, scope: self.find(scope["query_string"].decode().rpartition("=")[2]))


def _any_origin(patch: Patch) -> None:
    real = Tenant.of
    patch(Tenant, "of", lambda engine, check: replace(real(engine, check), origins=frozenset()))


def _believes(patch: Patch) -> None:
    patch(rates.Rates, "_trusts", lambda self, address: True)


def _fail_open(patch: Patch) -> None:
    patch(guard.Keys, "find", lambda self, key: ("secret", self.tenants[0]))


MARKS: tuple[Mark, ...] = (
    mark("S01", "workspaces are apart", workspaces, {"last-workspace": _last_workspace}),
    mark("S02", "roles and routes", roles, {"all-rights": _all_rights}),
    mark("S05", "the public key", public_key, {"all-rights": _all_rights}),
    mark("S06", "secret keys in addresses", secret_in_address, {"addresses": _addresses}),
    mark("S07", "origins", origins, {"any-origin": _any_origin}),
    mark("S09", "forged addresses of callers", forwarded, {"believes": _believes}),
    mark("S27", "closed when keys cannot be looked up", closed, {"fail-open": _fail_open}),
)
