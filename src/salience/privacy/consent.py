"""Consent as an append-only state machine: every choice is kept, the later receipt wins, doubt is on the strict side.

What counts is when a choice was *received*, not when a clock far away says it was made: a revocation that carries an
older date than the grant before it still revokes (and a sender cannot date a grant into the future to make it last).
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct

from salience.events import Consent

Purpose: TypeAlias = Literal["analytics", "personalisation", "marketing", "sharing", "sensitive"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)

Default: TypeAlias = dict[Purpose, bool]

OPT_IN: Final[Default] = dict.fromkeys(PURPOSES, False)
OPT_OUT: Final[Default] = {**dict.fromkeys(PURPOSES, True), "sensitive": False}
"""Nowhere does silence allow the use of sensitive data."""

_OPT_IN_REGIONS = (
    "AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO GB CH "
    "CN BR IN KR TH TR ZA"
)
_OPT_OUT_REGIONS = "US CA AU NZ JP SG"
REGIONS: Final[dict[str, Default]] = {
    **dict.fromkeys(_OPT_IN_REGIONS.split(), OPT_IN),
    **dict.fromkeys(_OPT_OUT_REGIONS.split(), OPT_OUT),
}
"""What holds while a person has said nothing, by ISO 3166 country. Data to be reviewed by counsel, not legal advice."""


class Choice(Struct, frozen=True):
    """One received choice about one purpose. ``row``: its number in the log, which is the order of receipt."""

    purpose: str
    granted: bool
    row: int
    received: int
    event: str
    notice: str = ""
    region: str = ""


class ConsentState(Struct, frozen=True):
    """All choices of one person, in order of receipt. Nothing is ever taken out, so any moment can be asked for.

    >>> from salience.events import Consent
    >>> state = ConsentState().after(1, Consent(id="a", user="ann", received=10, purposes={"marketing": True}))
    >>> state = state.after(2, Consent(id="b", user="ann", received=20, time=5, purposes={"marketing": False}))
    >>> state.choice("marketing"), state.choice("marketing", at=15), state.choice("analytics")
    (False, True, None)
    """

    choices: tuple[Choice, ...] = ()

    def after(self, row: int, event: Consent) -> ConsentState:
        """The state once a consent event has been received as log row ``row``. Rows may come in any order, or twice."""
        new = tuple(
            Choice(purpose, granted, row, event.received, event.id, event.notice, event.region)
            for purpose, granted in event.purposes.items()
        )
        return ConsentState(_in_order({*self.choices, *new}))

    def choice(self, purpose: str, *, at: int | None = None) -> bool | None:
        """The latest choice received (by ``at`` ms, if given); None while the person has said nothing."""
        for choice in reversed(self.choices):
            if choice.purpose == purpose and (at is None or choice.received <= at):
                return choice.granted
        return None

    def merged(self, other: ConsentState, *, row: int, received: int, event: str) -> ConsentState:
        """The state of two identities that the alias ``event`` (log row ``row``) found to be one person.

        For every purpose that either of them refused, the merge itself is a refusal: the stricter wins, whatever came
        later. What the person says afterwards counts as always, and splitting the two again loosens nothing.
        """
        both = {*self.choices, *other.choices}
        merge = {
            Choice(purpose, granted=False, row=row, received=received, event=event)
            for purpose in {choice.purpose for choice in both}
            if False in (self.choice(purpose), other.choice(purpose))
        }
        return ConsentState(_in_order(both | merge))


def allowed(state: ConsentState, purpose: Purpose, default: Default) -> bool:
    """Whether a purpose may be pursued: the person's own choice, else the default. An unknown purpose never is.

    >>> allowed(ConsentState(), "analytics", default_for("US")), allowed(ConsentState(), "analytics", default_for(""))
    (True, False)
    """
    chosen = state.choice(purpose)
    return default.get(purpose, False) if chosen is None else chosen


def default_for(region: str) -> Default:
    """The default of a country or a part of it (``"US-CA"``); strict where the region is unknown."""
    return REGIONS.get(region.upper().partition("-")[0], OPT_IN)


def _in_order(choices: set[Choice]) -> tuple[Choice, ...]:
    """By receipt; of two in one row the refusal comes last, so that it wins."""
    return tuple(sorted(choices, key=lambda choice: (choice.row, not choice.granted, choice.purpose, choice.event)))
