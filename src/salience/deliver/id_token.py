"""Whether an ID token is what it claims to be. OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725.

The token says by which algorithm and key it is signed; it is believed in that only where both are ours to choose: the
algorithm is one of public keys, the key is one that the provider publishes for it. Nothing in the token names a key by
an address or brings one along.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from salience.events.provider import Unvouched

KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""The first letters of an algorithm -> the kind of its keys. There is no ``none`` and no shared secret."""
ALGORITHMS = frozenset(f"{letters}{bits}" for letters in ("RS", "PS", "ES") for bits in (256, 384, 512))
ALGORITHMS |= {"EdDSA", "Ed25519"}
SKEW = 60
"""Seconds that the provider's clock may be off."""
OLDEST = 600
"""Seconds that a token may be old when it is handed over: it was made for this sign-in."""
SMALLEST_RSA = 2048


class UnknownKey(Unvouched):
    """The token is signed by a key that is not among the known ones: the provider may have a new one."""

    def __init__(self) -> None:
        super().__init__("refused", "the token is signed by a key that the provider does not publish")


class Expected(NamedTuple):
    """What the token must say. ``now``: seconds since 1970; ``access_token``: what came along with it."""

    issuer: str
    client: str
    nonce: str
    now: int
    access_token: str = ""


def verified(token: str, keys: Sequence[Mapping[str, Any]], expected: Expected) -> dict[str, Any]:
    """The claims of a good token. ``keys``: JSON Web Keys. `UnknownKey` or `Unvouched` otherwise."""
    from joserfc import jws, jwt
    from joserfc.errors import JoseError

    header = _header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Unvouched("refused", "the token is not signed by an algorithm of public keys")
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    key = _key(keys, algorithm, header.get("kid"))
    try:
        claims = jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unvouched("refused", f"the token is not whole: {type(error).__name__}") from None
    _check(claims, expected)
    _check_access_token(claims, algorithm, expected.access_token)
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        first = token.encode("ascii").split(b".")[0]
        return msgspec.json.decode(base64.urlsafe_b64decode(first + b"=" * (-len(first) % 4)), type=dict[str, Any])
    except (ValueError, msgspec.MsgspecError):
        raise Unvouched("refused", "the token is none") from None


def _key(keys: Sequence[Mapping[str, Any]], algorithm: str, kid: object) -> Any:
    """The one published key that may have signed it."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    fit = [
        one
        for one in keys
        if one.get("kty") == KINDS[algorithm[:2]]
        and one.get("use", "sig") == "sig"
        and one.get("alg", algorithm) == algorithm
        and (kid is None or one.get("kid") == kid)
    ]
    if not fit:
        raise UnknownKey
    if len(fit) > 1:
        raise Unvouched("refused", "the token does not say which of the provider's keys has signed it")
    if (size := _bits(fit[0])) < SMALLEST_RSA:
        raise Unvouched("refused", f"the provider signs with {size} bits of RSA, fewer than {SMALLEST_RSA}")
    public = {name: value for name, value in fit[0].items() if name in ("kty", "n", "e", "crv", "x", "y", "kid")}
    try:
        return import_key(public)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Unvouched("refused", f"the provider publishes a key that is none: {type(error).__name__}") from None


def _bits(key: Mapping[str, Any]) -> int:
    """The size of an RSA key's modulus; of other keys, one that is large enough."""
    return len(str(key.get("n", ""))) * 6 if key["kty"] == "RSA" else SMALLEST_RSA


def _check(claims: Mapping[str, Any], expected: Expected) -> None:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    subject, nonce = claims.get("sub"), claims.get("nonce")
    issued, ends, begins = (_seconds(claims.get(name)) for name in ("iat", "exp", "nbf"))
    checks = (
        (claims.get("iss") == expected.issuer, "the token is of another issuer"),
        (expected.client in named, "the token is for another client"),
        (claims.get("azp", expected.client) == expected.client, "the token was made for another client"),
        (len(named) == 1 or "azp" in claims, "the token is for many clients and does not say for which it was made"),
        (isinstance(subject, str) and 0 < len(subject) <= 255, "the token does not say whom it is about"),
        (isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), expected.nonce.encode()),
         "the token is not of this sign-in"),
        (ends is not None and ends > expected.now - SKEW, "the token has expired"),
        (issued is not None and issued <= expected.now + SKEW, "the token is from the future: compare the clocks"),
        (issued is not None and issued >= expected.now - OLDEST - SKEW, "the token is old"),
        ("nbf" not in claims or (begins is not None and begins <= expected.now + SKEW), "the token is not valid yet"),
    )  # fmt: skip
    for good, rule in checks:
        if not good:
            raise Unvouched("refused", rule)


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _check_access_token(claims: Mapping[str, Any], algorithm: str, access_token: str) -> None:
    """``at_hash``: the left half of the hash of the access token (Core, section 3.1.3.6)."""
    if "at_hash" not in claims:
        return
    bits = algorithm[-3:] if algorithm[-3:] in ("256", "384", "512") else "512"
    bits = "512" if algorithm == "Ed25519" else bits
    digest = hashlib.new(f"sha{bits}", access_token.encode()).digest()
    wanted = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    if not hmac.compare_digest(wanted, str(claims["at_hash"]).encode()):
        raise Unvouched("refused", "the access token is not the one that the token was given with")
