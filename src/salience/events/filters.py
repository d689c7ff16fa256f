"""A small closed grammar of questions about items: ``{"op": "lt", "field": "price", "value": 20}``. Nothing is run.

``eq ne in lt le gt ge has`` ask about one field of the catalogue; ``not and or`` join them, four levels deep at most.
Fields are ``item``, ``title``, ``category``, ``price``, ``created`` (ms) and every attribute that an item may carry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from salience.events.fault import InvalidInput
from salience.events.kinds import Name

DEEPEST, LARGEST = 4, 100
"""Levels of ``not``, ``and``, ``or``; questions in one filter. More would be a program, and nobody could read it."""

Word: TypeAlias = Annotated[str, Meta(max_length=1024)]
Value: TypeAlias = Word | bool | int | float


class _Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op"):
    field: Name


class Eq(_Question, frozen=True, tag="eq"):
    """The field is ``value``; of several categories, one is."""

    value: Value


class Ne(_Question, frozen=True, tag="ne"):
    """Not ``eq``: also true of an item that says nothing of the field."""

    value: Value


class In(_Question, frozen=True, tag="in"):
    """The field is one of ``values``."""

    values: Annotated[tuple[Value, ...], Meta(min_length=1, max_length=1000)]


class Lt(_Question, frozen=True, tag="lt"):
    """The number is below ``value``; an item without the number is not."""

    value: float


class Le(_Question, frozen=True, tag="le"):
    """The number is ``value`` or below."""

    value: float


class Gt(_Question, frozen=True, tag="gt"):
    """The number is above ``value``."""

    value: float


class Ge(_Question, frozen=True, tag="ge"):
    """The number is ``value`` or above."""

    value: float


class Has(_Question, frozen=True, tag="has"):
    """The item says something of the field; with ``word``, its text has this word, e.g. among its tags."""

    word: Word = ""


class _Joined(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="op"):
    pass


class Not(_Joined, frozen=True, tag="not"):
    """``of`` does not hold."""

    of: Filter


class And(_Joined, frozen=True, tag="and"):
    """All of them hold."""

    of: Annotated[tuple[Filter, ...], Meta(min_length=1, max_length=LARGEST)]


class Or(_Joined, frozen=True, tag="or"):
    """At least one of them holds."""

    of: Annotated[tuple[Filter, ...], Meta(min_length=1, max_length=LARGEST)]


Question: TypeAlias = Eq | Ne | In | Lt | Le | Gt | Ge | Has
Filter: TypeAlias = Eq | Ne | In | Lt | Le | Gt | Ge | Has | Not | And | Or


def questions(of: Filter, parameter: str = "where", depth: int = 0) -> Iterator[tuple[str, Question]]:
    """Every question of a filter with its place, e.g. ``where.of[1]``; `InvalidInput` where it is nested too deep.

    >>> [place for place, _ in questions(And(of=(Eq(field="brand", value="x"), Not(of=Has(field="sale")))))]
    ['where.of[0]', 'where.of[1].of']
    """
    if depth > DEEPEST:
        raise InvalidInput(parameter, "", f"a filter has at most {DEEPEST} levels", "write it flatter")
    if isinstance(of, Not):
        yield from questions(of.of, f"{parameter}.of", depth + 1)
    elif isinstance(of, And | Or):
        for place, part in enumerate(of.of):
            yield from questions(part, f"{parameter}.of[{place}]", depth + 1)
    else:
        yield parameter, of
