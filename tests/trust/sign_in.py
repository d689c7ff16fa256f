"""Marks of people who sign in: passwords (S21), guessing (S22), sessions (S23) and their forms."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from scipy import stats

from salience import Engine
from salience.console import forms, staff
from salience.engine import signing_in
from salience.events import InvalidInput
from salience.serve.app import app
from salience.serve.run import background
from salience.store import accounts, home, passwords
from tests.trust.marks import Mark, Patch, expect, mark

GOOD, OTHER = "four words you know", "another four words"
NOW = 1_760_000_000_000


@contextmanager
def desk(folder: Path, clock: list[int]) -> Iterator[tuple[Engine, httpx.Client]]:
    """A workspace with an officer and a viewer, served with its console."""
    made = home.create(folder / "shop").home
    with Engine.open(made, clock=lambda: clock[0]) as engine:
        engine.add_account("Ann", "officer", GOOD)
        engine.add_account("vic", "viewer", OTHER)
        pages = staff.routes(engine, lambda asked: asked.headers.get("x-test-network", "here"))
        with (
            background(app(engine, lambda _key: None, pages=pages)) as address,
            httpx.Client(base_url=address, timeout=30) as client,
        ):
            yield engine, client


class Browser:
    """Keeps cookies over plain HTTP, as browsers do for this machine."""

    def __init__(self, client: httpx.Client, network: str = "here") -> None:
        self.client, self.network = client, network
        self.cookies: dict[str, str] = {}
        self.set: list[str] = []

    def call(self, method: str, path: str, data: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        told = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        told |= {"X-Test-Network": self.network, **headers}
        answer = self.client.request(method, path, data=data, headers=told)
        for line in answer.headers.get_list("set-cookie"):
            self.set.append(line)
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value.strip('"')
        return answer

    def form(self, path: str = "/console/sign-in") -> str:
        found = re.search(r'name="form" value="([^"]+)"', self.call("GET", path).text)
        return found[1] if found else ""

    def sign_in(self, name: str, password: str, **headers: str) -> httpx.Response:
        return self.call(
            "POST", "/console/sign-in", {"name": name, "password": password, "form": self.form()}, **headers
        )

    @property
    def inside(self) -> bool:
        return self.call("GET", "/console").status_code == 200


def kept(folder: Path, long: bool) -> str:
    """S21: what may be a password, what is kept of it, and that an old hash is made anew at sign-in."""
    refused = ["short", "password", "Password123!", "12345678", "1qaz2wsx", "aaaaaaaaaaaa", "ann-is-here", "x" * 257]
    taken = [GOOD, "口令应当容易记住而难猜", "a b c d e f g h", "correct horse battery staple" * 8]
    for password in refused:
        try:
            passwords.acceptable(password, "ann-is-here" if password.startswith("ann") else "bob")
            expect(False, f"taken: {password[:12]}")  # noqa: FBT003
        except InvalidInput as fault:
            expect(password not in str(fault) or len(password) < 9, "a fault repeats the password")
    for password in taken:
        passwords.acceptable(password, "bob")
    clock = [NOW]
    with desk(folder, clock) as (engine, client):
        told = (folder / "shop" / "accounts.json").read_bytes()
        expect(GOOD.encode() not in told, "the password itself is kept")
        phc = [one.phc for one in engine.accounts.list()]
        expect(all(one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for one in phc), f"kept as {phc[0][:30]}")
        expect(len({one.split("$")[4] for one in phc}) == 2, "two accounts share a salt")
        weak = Argon2id(salt=b"x" * 16, length=32, iterations=1, lanes=1, memory_cost=64)
        engine.accounts.change("ann", phc=weak.derive_phc_encoded(GOOD.encode()))
        expect(Browser(client).sign_in("Ann", GOOD).status_code == 303, "an old hash lets nobody in")
        again = engine.accounts.find("ann")
        expect(again is not None and "m=65536,t=3,p=4" in again.phc, "the old hash stays")
    return f"{len(refused)} refused, {len(taken)} taken; Argon2id 64 MiB x 3, own salts; old hash renewed at sign-in"


def guessing(folder: Path, long: bool) -> str:
    """S22: the same answer for the same work whether a name is known; guesses slow down, and lock nobody else out."""
    tries, clock = (400, [NOW]) if long else (16, [NOW])
    with desk(folder, clock) as (engine, client):
        times: dict[str, list[float]] = {"Ann": [], "nobody": []}
        bodies = set()
        for n in range(tries):
            name = ("Ann", "nobody")[n % 2]
            browser = Browser(client, f"n{n}")
            form = browser.form()
            began = time.process_time()  # of server and client: they are one process
            given = {"name": name, "password": f"wrong guess {n}", "form": form}
            answer = browser.call("POST", "/console/sign-in", given)
            times[name].append(time.process_time() - began)
            expect(answer.status_code == 401, f"a wrong guess gets {answer.status_code}")
            bodies.add(re.sub(r'value="[^"]+"', "", answer.text))
        expect(len(bodies) == 1, "known and unknown names get other answers")
        gap = 1000 * float(np.median(times["Ann"]) - np.median(times["nobody"]))
        chance = float(stats.mannwhitneyu(times["Ann"], times["nobody"]).pvalue)
        expect(chance >= 0.001, f"known and unknown names differ by {gap:.1f} ms of work, p {chance:.5f}")
        thief = Browser(client, "thief")
        codes = [thief.sign_in("Ann", f"guess {n}").status_code for n in range(12)]
        expect(codes.count(401) <= 5 and codes[-1] == 429, f"guesses are not slowed down: {codes}")
        expect(thief.sign_in("Ann", GOOD).status_code == 429, "who guessed gets in with the right one at once")
        expect(thief.sign_in("Ann", GOOD).headers.get("retry-after", "").isdigit(), "no Retry-After")
        expect(Browser(client, "home").sign_in("Ann", GOOD).status_code == 303, "a thief can lock the owner out")
        clock[0] += 16 * 60_000
        expect(thief.sign_in("Ann", GOOD).status_code == 303, "the wait has no end")
        rows = [row for row in engine.audit_trail(limit=-1) if row.action == "sign-in refused"]
        expect(len(rows) == tries + codes.count(401), f"{len(rows)} refusals in the audit chain")
    told = f"gap {gap:+.1f} ms of work, which is noise (p {chance:.2f})"
    return f"{tries} wrong guesses: one answer, {told}; then 429; the owner gets in"


def sessions(folder: Path, long: bool) -> str:
    """S23: cookies, renewal at sign-in, ends of a session, roles, and forms of other sites."""
    clock = [NOW]
    with desk(folder, clock) as (engine, client):
        browser = Browser(client)
        expect(browser.call("GET", "/console").status_code == 303, "the desk is open to everybody")
        browser.cookies[forms.SESSION] = planted = "planted-by-somebody"
        expect(browser.sign_in("ann", GOOD).status_code == 303, "the right password lets nobody in")
        token = browser.cookies[forms.SESSION]
        expect(token != planted and len(token) >= 43, "the session is the one that was planted")
        for line in browser.set:
            wanted = ("__Host-", "Secure", "HttpOnly", "Path=/", "SameSite=strict")
            expect(all(part.lower() in line.lower() for part in wanted) and "domain" not in line.lower(), line)
        expect(browser.inside, "who signed in is outside")
        _headers(browser.call("GET", "/console"))
        _elsewhere(engine, browser)
        viewer = Browser(client)
        viewer.sign_in("vic", OTHER)
        expect(viewer.call("GET", "/console").status_code == 403, "a viewer reads the privacy desk")
        ended = _ends(engine, client, clock)
        whole = engine.audit_check()
        expect(not whole, whole)
        told = " ".join(f"{row.actor} {row.action} {row.detail}" for row in engine.audit_trail(limit=-1))
        expect(token not in told and GOOD not in told, "the audit chain holds a secret")
    return f"__Host-, Secure, HttpOnly, strict; new at sign-in; {ended} ways to end, each at once; forms of others: 403"


def _headers(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"]
    expect("form-action 'self'" in policy and "script-src" not in policy and "default-src 'none'" in policy, policy)
    expect(answer.headers["cache-control"] == "no-store", "pages are kept by caches")
    expect("<script" not in answer.text and "width=device-width" in answer.text, "a script, or no phone")


def _elsewhere(engine: Engine, browser: Browser) -> None:
    """Forms of other sites, without a token, or with another session's."""
    good = browser.form("/console")
    for data, headers in (
        ({"id": "ann"}, {}),
        ({"id": "ann", "form": "x"}, {}),
        ({"id": "ann", "form": good}, {"Origin": "https://evil.example"}),
        ({"id": "ann", "form": good}, {"Sec-Fetch-Site": "cross-site"}),
    ):
        answer = browser.call("POST", "/console/person", data, **headers)
        expect(answer.status_code == 403, f"a form of another site gets {answer.status_code}")
    expect(
        browser.call("POST", "/console/person", {"id": "ann", "form": good}).status_code == 200, "the own form fails"
    )
    stranger = Browser(browser.client)
    stranger.form()
    forged = {"name": "ann", "password": GOOD, "form": "0" * 64}
    expect(stranger.call("POST", "/console/sign-in", forged).status_code == 403, "sign-in without its token")


def _ends(engine: Engine, client: httpx.Client, clock: list[int]) -> int:
    """Every way in which a session ends; the old token is worth nothing from the next call on."""

    def fresh() -> Browser:
        browser = Browser(client)
        browser.sign_in("ann", GOOD)
        expect(browser.inside, "nobody can sign in any more")
        return browser

    count = 0
    left = fresh()
    token = left.cookies[forms.SESSION]
    left.call("POST", "/console/sign-out", {"form": left.form("/console")})
    left.cookies[forms.SESSION] = token
    expect(not left.inside, "signed out, and still inside")
    count += 1
    for what in ("password", "role", "idle", "long", "removed"):
        browser = fresh()
        if what == "password":
            engine.change_account("ann", password=GOOD + " more")
            engine.change_account("ann", password=GOOD)
        elif what == "role":
            engine.change_account("ann", role="secret")
        elif what == "idle":
            clock[0] += signing_in.IDLE_MS + 1
        elif what == "long":
            for _ in range(26):  # half an hour each, so never idle
                clock[0] += signing_in.IDLE_MS - 1
                browser.call("GET", "/console")
        else:
            engine.remove_account("ann")
        expect(not browser.inside, f"{what}: the old session goes on")
        count += 1
    return count


def _plain(patch: Patch) -> None:
    patch(passwords, "hashed", lambda password: f"$plain${password}")


def _lenient(patch: Patch) -> None:
    patch(passwords, "_COMMON", frozenset())


def _keeps_old(patch: Patch) -> None:
    patch(passwords, "outdated", lambda _phc: False)


def _hasty(patch: Patch) -> None:
    real = passwords.matches
    patch(passwords, "matches", lambda password, phc: bool(phc) and real(password, phc))


def _tells(patch: Patch) -> None:
    real = signing_in.SigningIn.sign_in

    def sign_in(self: Any, name: str, password: str, *, network: str) -> str:
        if self.accounts.find(name) is None:
            raise signing_in.TooMany(1)
        return real(self, name, password, network=network)

    patch(signing_in.SigningIn, "sign_in", sign_in)


def _patient(patch: Patch) -> None:
    patch(signing_in.SigningIn, "_check_tries", lambda _self, _keys: None)


def _locks_out(patch: Patch) -> None:
    real = signing_in.SigningIn._check_tries
    patch(signing_in.SigningIn, "_check_tries", lambda self, keys: real(self, ("all " + keys[0].split()[1], keys[1])))
    missed = signing_in.SigningIn._missed
    patch(signing_in.SigningIn, "_missed", lambda self, keys: missed(self, ("all " + keys[0].split()[1], keys[1])))


def _open_cookie(patch: Patch) -> None:
    patch(forms, "_COOKIE", {"path": "/", "secure": True, "samesite": "strict"})


def _outlives(patch: Patch) -> None:
    real = accounts.Accounts.change

    def change(self: Any, name: str, **more: Any) -> Any:
        return real(self, name, **{**more, "quietly": True})

    patch(accounts.Accounts, "change", change)


def _endless(patch: Patch) -> None:
    patch(signing_in, "LONGEST_MS", 10**15)


def _any_form(patch: Patch) -> None:
    patch(staff, "same", lambda _one, _other: True)
    patch(staff, "own", lambda _request: True)


def _any_role(patch: Patch) -> None:
    patch(signing_in.Session, "may", lambda _self, _right: True)


MARKS: tuple[Mark, ...] = (
    mark("S21", "passwords", kept, {"plain": _plain, "lenient": _lenient, "keeps-old": _keeps_old}),
    mark("S22", "guessing", guessing, {"hasty": _hasty, "tells": _tells, "patient": _patient, "locks-out": _locks_out}),
    mark(
        "S23",
        "sessions",
        sessions,
        {
            "open-cookie": _open_cookie,
            "outlives": _outlives,
            "endless": _endless,
            "any-form": _any_form,
            "any-role": _any_role,
        },
    ),
)
