"""Who may do what: the roles that a key can have, and the rights of each. What is not listed is refused.

``write`` is the role of the public key, which may stand in a web page. ``secret`` is that of the owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

Right: TypeAlias = Literal["write", "secret", "view", "analyse", "market", "privacy"]
"""``write``: send events, decide for one's own browser. ``secret``: what servers do, for known people too. ``view``:
totals. ``analyse``: patterns, evaluations, models. ``market``: experiments, policies, audiences. ``privacy``: the
rights of the people whom data is about."""

Role: TypeAlias = Literal["write", "service", "viewer", "analyst", "marketer", "officer", "secret"]

MAY: Mapping[Role, frozenset[Right]] = {
    "write": frozenset({"write"}),
    "service": frozenset({"write", "secret"}),
    "viewer": frozenset({"view"}),
    "analyst": frozenset({"view", "analyse"}),
    "marketer": frozenset({"view", "analyse", "market"}),
    "officer": frozenset({"view", "privacy"}),
    "secret": frozenset(get_args(Right)),
}
"""Role -> its rights. docs/security.md prints the same table."""


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right; an unknown role has none.

    >>> may("analyst", "analyse"), may("analyst", "market"), may("write", "secret")
    (True, False, False)
    """
    return right in MAY.get(role, frozenset())
