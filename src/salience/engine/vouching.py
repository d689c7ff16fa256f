"""Vouch: people sign in at an OpenID Connect provider, which says who they are; the settings say what they may do.

Between the way there and the way back nothing is kept here. The browser holds a random ticket, signed and with a time;
``state``, ``nonce`` and the PKCE verifier are made from the ticket with a key that ends with the process, so they fit
that browser, that sign-in and those ten minutes alone (RFC 9700, sections 2.1 and 4.7).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salience.engine.signing_in import REMEMBERED, Session, SigningIn
from salience.events import InvalidInput
from salience.events.provider import Provider, Seat, Unvouched, lookup
from salience.store.home import PROVIDER_SECRET

if TYPE_CHECKING:
    from salience.deliver.provider import Client

SECRET = "SALIENCE_OIDC_SECRET"  # noqa: S105 - the name of the variable
TICKET_MS = 600_000


class Vouching(SigningIn):
    """The verbs of signing in elsewhere."""

    _client: Client | None = None
    _sealing: bytes = b""
    _used: OrderedDict[str, None] | None = None

    @property
    def provider(self) -> Provider | None:
        """Where people may sign in besides here; None if nowhere."""
        return self.settings.oidc

    @property
    def vouching(self) -> Client:
        """The provider, to be asked. `InvalidInput` where there is none, or the extra is not installed."""
        if self._client is None:
            if self.provider is None:
                raise InvalidInput("oidc", "", "is not set", "docs/sign-in.md says how to name a provider")
            try:
                import joserfc  # noqa: F401
            except ImportError:
                rule = "needs the extra oidc"
                raise InvalidInput("oidc", self.provider.issuer, rule, "pip install 'salience[oidc]'") from None
            from salience.deliver.provider import Client

            self._sealing = secrets.token_bytes(32)
            self._client = Client(self.provider, self._provider_secret(self.provider), self.now)
        return self._client

    def go_elsewhere(self, *, network: str) -> tuple[str, str]:
        """Where to send a browser that wants to sign in at the provider, and the ticket that it has to keep."""
        self._check_tries((f"{network} provider", network))
        client = self.vouching
        made = f"{secrets.token_urlsafe(24)}.{self.now()}"
        ticket = f"{made}.{self._made('ticket', made)}"
        parts = {name: self._made(name, ticket) for name in ("state", "nonce", "verifier")}
        return client.way_in(**parts), ticket

    def come_back(self, ticket: str, given: Mapping[str, str], *, network: str) -> str:
        """A token for a new session of who came back from the provider with its ``code``.

        `Unvouched` says by its ``word`` what to tell the person; `TooMany` after many tries that failed.
        """
        keys = (f"{network} provider", network)
        self._check_tries(keys)
        try:
            return self._begin(self._vouched(ticket, given))
        except Unvouched as fault:
            if fault.word != "down":
                self._missed(keys)
            self.note("sign-in refused", detail=f"provider: {fault.rule}", actor="console")
            raise

    def way_out(self, session: Session) -> str:
        """Where to send a browser so that it is signed out at the provider too; empty if nowhere."""
        if not session.subject or self.provider is None:
            return ""
        try:
            return self.vouching.way_out(session.hint)
        except Unvouched:  # the provider is away: the session here has ended all the same
            return ""

    def provider_check(self) -> tuple[dict[str, str], str]:
        """What to register at the provider and what it says of itself, in words; and what is wrong, if anything is."""
        client = self.vouching
        about = client.about
        told = {
            "issuer": about.issuer,
            "client id": about.client_id,
            "secret": "there" if client.has_secret else "none: a public client",
            "redirect URI": about.redirect_uri,
            "after sign-out": about.signed_out_uri,
            "roles": ", ".join(f"{about.claim} {value} = {role}" for value, role in about.roles.items()),
        }
        try:
            said, keys = client.metadata(), client.keys()
        except Unvouched as fault:
            return told, fault.rule
        told |= {"keys": f"{len(keys)}", "sign-out there": said.end_session_endpoint or "not offered"}
        return told, ""

    # --- inside -------------------------------------------------------------------------------------------------------

    def _still(self, session: Session) -> bool:
        return True if session.subject else super()._still(session)

    def _vouched(self, ticket: str, given: Mapping[str, str]) -> Session:
        client, about = self.vouching, self.vouching.about
        self._take(ticket, given.get("state", ""))
        named = "iss" in given or client.metadata().authorization_response_iss_parameter_supported
        if named and given.get("iss") != about.issuer:
            raise Unvouched("refused", "another issuer answered than the one that was asked")
        if "error" in given or not given.get("code"):
            raise Unvouched("refused", "the provider gave no code")
        tokens = client.exchanged(given["code"], self._made("verifier", ticket))
        claims = client.claims(tokens, self._made("nonce", ticket))
        role = role_of(claims, about)
        if role is None:
            raise Unvouched("no role", "no line of oidc.roles fits who signed in")
        now, longest = self.now(), int(about.hours * 3_600_000)
        name, subject = _name(claims), _line(claims["sub"])
        hint = client.hint(tokens.id_token)
        return Session(name, role, "", secrets.token_urlsafe(16), now, now, longest, subject, hint)

    def _take(self, ticket: str, state: str) -> None:
        """Use up a ticket. `Unvouched` unless it is of this server, young, unused, and ``state`` is made of it."""
        made, _, signed = ticket.rpartition(".")
        began = made.rpartition(".")[2]
        if not hmac.compare_digest(self._made("ticket", made).encode(), signed.encode()):
            raise Unvouched("stale", "this browser has begun no sign-in here")
        if not 0 <= self.now() - int(began) <= TICKET_MS:
            raise Unvouched("stale", "the sign-in was begun too long ago")
        if not hmac.compare_digest(self._made("state", ticket).encode(), state.encode()):
            raise Unvouched("stale", "the answer belongs to a sign-in of another browser")
        used = self._used = self._used if self._used is not None else OrderedDict()
        if signed in used:
            raise Unvouched("stale", "the answer was used before")
        used[signed] = None
        while len(used) > REMEMBERED:
            used.popitem(last=False)

    def _made(self, what: str, of: str) -> str:
        digest = hmac.new(self._sealing, f"{what} {of}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _provider_secret(self, about: Provider) -> str:
        """From the environment, the named file, or the workspace folder; none for a client that has none (PKCE)."""
        if given := os.environ.get(SECRET, ""):
            return given.strip()
        file = Path(about.secret_file).expanduser() if about.secret_file else None
        if file is None and self.home is not None and (self.home.folder / PROVIDER_SECRET).is_file():
            file = self.home.folder / PROVIDER_SECRET
        if file is None:
            return ""
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise InvalidInput("oidc.secret_file", str(file), "cannot be read", f"or set {SECRET}") from None


def role_of(claims: Mapping[str, Any], about: Provider) -> Seat | None:
    """The role of the first line of ``roles`` that fits the claim; None if none does.

    An address counts only where the provider says that it was verified: otherwise anybody may write any address.

    >>> roles: dict[str, Seat] = {"a": "officer", "b": "viewer"}
    >>> about = Provider(issuer="https://i.e", client_id="c", address="https://a.e", roles=roles)
    >>> role_of({"groups": ["b", "a"]}, about), role_of({"groups": "b"}, about), role_of({"groups": True}, about)
    ('officer', 'viewer', None)
    """
    found = lookup(claims, about.claim)
    if about.claim == "email" and claims.get("email_verified") is not True:
        return None
    values = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return next((role for value, role in about.roles.items() if value in values), None)


def _name(claims: Mapping[str, Any]) -> str:
    """What to call somebody: one line of at most 128 letters."""
    named = ("email",) if claims.get("email_verified") is True else ()
    told = (claims.get(name) for name in (*named, "preferred_username", "name", "sub"))
    found = next((one for one in told if isinstance(one, str) and one), "")
    return _line(found)[:128]


def _line(text: str) -> str:
    """One line, whatever was in it."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
