"""Mark of sign-in at an OpenID Connect provider (S37): a provider that lies, tricked browsers, and thieves."""

from __future__ import annotations

import base64
import hashlib
import hmac as hmac_module
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from salience import Engine
from salience.console import forms
from salience.deliver import provider as client
from salience.engine import vouching
from tests.console.issuers import CLIENT, SECRET, Liar, console, free_port, liar, signed
from tests.deliver.test_outbound import listener
from tests.trust.lies import BUILDS
from tests.trust.marks import Mark, expect, mark
from tests.trust.sign_in import Browser

BACK = "/console/provider/back"
NOW = 1_760_000_000


@dataclass
class Scene:
    """A lying provider, a console, and the clock of both."""

    liar: Liar
    engine: Engine
    client: httpx.Client
    clock: list[int]
    networks: int = 0

    def browser(self) -> Browser:
        """A fresh one, from a network that has failed at nothing yet."""
        self.networks += 1
        return Browser(self.client, f"n{self.networks}")

    def begin(self, browser: Browser, **headers: str) -> str:
        """To the provider: the address that the browser is sent to."""
        answer = browser.call("GET", "/console/provider", None, **headers)
        expect(answer.status_code == 303, f"nobody is sent to the provider: {answer.status_code}")
        return answer.headers["location"]

    def back(self, browser: Browser, given: dict[str, str]) -> httpx.Response:
        """And back from it."""
        return browser.call("GET", f"{BACK}?{urlencode(given)}")

    def try_in(self, browser: Browser | None = None, **claims: Any) -> int:
        """The status of a whole round, the token saying ``claims`` as well."""
        browser = browser or self.browser()
        self.liar.claims = claims
        answer = self.back(browser, self.liar.approve(self.begin(browser)))
        self.liar.claims = {}
        expect((answer.status_code == 200) == browser.inside, f"{answer.status_code}, and inside: {browser.inside}")
        return answer.status_code


@contextmanager
def scene(folder: Path, **more: Any) -> Iterator[Scene]:
    clock = [NOW * 1000]
    with liar() as made:
        made.now = NOW
        with (
            console(folder, made.address, free_port(), clock=lambda: clock[0], **more) as (engine, address),
            httpx.Client(base_url=address, timeout=30) as calls,
        ):
            yield Scene(made, engine, calls, clock)


def vouched(folder: Path, long: bool) -> str:
    """S37: nobody comes in by a token, an answer or an address that the provider did not make for this browser now."""
    with scene(folder / "a", inside=["127.0.0.1/32"]) as made:
        _document(made)
    with scene(folder / "b", claim="email", roles={"ann@shop.example": "officer"}) as made:
        expect(made.try_in(email="ann@shop.example", email_verified=False) == 403, "an address of anybody's choice")
        expect(made.try_in(email="ann@shop.example", email_verified=True) == 200, "a verified address is refused")
    with scene(folder / "c", inside=["127.0.0.1/32"]) as made:
        _good(made)
        answers, roles, tokens, signatures = _answers(made), _roles(made), _tokens(made), _signatures(made)
        _new_keys(made)
        _ends(made)
        _slowed(made)
        _told(made)
    return (
        f"{tokens} false claims, {signatures} false signatures, {answers} false answers, {roles} without a role: 0 in; "
        "new keys fetched once; 0 connections inside"
    )


def _good(made: Scene) -> None:
    """The way in: exact, for this browser alone, and to the desk whatever the address asks for."""
    browser = made.browser()
    browser.cookies[forms.SESSION] = planted = "planted-by-somebody"
    there = made.begin(browser, **{"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    wanted = str(made.client.base_url).rstrip("/") + BACK
    expect(asked["redirect_uri"] == wanted, f"back to {asked['redirect_uri']}")
    evil = made.client.get("/console/provider", headers={"Host": "evil.example", "X-Test-Network": "evil"})
    expect("evil.example" not in evil.headers.get("location", ""), "the way back is of the request's choosing")
    expect((asked["response_type"], asked["code_challenge_method"]) == ("code", "S256"), "no code flow with PKCE")
    expect(len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3, "one secret stands for another")
    expect(min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43, "secrets are short")
    ticket = browser.set[-1].lower()
    expect(all(part in ticket for part in ("__host-", "secure", "httponly", "samesite=lax", "max-age=600")), ticket)
    expect(asked["state"] not in ticket and asked["nonce"] not in ticket, "the ticket tells its secrets")
    given = {**made.liar.approve(there), "next": "//evil.example", "return_to": "https://evil.example"}
    answer = made.back(browser, given)
    expect(answer.status_code == 200 and browser.inside, f"the right person gets {answer.status_code}")
    expect(re.findall(r'url=([^"]+)"', answer.text) == ["/console"], "it goes on elsewhere")
    expect("evil.example" not in answer.text and answer.headers["referrer-policy"] == "no-referrer", "an open redirect")
    token = browser.cookies[forms.SESSION]
    session = next(line for line in browser.set if line.startswith(f"{forms.SESSION}={token}"))
    expect(token != planted and "samesite=strict" in session.lower(), "the session is one that was planted")
    crossed = made.browser().call("GET", "/console/provider", None, **{"Sec-Fetch-Site": "cross-site"})
    expect(crossed.status_code == 403, "another site can begin a sign-in")


def _tokens(made: Scene) -> int:
    """Claims that must keep everybody out, and clocks that differ a little, which must not."""
    access = hashlib.sha256(b"opaque").digest()[:16]
    false: list[dict[str, Any]] = [
        {"nonce": "of-another-sign-in"}, {"nonce": None}, {"nonce": ["x"]}, {"aud": "another client"}, {"aud": None},
        {"aud": ["another client"]}, {"aud": [CLIENT, "another"]}, {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"}, {"iss": "https://evil.example"}, {"iss": made.liar.address + "/"}, {"iss": None},
        {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256}, {"exp": NOW - 61}, {"exp": None}, {"exp": "soon"},
        {"exp": True}, {"iat": NOW - 700}, {"iat": NOW + 61}, {"iat": None}, {"nbf": NOW + 61}, {"nbf": "x"},
        {"at_hash": "wrong"}, {"at_hash": ""},
    ]  # fmt: skip
    for claims in false:
        status = made.try_in(**claims)
        expect(status == 401, f"a token with {claims} gets {status}")
    good = base64.urlsafe_b64encode(access).rstrip(b"=").decode()
    right: list[dict[str, Any]] = [
        {"exp": NOW - 30}, {"iat": NOW + 30}, {"nbf": NOW}, {"aud": [CLIENT]}, {"at_hash": good}, {"azp": CLIENT},
        {"aud": [CLIENT, "another"], "azp": CLIENT},
    ]  # fmt: skip
    for claims in right:
        expect(made.try_in(**claims) == 200, f"a token with {claims} is refused")
    return len(false)


def _part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _hmac(secret: bytes, bits: int = 256, kid: str = "one") -> Callable[[Liar, dict[str, Any]], str]:
    def sign(_: Liar, claims: dict[str, Any]) -> str:
        said = f"{_part({'alg': f'HS{bits}', 'kid': kid})}.{_part(claims)}"
        return f"{said}.{_part(hmac_module.digest(secret, said.encode(), f'sha{bits}'))}"

    return sign


def _weak() -> tuple[dict[str, Any], Callable[[Liar, dict[str, Any]], str]]:
    """A published key of 1,024 bits, and what it signs."""
    key = rsa.generate_private_key(65_537, 1024)  # noqa: S505 - which is the point
    modulus = key.public_key().public_numbers().n.to_bytes(128)
    jwk = {"kty": "RSA", "kid": "weak", "n": _part(modulus), "e": "AQAB"}

    def sign(_: Liar, claims: dict[str, Any]) -> str:
        said = f"{_part({'alg': 'RS256', 'kid': 'weak'})}.{_part(claims)}"
        return f"{said}.{_part(key.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    return jwk, sign


def _signatures(made: Scene) -> int:
    """Tokens whose claims are right and whose signature is not the provider's."""
    own = RSAKey.generate_key(2048, parameters={"kid": "one"})
    public = made.liar.key.as_pem(private=False)
    jwk = own.as_dict(private=False)

    def none(word: str) -> Callable[[Liar, dict[str, Any]], str]:
        return lambda _, claims: f"{_part({'alg': word, 'kid': 'one'})}.{_part(claims)}."

    def by(key: RSAKey, **header: Any) -> Callable[[Liar, dict[str, Any]], str]:
        known = ["RS256"]
        return lambda _, claims: jwt.encode({"alg": "RS256", "kid": "one", **header}, claims, key, algorithms=known)

    def cut(liar: Liar, claims: dict[str, Any]) -> str:
        return signed(liar, claims).rsplit(".", 1)[0] + "."

    def changed(liar: Liar, claims: dict[str, Any]) -> str:
        head, _, tail = signed(liar, {**claims, "groups": []}).split(".")
        return f"{head}.{_part(claims)}.{tail}"

    false = [
        none("none"), none("None"), none(""), none("RS256"), _hmac(public), _hmac(public.strip()),
        _hmac(SECRET.encode()), _hmac(SECRET.encode(), 512), _hmac(b""), by(own), by(own, jwk=jwk), cut,
        changed, lambda *_: "", lambda *_: "a.b.c",
        lambda *_: "." * 5, lambda liar, claims: signed(liar, claims) + "x.y",
    ]  # fmt: skip
    for n, sign in enumerate(false):
        made.liar.sign = sign
        status = made.try_in()
        expect(status == 401, f"false signature {n} gets {status}")
    made.liar.sign = signed
    before = made.liar.published
    jwk, made.liar.sign = _weak()
    made.liar.published = [jwk]
    made.clock[0] += client.APART_MS
    expect(made.try_in() == 401, "a key of 1,024 bits is good enough")
    made.liar.published, made.liar.sign = before, signed
    made.clock[0] += client.APART_MS
    expect(made.try_in() == 200, "the right signature is refused")
    return len(false) + 1


def _answers(made: Scene) -> int:
    """Addresses of the way back that belong to another browser, another sign-in, or nobody."""
    wrong = 0

    def refused(browser: Browser, given: dict[str, str], what: str, *statuses: int) -> None:
        nonlocal wrong
        wrong += 1
        answer = made.back(browser, given)
        expect(answer.status_code in statuses and not browser.inside, f"{what}: {answer.status_code}")

    thief, victim = made.browser(), made.browser()
    bait = made.liar.approve(made.begin(thief))  # the thief's own account, for the victim's browser: login CSRF
    refused(victim, bait, "a code without a ticket", 403)
    made.begin(victim)
    refused(victim, bait, "a thief's code and state", 403)
    own = made.liar.approve(made.begin(victim))
    refused(victim, {**bait, "state": own["state"]}, "a thief's code", 401)  # the verifier does not fit
    for what, given in {
        "no state": {"code": own["code"]},
        "an empty state": {**own, "state": ""},
        "a wrong state": {**own, "state": "x" * 43},
    }.items():
        browser = made.browser()
        made.begin(browser)
        refused(browser, given, what, 403)
    forged = made.browser()
    begun = made.liar.approve(made.begin(forged))
    forged.cookies[forms.TICKET] = forged.cookies[forms.TICKET].rsplit(".", 1)[0] + "." + "A" * 43
    refused(forged, begun, "a forged ticket", 403)
    for more in ({"iss": "https://evil.example"}, {"error": "access_denied"}):
        browser = made.browser()
        refused(browser, {**made.liar.approve(made.begin(browser)), **more}, f"{more}", 401)
    browser = made.browser()
    given = made.liar.approve(made.begin(browser))
    ticket = browser.cookies[forms.TICKET]
    expect(made.back(browser, given).status_code == 200, "the right answer is refused")
    made.liar.code_used.clear()  # a provider that forgets which codes were used
    again = made.browser()
    again.cookies[forms.TICKET] = ticket
    refused(again, given, "an answer that was used", 403)
    late = made.browser()
    given = made.liar.approve(made.begin(late))
    made.clock[0] += vouching.TICKET_MS + 1
    made.liar.now = made.clock[0] // 1000
    refused(late, given, "an answer after ten minutes", 403)
    made.liar.now, made.clock[0] = NOW, NOW * 1000
    return wrong


def _roles(made: Scene) -> int:
    """Who is who they say, and has no role."""
    false: tuple[Any, ...] = (
        [],
        ["warehouse"],
        "warehouse",
        True,
        7,
        {"privacy-team": True},
        ["Privacy-Team"],
        ["privacy-team "],
        [["privacy-team"]],
    )
    for groups in false:
        expect(made.try_in(groups=groups) == 403, f"groups {groups} let somebody in")
    expect(made.try_in(groups=None) == 403, "nobody has to say which groups they are in")
    viewer = made.browser()
    made.liar.claims = {"groups": ["readers"]}
    made.back(viewer, made.liar.approve(made.begin(viewer)))
    made.liar.claims = {}
    seen = viewer.call("GET", "/console")
    expect(seen.status_code == 403, f"a viewer reads the privacy desk: {seen.status_code}")
    return len(false) + 1


def _new_keys(made: Scene) -> None:
    """A key that is not known makes the keys be fetched once, and lets in who is signed by one that is then there."""
    made.clock[0] += client.APART_MS
    old, made.liar.key = (
        made.liar.key,
        RSAKey.generate_key(2048, parameters={"kid": "two", "alg": "RS256", "use": "sig"}),
    )
    made.liar.sign = lambda liar, claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, liar.key)
    before = made.liar.seen.count("/keys")
    expect(made.try_in() == 401, "a key that is not published is good enough")
    expect(made.liar.seen.count("/keys") == before + 1, f"{made.liar.seen.count('/keys') - before} fetches, not one")
    for _ in range(3):
        made.try_in()
    expect(made.liar.seen.count("/keys") == before + 1, "whoever sends a strange key has the keys fetched each time")
    made.clock[0] += client.APART_MS
    made.liar.published = [made.liar.key.as_dict(private=False)]
    expect(made.try_in() == 200, "a new key of the provider is not found")
    made.liar.sign = signed
    made.liar.key, kept = old, made.liar.key
    expect(made.try_in() == 401, "a key that was taken back is good enough")
    made.liar.key = kept
    made.liar.sign = lambda liar, claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, liar.key)


def _ends(made: Scene) -> None:
    """A session ends as those by password do; signing out leads through the provider."""
    browser = made.browser()
    expect(made.try_in(browser) == 200, "nobody can sign in any more")
    token = browser.cookies[forms.SESSION]
    answer = browser.call("POST", "/console/sign-out", {"form": browser.form("/console")})
    onward = re.findall(r'url=([^"]+)"', answer.text)
    there = onward[0].replace("&amp;", "&") if onward else ""
    asked = parse_qs(urlsplit(there).query)
    expect(there.startswith(made.liar.address + "/out?"), f"signing out leads to {there!r}")
    expect(
        asked["post_logout_redirect_uri"] == [str(made.client.base_url).rstrip("/") + "/console/sign-in"], str(asked)
    )
    expect("id_token_hint" in asked, "the provider is not told who signs out")
    browser.cookies[forms.SESSION] = token
    expect(not browser.inside, "signed out, and still inside")
    half_an_hour = 30 * 60_000
    for what, steps in {"idle": [half_an_hour + 1], "long": [half_an_hour - 1] * 26}.items():
        browser = made.browser()
        made.liar.now = made.clock[0] // 1000
        expect(made.try_in(browser) == 200, f"{what}: nobody can sign in any more")
        for step in steps:
            made.clock[0] += step
            browser.call("GET", "/console")
        expect(not browser.inside, f"{what}: the old session goes on")
    made.liar.now = made.clock[0] // 1000


def _slowed(made: Scene) -> None:
    """Who fails waits longer and longer; others do not."""
    codes = []
    for _ in range(12):
        browser = Browser(made.client, "thief")
        answer = browser.call("GET", f"{BACK}?code=x&state=y")
        codes.append(answer.status_code)
    expect(codes.count(403) <= 5 and codes[-1] == 429, f"false answers are not slowed down: {codes}")
    expect(made.try_in() == 200, "a thief can lock others out")


def _told(made: Scene) -> None:
    """What operators can read, and what nobody can."""
    rows = [row for row in made.engine.audit_trail(limit=-1) if row.action == "sign-in refused"]
    told = " ".join(row.detail for row in rows)
    for words in ("another issuer", "another client", "this sign-in", "expired", "algorithm", "no line of oidc.roles"):
        expect(words in told, f"the audit chain does not say: {words}")
    signed_in = [row for row in made.engine.audit_trail(limit=-1) if row.action == "signed in"]
    expect(all(row.actor == "provider s-1 ann" for row in signed_in) and signed_in != [], "who signed in is not said")
    whole = " ".join(f"{row.actor} {row.action} {row.detail}" for row in made.engine.audit_trail(limit=-1))
    expect(SECRET not in whole and "eyJ" not in whole and "opaque" not in whole, "the audit chain holds a secret")
    expect(SECRET not in repr(made.engine.settings), "the settings hold the secret")
    expect(not made.engine.audit_check(), "the audit chain is broken")


def _document(made: Scene) -> None:
    """What the provider says of itself leads nowhere inside, and to no script."""
    with listener(host="127.0.0.2") as (port, heard):
        inside = f"https://127.0.0.2:{port}/x"
        for change in (
            {"token_endpoint": inside}, {"jwks_uri": inside}, {"issuer": "https://evil.example"},
            {"authorization_endpoint": "javascript://x/%0aalert(1)"}, {"token_endpoint": "http://id.example/token"},
            {"jwks_uri": "file:///etc/hosts"}, {"jwks_uri": 7},
        ):  # fmt: skip
            made.clock[0] += client.KEPT_MS
            made.liar.now = made.clock[0] // 1000
            made.liar.document = change
            browser = made.browser()
            answer = browser.call("GET", "/console/provider")
            leads = answer.headers.get("location", "http")
            expect(leads.startswith("http"), f"a browser is sent to {leads[:20]}")
            if answer.status_code == 303 and change.keys() & {"token_endpoint", "jwks_uri"}:
                answer = made.back(browser, made.liar.approve(answer.headers["location"]))
            expect(answer.status_code == 503, f"a document with {change} gets {answer.status_code}")
            made.clock[0] += client.APART_MS
        expect(heard == [], f"{len(heard)} connections inside")


MARKS: tuple[Mark, ...] = (mark("S37", "sign-in elsewhere", vouched, BUILDS),)
