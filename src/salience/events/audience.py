"""A small closed grammar of questions about people, for segments that a shop names itself. Nothing is run.

    [[segments]]
    name = "tea lovers who fell silent"
    when = {op = "and", of = [
      {op = "did", what = "purchase", category = "tea", at_least = 2, within_days = 365},
      {op = "silent", days = 30},
      {op = "eq", field = "country", value = "GB"},
    ]}

``did spent silent`` ask what somebody did, ``in-segment`` about another segment, and ``eq ne in lt le gt ge has`` about
a trait (`salience.events.filters`); ``not and or`` join them, four levels deep at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from salience.events.fault import InvalidInput
from salience.events.filters import DEEPEST, LARGEST, Eq, Ge, Gt, Has, In, Le, Lt, Ne
from salience.events.kinds import Name, OptionalId

Within: TypeAlias = Annotated[float, Meta(gt=0, le=36_500)] | None
MOST = 1000
"""Deeds that ``did`` can ask for: so many moments are kept per person."""


class Did(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="did"):
    """Did ``what`` (a kind of event such as ``purchase``, or an action's own name) at least so often.

    ``item`` or ``category`` narrow it down; ``within_days`` looks at the last so many days only.
    """

    what: Name
    item: OptionalId = ""
    category: Annotated[str, Meta(max_length=128)] = ""
    at_least: Annotated[int, Meta(ge=1, le=MOST)] = 1
    within_days: Within = None


class Spent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="spent"):
    """Paid at least so much, in all or in the last ``within_days`` days."""

    at_least: Annotated[float, Meta(gt=0)]
    within_days: Within = None


class Silent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="silent"):
    """Was there once, and did nothing at all in the last ``days`` days."""

    days: Annotated[float, Meta(gt=0, le=36_500)]


class InSegment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="in-segment"):
    """Is in another segment of the shop."""

    name: Name


class NoneOf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="not"):
    """``of`` does not hold."""

    of: Condition


class AllOf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="and"):
    """All of them hold."""

    of: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=LARGEST)]


class AnyOf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op", tag="or"):
    """At least one of them holds."""

    of: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=LARGEST)]


Atom: TypeAlias = Did | Spent | Silent | InSegment | Eq | Ne | In | Lt | Le | Gt | Ge | Has
Condition: TypeAlias = (
    Did | Spent | Silent | InSegment | Eq | Ne | In | Lt | Le | Gt | Ge | Has | NoneOf | AllOf | AnyOf
)


class SegmentRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A segment: everybody for whom ``when`` holds, at every moment."""

    name: Name
    when: Condition


def atoms(of: Condition, parameter: str = "when", depth: int = 0) -> Iterator[tuple[str, Atom]]:
    """Every question with its place; `InvalidInput` where it is nested too deep.

    >>> rule = AllOf(of=(Silent(days=30), NoneOf(of=Did(what="purchase"))))
    >>> [place for place, _ in atoms(rule)]
    ['when.of[0]', 'when.of[1].of']
    """
    if depth > DEEPEST:
        raise InvalidInput(parameter, "", f"a condition has at most {DEEPEST} levels", "write it flatter")
    if isinstance(of, NoneOf):
        yield from atoms(of.of, f"{parameter}.of", depth + 1)
    elif isinstance(of, AllOf | AnyOf):
        for place, part in enumerate(of.of):
            yield from atoms(part, f"{parameter}.of[{place}]", depth + 1)
    else:
        yield parameter, of


def check(rules: Sequence[SegmentRule]) -> None:
    """`InvalidInput` for names that come twice, too many questions, unknown segments and segments that go in a ring."""
    names = [rule.name for rule in rules]
    asks: dict[str, list[str]] = {}
    for at, rule in enumerate(rules):
        if names.count(rule.name) > 1:
            raise InvalidInput(f"segments[{at}].name", rule.name, "stands twice", "give each segment a name of its own")
        found = list(atoms(rule.when, f"segments[{at}].when"))
        if len(found) > LARGEST:
            raise InvalidInput(f"segments[{at}].when", len(found), f"asks more than {LARGEST} questions", "split it")
        for place, atom in found:
            if isinstance(atom, InSegment):
                if atom.name not in names:
                    raise InvalidInput(place, atom.name, "is no segment", f"segments: {', '.join(names)}")
                asks.setdefault(rule.name, []).append(atom.name)
    for at, name in enumerate(names):
        _walk(name, asks, (), at)


def _walk(name: str, asks: Mapping[str, Sequence[str]], path: tuple[str, ...], at: int) -> None:
    if name in path:
        ring = " -> ".join((*path[path.index(name) :], name))
        raise InvalidInput(f"segments[{at}].when", name, f"asks about itself: {ring}", "break the ring")
    for other in asks.get(name, ()):
        _walk(other, asks, (*path, name), at)
