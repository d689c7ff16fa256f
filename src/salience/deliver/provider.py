"""A client of an OpenID Connect provider: what it says of itself, its keys, and the authorization code flow with PKCE.

OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE, S256); RFC 9207 (``iss`` in the answer); RP-Initiated Logout
1.0. Every call goes through `outbound`, so a document that points inside this network is not followed there.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote_plus, urlencode

import msgspec
from msgspec import Struct

from salience.deliver.id_token import Expected, UnknownKey, verified
from salience.deliver.outbound import Answered, Outbound, Refused
from salience.events.provider import Provider, Unvouched, lookup, secure

KEPT_MS = 3_600_000
"""How long the document and the keys are believed before they are fetched again."""
APART_MS = 10_000
"""The shortest time between two fetches that failed, and between two for a key that is not known."""
LONGEST_HINT = 4_096
OK = 200
Read = TypeVar("Read")


class Metadata(Struct, frozen=True):
    """What is read of the discovery document (Discovery, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Tokens(Struct, frozen=True):
    """What a code is exchanged for."""

    id_token: str
    access_token: str = ""


class _Keys(Struct, frozen=True):
    keys: tuple[dict[str, Any], ...]


class _Held(NamedTuple):
    value: Any
    at: int


class Client:
    """``now``: ms since 1970-01-01 UTC. One for a workspace; calls from several threads are allowed."""

    def __init__(self, about: Provider, secret: str, now: Callable[[], int], outbound: Outbound | None = None) -> None:
        self.about, self._secret, self._now = about, secret, now
        self._outbound = outbound or Outbound(inside=[ip_network(one) for one in about.inside])
        self._held: dict[str, _Held] = {}
        self._failed: dict[str, _Held] = {}
        self._fetching = threading.Lock()

    @property
    def has_secret(self) -> bool:
        """Whether we have a secret at the provider."""
        return bool(self._secret)

    def metadata(self) -> Metadata:
        """What the provider says of itself, at most an hour ago; `Unvouched` where it is not the one that was named."""
        where = self.about.issuer.rstrip("/") + "/.well-known/openid-configuration"
        found: Metadata = self._kept("document", where, Metadata)
        if found.issuer != self.about.issuer:
            raise Unvouched("down", f"the provider calls itself {found.issuer[:200]!r}, not as oidc.issuer has it")
        named = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        further = (found.userinfo_endpoint, found.end_session_endpoint)
        if not all(secure(url) for url in named) or not all(secure(url) for url in further if url):
            raise Unvouched("down", "the provider's document names an address without https://")
        return found

    def way_in(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to sign in."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.about.client_id,
            "redirect_uri": self.about.redirect_uri,
            "scope": " ".join(self.about.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with(self.metadata().authorization_endpoint, asked)

    @staticmethod
    def hint(id_token: str) -> str:
        """What tells the provider later who signs out; nothing of a token that is too long for an address."""
        return id_token if len(id_token) <= LONGEST_HINT else ""

    def way_out(self, hint: str) -> str:
        """Where a browser is sent to sign out there too; empty where the provider has no such place."""
        place = self.metadata().end_session_endpoint
        asked = {"client_id": self.about.client_id, "post_logout_redirect_uri": self.about.signed_out_uri}
        if hint:
            asked["id_token_hint"] = hint
        return _with(place, asked) if place else ""

    def exchanged(self, code: str, verifier: str) -> Tokens:
        """What the provider gives for a code, once."""
        metadata = self.metadata()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.about.redirect_uri,
                "code_verifier": verifier, "client_id": self.about.client_id}  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self._secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(self.about.client_id)}:{quote_plus(self._secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif self._secret:
            form["client_secret"] = self._secret
        body = urlencode(form).encode()
        answered = self._called(lambda: self._outbound.post(metadata.token_endpoint, body, headers))
        if answered.status != OK:
            raise Unvouched("refused", f"the provider gave {answered.status} {_error(answered)}for the code".strip())
        return _read(answered, Tokens)

    def claims(self, tokens: Tokens, nonce: str) -> dict[str, Any]:
        """What the provider vouches for, once the token is found good (`id_token.verified`).

        A claim for the role that is not in the token is asked for at the provider's userinfo endpoint.
        """
        about = self.about
        expected = Expected(about.issuer, about.client_id, nonce, self._now() // 1000, tokens.access_token)
        try:
            found = verified(tokens.id_token, self.keys(), expected)
        except UnknownKey:
            found = verified(tokens.id_token, self.keys(anew=True), expected)
        if lookup(found, about.claim) is None and tokens.access_token and self.metadata().userinfo_endpoint:
            found = {**self._further(tokens.access_token, found["sub"]), **found}
        return found

    def keys(self, *, anew: bool = False) -> tuple[dict[str, Any], ...]:
        """The keys that the provider publishes, at most an hour ago; ``anew``: now, unless that was just done."""
        held = self._held.get("keys")
        if anew and held and self._now() - held.at >= APART_MS:
            self._held.pop("keys", None)
        found: _Keys = self._kept("keys", self.metadata().jwks_uri, _Keys)
        return found.keys

    def _further(self, access_token: str, subject: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        answered = self._called(lambda: self._outbound.get(self.metadata().userinfo_endpoint, headers))
        told: dict[str, Any] = _read(answered, dict[str, Any]) if answered.status == OK else {}
        if told and told.get("sub") != subject:
            raise Unvouched("refused", "the provider's further claims are about somebody else")
        return told

    def _kept(self, what: str, url: str, kind: type[Read]) -> Read:
        """What was fetched at most an hour ago, else now. A failure is repeated for a while, not tried again."""
        with self._fetching:
            now = self._now()
            held, failed = self._held.get(what), self._failed.get(what)
            if held and 0 <= now - held.at < KEPT_MS:
                return held.value  # type: ignore[no-any-return]
            if failed and 0 <= now - failed.at < APART_MS:
                raise Unvouched(failed.value.word, failed.value.rule)
            try:
                found = self._fetched(what, url, kind)
            except Unvouched as fault:
                self._failed[what] = _Held(fault, now)
                raise
            self._held[what] = _Held(found, now)
            return found

    def _fetched(self, what: str, url: str, kind: type[Read]) -> Read:
        answered = self._called(lambda: self._outbound.get(url, {"Accept": "application/json"}))
        if answered.status != OK:
            raise Unvouched("down", f"the provider gave {answered.status} for its {what}")
        return _read(answered, kind)

    @staticmethod
    def _called(call: Callable[[], Answered]) -> Answered:
        try:
            return call()
        except Refused as fault:
            raise Unvouched("down", f"the provider's address {fault.rule}") from None
        except (OSError, TimeoutError) as fault:
            raise Unvouched("down", f"the provider cannot be reached: {fault}") from None


def _with(url: str, asked: Mapping[str, str]) -> str:
    return url + ("&" if "?" in url else "?") + urlencode(asked)


def _read(answered: Answered, kind: type[Read]) -> Read:
    try:
        if not answered.whole:
            raise Unvouched("down", f"the provider's answer is longer than {len(answered.body):,} bytes")
        return msgspec.json.decode(answered.body, type=kind)
    except msgspec.MsgspecError as fault:
        raise Unvouched("down", f"the provider's answer is not as specified: {fault}") from None


def _error(answered: Answered) -> str:
    """The provider's own word for what is wrong, if it is one (RFC 6749, section 5.2)."""
    try:
        told = msgspec.json.decode(answered.body, type=dict[str, Any]).get("error", "")
    except msgspec.MsgspecError:
        return ""
    return f"({told}) " if isinstance(told, str) and told.replace("_", "").isalpha() and len(told) <= 64 else ""
