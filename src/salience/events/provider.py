"""An OpenID Connect provider at which people of a workspace may sign in: the ``[oidc]`` table of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from salience.events.fault import InvalidInput

Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=512)]
Seat: TypeAlias = Literal["viewer", "analyst", "marketer", "officer", "secret"]
"""A role that a person may have (`events.roles`); ``secret`` is the owner's."""

HERE = ("localhost", "127.0.0.1", "::1")


class Unvouched(InvalidInput):
    """Nobody is signed in. ``word`` says to the person what became of it; ``rule`` says to operators why."""

    def __init__(self, word: str, rule: str) -> None:
        self.word = word
        super().__init__("sign-in", "", rule, "docs/sign-in.md says what the provider must be told")


class Provider(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``issuer``: its name, exactly as its tokens have it. ``client_id``: ours at it; the secret is never a setting.

    ``address``: where browsers find this server; the redirect URI is made of it and of nothing that a request says.
    ``claim``: what of a token decides the role, with dots into nested ones; ``roles``: its value -> role, the first
    line that fits counts, and whom none fits is refused. ``inside``: networks that may be called although they are not
    public. ``hours``: how long a session may last before the provider is asked again.
    """

    issuer: Text
    client_id: Text
    address: Text
    roles: dict[Text, Seat]
    claim: Text = "groups"
    name: Annotated[str, Meta(max_length=64)] = ""
    scopes: Annotated[tuple[Text, ...], Meta(max_length=20)] = ("openid", "profile", "email")
    secret_file: Annotated[str, Meta(max_length=4096)] = ""
    inside: tuple[Text, ...] = ()
    hours: Annotated[float, Meta(gt=0, le=12)] = 12.0

    @property
    def shown(self) -> str:
        """What the sign-in page calls it."""
        return self.name or urlsplit(self.issuer).hostname or self.issuer

    @property
    def redirect_uri(self) -> str:
        """Where it sends people back to: register exactly this one there."""
        return f"{self.address}/console/provider/back"

    @property
    def signed_out_uri(self) -> str:
        """Where it sends people after signing them out there."""
        return f"{self.address}/console/sign-in"

    def checked(self) -> Provider:
        """Itself; `InvalidInput` names what cannot be meant.

        >>> Provider(issuer="http://id.example", client_id="s", address="https://a.example", roles={"x": "viewer"}).checked()
        Traceback (most recent call last):
            ...
        salience.events.fault.InvalidInput: oidc.issuer = 'http://id.example': must begin with https:// (http:// is for this machine); e.g. https://id.shop.example/realms/staff
        """  # noqa: E501 - a doctest is printed as it is
        if not secure(self.issuer) or urlsplit(self.issuer).query or urlsplit(self.issuer).fragment:
            rule = "must begin with https:// (http:// is for this machine)"
            raise InvalidInput("oidc.issuer", self.issuer, rule, "e.g. https://id.shop.example/realms/staff")
        parts = urlsplit(self.address)
        if not secure(self.address) or parts.path or parts.query or parts.fragment:
            rule = "must be https:// and a host, without a path (http:// is for localhost)"
            raise InvalidInput("oidc.address", self.address, rule, "e.g. https://salience.shop.example")
        if "openid" not in self.scopes:
            raise InvalidInput("oidc.scopes", " ".join(self.scopes), "must hold openid", 'e.g. ["openid", "email"]')
        if not self.roles:
            raise InvalidInput("oidc.roles", "", "lets nobody in", 'e.g. roles = { "privacy-team" = "officer" }')
        for network in self.inside:
            try:
                ip_network(network)
            except ValueError:
                raise InvalidInput("oidc.inside", network, "is no network", "e.g. 10.0.0.0/8") from None
        return self


def secure(url: str) -> bool:
    """Whether an address is one that secrets may be sent to: HTTPS, or this machine.

    >>> [secure(url) for url in ("https://id.example/x", "http://localhost:8080", "http://id.example", "javascript:1")]
    [True, True, False, False]
    """
    if any(ord(letter) <= 32 or ord(letter) > 126 for letter in url):
        return False
    try:
        parts = urlsplit(url)
        found = parts.hostname, parts.port
    except ValueError:
        return False
    if not found[0] or parts.username is not None or parts.password is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and found[0] in HERE)


def lookup(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of a name, which may hold dots itself or lead with them into nested ones; None if there is none.

    >>> lookup({"realm_access": {"roles": ["a"]}}, "realm_access.roles"), lookup({"https://a.b/c": 1}, "https://a.b/c")
    (['a'], 1)
    """
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
