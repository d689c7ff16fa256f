"""Signatures of webhooks (Standard Webhooks 1.0.0): HMAC-SHA-256 over ``id.time.body``.

    signature = "v1," + base64(HMAC(secret, id + "." + time + "." + body)),   time in whole seconds

Several signatures, between spaces, are given while a secret is being changed. A receiver compares in constant time,
refuses what is more than five minutes old or ahead, and what it has seen before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

WINDOW_SECONDS = 300


def sign(secrets: Sequence[bytes], *, id: str, now: int, body: bytes) -> dict[str, str]:
    """The three headers; ``now`` in ms since 1970-01-01 UTC, ``secrets`` the newest first.

    >>> sorted(sign([b"s"], id="m-1", now=1_700_000_000_000, body=b"{}"))
    ['Webhook-Id', 'Webhook-Signature', 'Webhook-Timestamp']
    """
    seconds = now // 1000
    made = " ".join(_signature(secret, id, str(seconds), body) for secret in secrets)
    return {"Webhook-Id": id, "Webhook-Timestamp": str(seconds), "Webhook-Signature": made}


def verify(secrets: Sequence[bytes], headers: Mapping[str, str], body: bytes, *, now: int) -> str:
    """The id of a message that is genuine and fresh, else "". Whether it came before is for the receiver to know.

    >>> given = sign([b"s"], id="m-1", now=1_700_000_000_000, body=b"{}")
    >>> verify([b"s"], given, b"{}", now=1_700_000_000_000), verify([b"s"], given, b"[]", now=1_700_000_000_000)
    ('m-1', '')
    """
    folded = {name.lower(): value for name, value in headers.items()}
    name, time = folded.get("webhook-id", ""), folded.get("webhook-timestamp", "")
    if not name or not (time.isascii() and time.isdigit() and len(time) < 12):
        return ""
    if abs(now // 1000 - int(time)) > WINDOW_SECONDS:
        return ""
    given = folded.get("webhook-signature", "").encode("utf-8", "surrogatepass").split(b" ")
    right = [_signature(secret, name, time, body).encode() for secret in secrets]
    same = [hmac.compare_digest(one, other) for one in right for other in given]  # all of them: no early end
    return name if any(same) else ""


def _signature(secret: bytes, id: str, time: str, body: bytes) -> str:
    digest = hmac.digest(secret, f"{id}.{time}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()
