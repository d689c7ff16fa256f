"""Marks of what leaves: calls to typed-in addresses, and the signatures of messages."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from salience.deliver import Outbound, Refused, outbound, sign, signing, verify
from tests.deliver.test_outbound import INSIDE, Rebinding, listener
from tests.trust.marks import Mark, Patch, expect, mark

NOW, SECRET = 1_700_000_000_000, b"0123456789abcdef0123456789abcdef"


def inside(_folder: Path, long: bool) -> str:
    """S11: no address of the list, and no name that changes its mind, reaches a listener on this machine."""
    with listener() as (port, heard):
        let_in = []
        for pattern in INSIDE:
            for call in (Outbound().check, lambda url: Outbound(seconds=1.0).post(url, b"{}", {})):
                try:
                    call(pattern.replace("{port}", str(port)))
                except Refused:
                    continue
                except OSError:
                    pass
                let_in.append(pattern)
        expect(not let_in, f"not refused: {let_in[:3]}")
        for first in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"]):
            name = Rebinding(["93.184.216.34"], first)
            out = Outbound(resolve=name, seconds=1.0)
            out.check(f"http://rebind.example:{port}/")  # saved while it was public
            try:
                out.post(f"http://rebind.example:{port}/", b"{}", {})
            except Refused:
                continue
            except OSError:
                pass
            expect(False, f"a name that became {first} was called")  # noqa: FBT003
        expect(not heard, f"{len(heard)} connections to a listener inside")
    return f"{len(INSIDE)} addresses on save and on send, 4 rebinding names: 0 connections inside"


def signatures(_folder: Path, long: bool) -> str:
    """S24: what is tampered with, old, or of another secret is refused; both secrets work while one is changed."""
    rng, count = np.random.default_rng(24), 2_000 if long else 200
    wrong = 0
    for number in range(count):
        body = rng.bytes(int(rng.integers(1, 200)))
        headers = sign([SECRET], id=f"m-{number}", now=NOW, body=body)
        expect(verify([b"new", SECRET], headers, body, now=NOW) == f"m-{number}", "a genuine message is refused")
        at = int(rng.integers(len(body)))
        changed = body[:at] + bytes([body[at] ^ (1 + int(rng.integers(255)))]) + body[at + 1 :]
        wrong += bool(verify([SECRET], headers, changed, now=NOW))
        wrong += bool(verify([SECRET], {**headers, "Webhook-Id": "m"}, body, now=NOW))
        wrong += bool(verify([rng.bytes(32)], headers, body, now=NOW))
        wrong += bool(verify([SECRET], headers, body, now=NOW + 1000 * (301 + int(rng.integers(10_000)))))
    expect(wrong == 0, f"{wrong} of {4 * count} false messages let in")
    return f"{4 * count:,} tampered, foreign and old messages: 0 let in"


def _anywhere(patch: Patch) -> None:
    patch(outbound.Outbound, "allows", lambda self, address: True)


def _twice(patch: Patch) -> None:
    """Checks the name, then lets the system look it up again."""
    real = outbound.Outbound.check
    patch(outbound.Outbound, "check", lambda self, url: real(self, url)._replace(address="127.0.0.1"))


def _ageless(patch: Patch) -> None:
    patch(signing, "WINDOW_SECONDS", 10**9)


def _unread(patch: Patch) -> None:
    patch(signing, "_signature", lambda *_: "v1,")


MARKS: tuple[Mark, ...] = (
    mark("S11", "calls to addresses inside", inside, {"anywhere": _anywhere}),
    mark("S24", "signatures of messages", signatures, {"ageless": _ageless, "unread": _unread}),
)
