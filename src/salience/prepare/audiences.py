"""Segments by the shop's own rules, kept up to date by events: each event moves the few numbers its rules ask about.

For a question "did it at least n times within d days" the n newest moments of a person are enough: it holds while the
oldest of these is not older than d days. So nothing has to be counted again at midnight: who is in a segment is
answered for any moment, from numbers that only events change.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence

from salience.events import AnyEvent, Item, Purchase, Scalar
from salience.events.audience import (
    AllOf,
    AnyOf,
    Atom,
    Condition,
    Did,
    InSegment,
    NoneOf,
    SegmentRule,
    Silent,
    Spent,
    atoms,
)
from salience.events.filters import Eq, Ge, Gt, Has, In, Le, Lt, Ne
from salience.prepare.activity import DAY_MS
from salience.prepare.deeds import DEEDS, step_of

Traits = Mapping[str, Scalar]


class Audiences:
    """The folds of all rules. Order of events does not matter; each event comes once, as the log has it.

    >>> from salience.events import Purchase
    >>> kept = Audiences((SegmentRule(name="buyers", when=Did(what="purchase", at_least=2, within_days=10)),))
    >>> for n, day in enumerate((1, 5)):
    ...     kept.apply(Purchase(id=str(n), user="ann", item="tea", time=day * DAY_MS))
    >>> [kept.holds("buyers", ("ann",), {}, day * DAY_MS) for day in (5, 11, 12)]
    [True, True, False]
    """

    def __init__(self, rules: Sequence[SegmentRule] = ()) -> None:
        self.rules = {rule.name: rule for rule in rules}
        found = [atom for rule in rules for _, atom in atoms(rule.when)]
        self._did = {atom: dict[str, list[int]]() for atom in found if isinstance(atom, Did)}
        self._spent = {atom: dict[str, list[tuple[int, float]]]() for atom in found if isinstance(atom, Spent)}
        self._by_step: dict[str, list[Did]] = {}
        for did in self._did:
            self._by_step.setdefault(did.what, []).append(did)
        self._last: dict[str, int] = {}
        self._categories: dict[str, tuple[int, tuple[str, ...]]] = {}

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def seen(self) -> list[str]:
        """Every id that did something."""
        return list(self._last)

    def apply(self, event: AnyEvent) -> None:
        """Let one event move what it moves. An item's category is the one it has when the event comes."""
        if isinstance(event, Item):
            known = self._categories.get(event.item)
            if known is None or event.time >= known[0]:
                self._categories[event.item] = event.time, event.categories
            return
        if not isinstance(event, DEEDS) or not event.subject or event.context.get("bot"):
            return
        who, when = event.subject, event.time or event.received
        self._last[who] = max(when, self._last.get(who, when))
        item = getattr(event, "item", "")
        for did in self._by_step.get(step_of(event), ()):
            if self._matches(did, item):
                times = self._did[did].setdefault(who, [])
                insort(times, when)
                del times[: -did.at_least]
        if isinstance(event, Purchase) and event.price:
            for spent, people in self._spent.items():
                _pay(people.setdefault(who, []), when, event.price * event.quantity, spent.within_days)

    def _matches(self, did: Did, item: str) -> bool:
        if did.item and did.item != item:
            return False
        return not did.category or did.category in self._categories.get(item, (0, ()))[1]

    def holds(self, segment: str, ids: Sequence[str], traits: Traits, now: int) -> bool:
        """Whether a person (all their ids, and what is known of them) is in the segment at ``now`` (ms)."""
        return self._holds(self.rules[segment].when, ids, traits, now)

    def of(self, ids: Sequence[str], traits: Traits, now: int) -> tuple[str, ...]:
        """Every segment that the person is in."""
        return tuple(name for name in self.rules if self.holds(name, ids, traits, now))

    def forget(self, subjects: Iterable[str]) -> None:
        """Drop what is known of these ids."""
        for who in subjects:
            self._last.pop(who, None)
            for people in (*self._did.values(), *self._spent.values()):
                people.pop(who, None)  # type: ignore[attr-defined]

    def _holds(self, of: Condition, ids: Sequence[str], traits: Traits, now: int) -> bool:
        if isinstance(of, NoneOf):
            return not self._holds(of.of, ids, traits, now)
        if isinstance(of, AllOf):
            return all(self._holds(part, ids, traits, now) for part in of.of)
        if isinstance(of, AnyOf):
            return any(self._holds(part, ids, traits, now) for part in of.of)
        if isinstance(of, InSegment):
            return self._holds(self.rules[of.name].when, ids, traits, now)
        return self._answer(of, ids, traits, now)

    def _answer(self, atom: Atom, ids: Sequence[str], traits: Traits, now: int) -> bool:
        if isinstance(atom, Did):
            times = sorted(time for who in ids for time in self._did[atom].get(who, ()) if time <= now)
            if len(times) < atom.at_least:
                return False
            return atom.within_days is None or times[-atom.at_least] >= now - atom.within_days * DAY_MS
        if isinstance(atom, Spent):
            since = 0.0 if atom.within_days is None else now - atom.within_days * DAY_MS
            paid = (value for who in ids for time, value in self._spent[atom].get(who, ()) if since <= time <= now)
            return sum(paid) >= atom.at_least
        if isinstance(atom, Silent):
            known = [self._last[who] for who in ids if who in self._last]
            return bool(known) and max(known) <= now - atom.days * DAY_MS
        return _trait(atom, traits)


def _pay(paid: list[tuple[int, float]], when: int, value: float, within_days: float | None) -> None:
    """One more payment; without a window the sum is enough, with one those that fell out of it go."""
    if within_days is None:
        paid[:] = (
            [(min(when, *(time for time, _ in paid)), value + sum(v for _, v in paid))] if paid else [(when, value)]
        )
        return
    insort(paid, (when, value))
    oldest = paid[-1][0] - within_days * DAY_MS
    while paid[0][0] < oldest:
        del paid[0]


def _trait(atom: Atom, traits: Traits) -> bool:
    """A question about a trait; a missing one answers no, to all but ``ne``."""
    assert isinstance(atom, Eq | Ne | In | Lt | Le | Gt | Ge | Has)  # noqa: S101 - the others are answered above
    value = traits.get(atom.field)
    match atom:
        case Eq(value=wanted):
            return value is not None and value == wanted
        case Ne(value=wanted):
            return value != wanted
        case In(values=wanted):
            return value is not None and value in wanted
        case Has(word=word):
            return value is not None and (not word or word.casefold() in str(value).casefold().split())
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return {
        Lt: value < atom.value,
        Le: value <= atom.value,
        Gt: value > atom.value,
        Ge: value >= atom.value,
    }[type(atom)]
