"""Bugs of sign-in at a provider, each of which the mark S37 must catch."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

from joserfc.jwk import RSAKey

from salience.console import elsewhere
from salience.deliver import id_token, outbound
from salience.deliver import provider as client
from salience.engine import signing_in, vouching
from salience.events import provider as about
from tests.trust.marks import Builds, Patch


def _any_nonce(patch: Patch) -> None:
    real = id_token._check

    def check(claims: Any, expected: Any) -> None:
        real({**claims, "nonce": expected.nonce}, expected)

    patch(id_token, "_check", check)


def _any_audience(patch: Patch) -> None:
    real = id_token._check
    patch(
        id_token,
        "_check",
        lambda claims, expected: real({**claims, "aud": expected.client, "azp": expected.client}, expected),
    )


def _any_issuer(patch: Patch) -> None:
    real = id_token._check
    patch(id_token, "_check", lambda claims, expected: real({**claims, "iss": expected.issuer}, expected))


def _any_time(patch: Patch) -> None:
    real = id_token._check
    patch(id_token, "_check", lambda c, e: real({**c, "exp": e.now + 9, "iat": e.now, "nbf": e.now}, e))


def _any_algorithm(patch: Patch) -> None:
    real = id_token.verified

    def verified(token: str, keys: Any, expected: Any) -> Any:
        if id_token._header(token).get("alg") in ("none", "None", ""):
            body = token.split(".")[1]
            return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return real(token, keys, expected)

    patch(client, "verified", verified)


def _public_key_as_secret(patch: Patch) -> None:
    real = id_token.verified

    def verified(token: str, keys: Any, expected: Any) -> Any:
        if id_token._header(token).get("alg") == "HS256":
            said, _, tail = token.rpartition(".")
            pem = RSAKey.import_key(dict(keys[0])).as_pem(private=False)
            made = base64.urlsafe_b64encode(hmac.digest(pem, said.encode(), "sha256")).rstrip(b"=").decode()
            if made == tail:
                body = said.split(".")[1]
                return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return real(token, keys, expected)

    patch(client, "verified", verified)


def _any_access_token(patch: Patch) -> None:
    patch(id_token, "_check_access_token", lambda *_: None)


def _any_state(patch: Patch) -> None:
    real = vouching.Vouching._take
    patch(vouching.Vouching, "_take", lambda self, ticket, _state: real(self, ticket, self._made("state", ticket)))


def _any_ticket(patch: Patch) -> None:
    patch(vouching.Vouching, "_take", lambda _self, _ticket, _state: None)


def _again(patch: Patch) -> None:
    real = vouching.Vouching._take

    def take(self: Any, ticket: str, state: str) -> None:
        self._used = None
        real(self, ticket, state)

    patch(vouching.Vouching, "_take", take)


def _any_role(patch: Patch) -> None:
    real = vouching.role_of
    patch(vouching, "role_of", lambda claims, told: real(claims, told) or "viewer")


def _any_address(patch: Patch) -> None:
    real = vouching.role_of
    patch(vouching, "role_of", lambda claims, told: real({**claims, "email_verified": True}, told))


def _old_keys(patch: Patch) -> None:
    real = client.Client.keys
    patch(client.Client, "keys", lambda self, **_: real(self))


def _eager(patch: Patch) -> None:
    patch(client, "APART_MS", 0)


def _inside(patch: Patch) -> None:
    patch(outbound.Outbound, "allows", lambda _self, _address: True)


def _scripts(patch: Patch) -> None:
    patch(client, "secure", lambda _url: True)


def _open(patch: Patch) -> None:
    real = elsewhere._onward
    patch(elsewhere, "_onward", lambda title, where, said, language: real(title, "//evil.example", said, language))


def _planted(patch: Patch) -> None:
    patch(elsewhere, "own", lambda _request: True)


def _patient(patch: Patch) -> None:
    patch(signing_in.SigningIn, "_check_tries", lambda _self, _keys: None)


def _endless(patch: Patch) -> None:
    patch(signing_in, "IDLE_MS", 10**15)


def _stays(patch: Patch) -> None:
    patch(about.Provider, "signed_out_uri", "https://evil.example")


BUILDS: Builds = {
    "any-nonce": _any_nonce,
    "any-audience": _any_audience,
    "any-issuer": _any_issuer,
    "any-time": _any_time,
    "any-algorithm": _any_algorithm,
    "public-key-as-secret": _public_key_as_secret,
    "any-access-token": _any_access_token,
    "any-state": _any_state,
    "any-ticket": _any_ticket,
    "again": _again,
    "any-role": _any_role,
    "any-address": _any_address,
    "old-keys": _old_keys,
    "eager": _eager,
    "inside": _inside,
    "scripts": _scripts,
    "open": _open,
    "planted": _planted,
    "patient": _patient,
    "endless": _endless,
    "stays": _stays,
}
