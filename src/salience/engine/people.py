"""Who may be what: the one place where the engine asks for a person's consent, and where late data of the erased ends.

It answers from the fold of the log (`follow.Follower`), so what a person chose counts from the next request on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

from msgspec import structs

from salience.collect.consent import Verdict
from salience.events import ANONYMOUS, Alias, AnyEvent, Consent, Identify
from salience.events.reading import Reading
from salience.events.written import Written
from salience.follow import Follower
from salience.privacy.consent import ConsentState
from salience.privacy.policy import ALWAYS, Policy
from salience.privacy.sensitive import without
from salience.privacy.standing import USES, Ruling, Use
from salience.privacy.suppression import Suppression
from salience.settings import Settings

SUPPRESSED = "suppressed: this person was erased, and this happened before"
GPC = "gpc"


def policy_of(settings: Settings) -> Policy:
    """The settings about people, as the rules read them."""
    return Policy(
        settings.region,
        settings.personalise_by_default,
        frozenset(settings.sensitive_traits),
        frozenset(settings.sensitive_categories),
        frozenset(settings.forbidden_traits),
    )


class People:
    """Rulings for one workspace. ``follower`` is replaced when the log is folded anew."""

    def __init__(self, follower: Follower, suppression: Suppression) -> None:
        self.follower, self.suppression = follower, suppression
        silent = ConsentState()
        self._silent = {use: follower.policy.may(silent, use) for use in USES}

    @property
    def policy(self) -> Policy:
        """The workspace's rules."""
        return self.follower.policy

    def state(self, subject: str) -> ConsentState:
        """What this person has said, under any of their ids."""
        return self.follower.consents.of(subject)

    def may(self, subject: str, use: Use) -> Ruling:
        """Whether a use is allowed for this person, and what decided."""
        return self._ruled(subject, self.state(subject), use)

    def _ruled(self, subject: str, state: ConsentState, use: Use) -> Ruling:
        """Most people have said nothing: what holds for them was worked out once."""
        return self.follower.rulings.may(subject, state, use) if state.choices else self._silent[use]

    def fit_to_see(self, reading: Reading, subject: str) -> Reading:
        """The reading without what tells something sensitive of a person who did not agree to that."""
        categories = self.policy.sensitive_categories
        if not categories or self.may(subject, "sensitive").allowed:
            return reading
        return without(reading, categories)

    def judge(self) -> Callable[[AnyEvent], Verdict]:
        """A judge for the events of one batch, which may hold a choice and what follows it."""
        within: dict[str, ConsentState] = {}
        newest = self.suppression.newest

        def judged(event: AnyEvent) -> Verdict:
            kind, subject = type(event), event.subject
            if event.time <= newest and any(self.suppression.covers(name, event.time) for name in _names(event)):
                return Verdict(None, SUPPRESSED)
            if isinstance(event, Consent):
                before = within.get(subject) or self.state(subject)
                within[subject] = before.after(_LATER + len(within), event)
            if kind in ALWAYS:
                return Verdict(event)
            state = (within.get(subject) if within else None) or self.state(subject)
            ruling = self._ruled(subject, state, "store")
            if not ruling.allowed:
                return Verdict(None, f"no consent: {ruling.because}")
            if isinstance(event, Identify) and self.policy.looks_at_traits(event, state):
                kept, faults = self.policy.kept_traits(event.traits, state)
                return Verdict(structs.replace(event, traits=kept), warning="; ".join(faults))
            return Verdict(event)

        return judged

    def all_may_store(self, rows: Sequence[AnyEvent | Written], kinds: AbstractSet[type[AnyEvent]]) -> bool:
        """Whether a batch surely passes the gate as it is: deeds alone, after any erasure, of people who allow it.

        ``kinds``: of the events that the rows are of.
        """
        if not _ASKED.isdisjoint(kinds) or min([row.time for row in rows], default=0) <= self.suppression.newest:
            return False
        subjects = {row.subject for row in rows}
        chose = self.follower.consents.spoken(subjects)
        if not self._silent["store"].allowed and len(chose) < len(subjects):
            return False
        return all(self._ruled(name, state, "store").allowed for name, state in chose.items())

    @property
    def nobody_said_anything(self) -> bool:
        """Whether the gate can be left open: no choice, no erasure, a default that allows to store."""
        consents, policy = self.follower.consents, self.policy
        watched = policy.sensitive_traits or policy.forbidden_traits
        return not consents and not self.suppression and not watched and policy.may(ConsentState(), "store").allowed

    def opt_outs(self, events: Iterable[AnyEvent], now: int, name: Callable[[str], str]) -> list[Consent]:
        """The opt-outs that a browser's header says for the people of these events, where they are not known yet."""
        subjects = {event.subject: event for event in events if event.subject}
        return [
            Consent(
                id=f"{GPC}-{name(subject)}",
                user=event.user,
                anonymous="" if event.user else event.anonymous,
                time=now,
                received=now,
                source=GPC,
                signals={"opt_out": True},
                method=GPC,
            )
            for subject, event in subjects.items()
            if not self.state(subject).on("opt_out")
        ]


_ASKED = frozenset({Identify, Alias, *ALWAYS})
"""Kinds that change, or may lose, something at the gate."""
_LATER = 1 << 60
"""A row number beyond any of the log: what stands in the same batch was received last."""


def _names(event: AnyEvent) -> tuple[str, ...]:
    """Every id of a person that an event carries."""
    names = [event.subject]
    if event.user and event.anonymous:
        names.append(ANONYMOUS + event.anonymous)
    if isinstance(event, Alias):
        names.append(event.previous)
    return tuple(name for name in names if name)
