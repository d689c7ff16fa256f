"""Filters against the catalogue: checked with did-you-mean at the edge, then answered as one mask over all items."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from salience.events import InvalidInput, RecommendRequest
from salience.events.filters import And, Eq, Filter, Ge, Gt, Has, In, Le, Lt, Ne, Not, Question, questions
from salience.recommend.shelf import Column, Shelf

Mask = NDArray[np.bool_]


def check(request: RecommendRequest, shelf: Shelf) -> None:
    """`InvalidInput` for a field or category that no item has, or a comparison that the field does not allow.

    An empty catalogue refuses nothing: the page may be asked before the shop has been imported.
    """
    request.checked()
    asked = [("where", request.where)] if request.where is not None else []
    asked += [(f"rules[{at}].when", rule.when) for at, rule in enumerate(request.rules)]
    for parameter, one in asked:
        for place, question in questions(one, parameter):
            _check_question(place, question, shelf)
    for at, category in enumerate(request.categories):
        _check_category(f"categories[{at}]", category, shelf)
    for at, floor in enumerate(request.floors):
        check_field(f"floors[{at}].field", floor.field, shelf)
    if request.objective is not None:
        check_field("objective.field", request.objective.field, shelf)
        if not np.isfinite(shelf.column(request.objective.field).numbers).any() and _described(shelf):
            raise InvalidInput("objective.field", request.objective.field, "holds no numbers", "name a number field")


def check_field(parameter: str, name: str, shelf: Shelf) -> None:
    """`InvalidInput` unless some item has the field."""
    if name not in shelf.fields and _described(shelf):
        rule = "no item of the catalogue has this field"
        way_out = _near(name, shelf.fields, "fields: " + ", ".join(sorted(shelf.fields)))
        raise InvalidInput(parameter, name, rule, way_out)


def matches(filter_: Filter, shelf: Shelf) -> Mask:
    """Which items the filter matches, (items,)."""
    if isinstance(filter_, Not):
        return ~matches(filter_.of, shelf)
    if isinstance(filter_, And):
        return np.asarray(np.logical_and.reduce([matches(part, shelf) for part in filter_.of]))
    if isinstance(filter_, (Eq, Ne, In, Lt, Le, Gt, Ge, Has)):
        return _answer(filter_, shelf.column(filter_.field))
    return np.asarray(np.logical_or.reduce([matches(part, shelf) for part in filter_.of]))


def _answer(question: Question, column: Column) -> Mask:
    mask = np.zeros(len(column.numbers), dtype=bool)
    match question:
        case Eq(value=value) | Ne(value=value):
            mask[column.places.get(value, _NONE)] = True
            return ~mask if isinstance(question, Ne) else mask
        case In(values=values):
            for value in values:
                mask[column.places.get(value, _NONE)] = True
        case Has(word=""):
            for codes in column.places.values():
                mask[codes] = True
        case Has(word=word):
            mask[column.words.get(word.casefold(), _NONE)] = True
        case _:
            return np.asarray(_COMPARE[type(question)](column.numbers, question.value))  # NaN compares as false
    return mask


_COMPARE = {Lt: np.less, Le: np.less_equal, Gt: np.greater, Ge: np.greater_equal}
_NONE = np.empty(0, np.int64)


def _check_question(place: str, question: Question, shelf: Shelf) -> None:
    check_field(f"{place}.field", question.field, shelf)
    if question.field == "category":
        named = question.values if isinstance(question, In) else (getattr(question, "value", None),)
        for value in named:
            if isinstance(value, str):
                _check_category(f"{place}.value", value, shelf)
    numbers = np.isfinite(shelf.column(question.field).numbers).any()
    if isinstance(question, Lt | Le | Gt | Ge) and not numbers and _described(shelf):
        rule = f"{question.field} holds no numbers, and lt, le, gt, ge compare numbers"
        raise InvalidInput(f"{place}.field", question.field, rule, "use eq, ne, in or has")


def _check_category(place: str, name: str, shelf: Shelf) -> None:
    known = [value for value in shelf.column("category").places if isinstance(value, str)]
    if known and name not in known:
        way_out = _near(name, known, "categories: " + ", ".join(sorted(known)[:20]))
        raise InvalidInput(place, name, "no item of the catalogue is in this category", way_out)


def _described(shelf: Shelf) -> bool:
    return any(card is not None for card in shelf.cards)


def _near(word: str, known: frozenset[str] | list[str], otherwise: str) -> str:
    folded = {name.casefold(): name for name in known}
    found = get_close_matches(word.casefold(), folded, n=1)
    return f"did you mean {folded[found[0]]}?" if found else otherwise
