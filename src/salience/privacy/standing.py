"""Where a person stands: which uses of what is known of them are allowed, and which rung of the ladder said so.

    erased > restricted > minor, sensitive > objection > opt-out (GPC) > personalisation off > purpose > default

The first rung that has an opinion about a use decides. Each rung above the purposes can only forbid, so the order in
which signals arrive changes nothing; the order of the ladder says which reason is given, and what a grant can outweigh.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from salience.privacy.consent import ConsentState, allowed
from salience.privacy.regions import Default, Purpose

Use: TypeAlias = Literal["store", "count", "profile", "train", "decide", "audience", "push", "share", "sensitive"]
"""``store`` new events · ``count`` them · ``profile`` features of the person · ``train`` rows of training data ·
``decide`` answers that look at the person · ``audience`` membership and segments · ``push`` to a channel · ``share``
with somebody else · ``sensitive`` classes of data in any of these."""

USES: Final[tuple[Use, ...]] = get_args(Use)
Because: TypeAlias = Literal[
    "erased", "restricted", "minor", "sensitive", "objection", "opt-out", "personalisation-off", "purpose", "default"
]

_ALL: Final = frozenset(USES)
_PROFILING: Final[frozenset[Use]] = frozenset({"profile", "train", "decide", "audience", "push", "share"})


class Rung(NamedTuple):
    """A signal of `ConsentState`, and the uses that it forbids while it is on."""

    because: Because
    signal: str
    forbids: frozenset[Use]


LADDER: Final[tuple[Rung, ...]] = (
    Rung("restricted", "restricted", _ALL - {"store"}),
    Rung("minor", "minor", frozenset({"audience", "push", "share", "sensitive"})),
    Rung("objection", "objection", _PROFILING),
    Rung("opt-out", "opt_out", frozenset({"push", "share"})),
    Rung("personalisation-off", "personalisation_off", frozenset({"decide"})),
)
"""GDPR 18 · PIPL 31, DSA 28(2) · GDPR 21(2) · 11 CCR 7025 · PIPL 24(2), DSA 38. Erasure is above all: `standing`."""

_WITHOUT_GUARDIAN: Final[frozenset[Use]] = frozenset({"profile", "train", "decide"})
"""What a minor's guardian has to agree to, besides what is forbidden for minors at all."""

SERVES: Final[dict[Use, tuple[Purpose, ...]]] = {
    "store": ("analytics", "personalisation"),
    "count": ("analytics",),
    "profile": ("personalisation",),
    "train": ("personalisation",),
    "decide": ("personalisation",),
    "audience": ("marketing",),
    "push": ("marketing",),
    "share": ("sharing",),
    "sensitive": ("sensitive",),
}
"""Use -> the purposes that it may serve; one of them is enough."""


class Ruling(NamedTuple):
    """Whether a use is allowed, and the rung that decided."""

    allowed: bool
    because: Because


def standing(state: ConsentState, use: Use, default: Default, *, erased: bool = False) -> Ruling:
    """Rule on one use for one person. ``erased``: they are on the suppression list and came back with old data.

    >>> from salience.events import Consent
    >>> from salience.privacy.regions import OPT_OUT
    >>> said = Consent(id="a", user="ann", purposes={"sharing": True}, signals={"opt_out": True})
    >>> state = ConsentState().after(1, said)
    >>> standing(state, "share", OPT_OUT), standing(state, "decide", OPT_OUT).allowed
    (Ruling(allowed=False, because='opt-out'), True)
    """
    if erased:
        return Ruling(allowed=False, because="erased")
    for rung in LADDER:
        if state.on(rung.signal) and (
            use in rung.forbids or (rung.because == "minor" and use in _WITHOUT_GUARDIAN and not state.guardian)
        ):
            return Ruling(allowed=False, because=rung.because)
    purposes = SERVES[use]
    granted = any(allowed(state, purpose, default) for purpose in purposes)
    chosen = any(state.choice(purpose) is not None for purpose in purposes)
    if use == "sensitive" and not granted:
        return Ruling(allowed=False, because="sensitive")
    return Ruling(allowed=granted, because="purpose" if chosen else "default")
