"""Ids as numbers: a frozen map that every table and model of one data set shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from salience.events.fault import NotFound


@dataclass(frozen=True, eq=False)
class IdMap:
    """A frozen, ordered set of ids; an id's code is its place in it.

    >>> ids = IdMap.of(["b", "a", "b"])
    >>> ids.names, ids.code("a"), len(ids)
    (('b', 'a'), 1, 2)
    """

    names: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> IdMap:
        """The distinct names, in order of first appearance."""
        return cls(tuple(dict.fromkeys(names)))

    @cached_property
    def codes(self) -> dict[str, int]:
        """Id -> code."""
        return {name: code for code, name in enumerate(self.names)}

    def code(self, name: str, parameter: str = "id") -> int:
        """The code of a name; an unknown one is the caller's fault."""
        code = self.codes.get(name)
        if code is None:
            raise NotFound(parameter, name, f"not among the {len(self.names):,} known ids")
        return code

    def __len__(self) -> int:
        return len(self.names)
