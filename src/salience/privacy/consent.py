"""Consent as an append-only state machine: every choice is kept, the later receipt wins, doubt is on the strict side.

What counts is when a choice was *received*, not when a clock far away says it was made: a revocation that carries an
older date than the grant before it still revokes (and a sender cannot date a grant into the future to make it last).

A signal (`events.Signal`) is kept as a choice of the name ``!signal`` that is refused while the signal is on. So for
every name "refused" is the stricter side, and one rule merges them all.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from salience.events import Consent
from salience.privacy.regions import Default, Purpose

SIGNAL = "!"
OPT_OUT_SIGNAL, MINOR = "!opt_out", "!minor"


class Choice(Struct, frozen=True):
    """One received choice about one purpose or signal. ``row``: its number in the log, which is the order of receipt.

    ``event`` is the receipt: the consent event of this id holds notice, version, wording, method, page and strings.
    """

    purpose: str
    granted: bool
    row: int
    received: int
    event: str
    notice: str = ""
    region: str = ""
    guardian: str = ""


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
        said = {**event.purposes, **{SIGNAL + signal: not on for signal, on in event.signals.items()}}
        if event.after_conflict and event.user and event.purposes.get("sharing"):
            # 11 CCR 7025(c)(3): only a fresh, informed consent of a known person beats the opt-out that stands.
            said.setdefault(OPT_OUT_SIGNAL, True)
        new = {
            Choice(name, granted, row, event.received, event.id, event.notice, event.region, event.guardian)
            for name, granted in said.items()
        }
        return self.with_choices(new)

    def with_choices(self, more: Iterable[Choice]) -> ConsentState:
        """These choices and more; one that is known already counts once."""
        return ConsentState(_in_order({*self.choices, *more}))

    def choice(self, purpose: str, *, at: int | None = None) -> bool | None:
        """The latest choice received (by ``at`` ms, if given); None while the person has said nothing."""
        found = self.latest(purpose, at=at)
        return None if found is None else found.granted

    def latest(self, purpose: str, *, at: int | None = None) -> Choice | None:
        """That choice with its receipt."""
        for choice in reversed(self.choices):
            if choice.purpose == purpose and (at is None or choice.received <= at):
                return choice
        return None

    def on(self, signal: str, *, at: int | None = None) -> bool:
        """Whether a signal is on."""
        return self.choice(SIGNAL + signal, at=at) is False

    @property
    def region(self) -> str:
        """The region that was named last."""
        return next((choice.region for choice in reversed(self.choices) if choice.region), "")

    @property
    def guardian(self) -> str:
        """The guardian's consent that was named last, for a minor."""
        return next((choice.guardian for choice in reversed(self.choices) if choice.guardian), "")

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

    >>> from salience.privacy.regions import default_for
    >>> allowed(ConsentState(), "analytics", default_for("US")), allowed(ConsentState(), "analytics", default_for(""))
    (True, False)
    """
    chosen = state.choice(purpose)
    return default.get(purpose, False) if chosen is None else chosen


def _in_order(choices: set[Choice]) -> tuple[Choice, ...]:
    """By receipt; of two in one row the refusal comes last, so that it wins."""
    return tuple(sorted(choices, key=lambda choice: (choice.row, not choice.granted, choice.purpose, choice.event)))
