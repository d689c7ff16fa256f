"""The price of poisoning: how many visitors of one network may count for one item in a day. A fold, like `pace`.

A handful of invented visitors is enough to put a rare item beside any other: whoever co-visits the two is believed
(Yang, Gong & Cai 2017). Visitors cost nothing, networks do. So of each network (IPv4 /24, IPv6 /48), item and day

    max(most, a tenth of those who came from elsewhere)

visitors count; further ones are served and kept like all others, marked ``context["surge"] = true``, and left out of
popularity and of what is learned. Where everybody wants an item, everybody of a large office may still want it, too.
Networks live in memory, for the day, and are never stored. Each process of a server counts for itself.
"""

from __future__ import annotations

from collections import OrderedDict

from msgspec import Struct

from salience.events import AnyEvent, Cart, Click, Purchase, Rating, ShareItem, View

DAY_MS = 86_400_000
COUNTED = frozenset({View, Click, Cart, Purchase, Rating, ShareItem})
SHARE = 0.1
ALARM = 50
"""Visitors of one network over the limit of one item, in one day: a surge that somebody should look at."""
REMEMBERED = 300_000
"""Visitors remembered with what they came for; those of the networks that were quiet for longest are forgotten."""


class Surge(Struct, frozen=True):
    """``visitors`` of one network came for one item on one day, beyond those who count. Times are ms UTC."""

    network: str
    item: str
    visitors: int
    since: int
    last: int


class Surges:
    """Who counted for what today, by network. ``most`` 0: no limit. ``found``: today's surges, by network and item.

    >>> surges = Surges(most=2)
    >>> views = [View(id=str(n), anonymous=f"v{n}", item="tea") for n in range(4)]
    >>> [surges.over(view, "198.51.100.0", 0) for view in views]
    [False, False, True, True]
    >>> surges.over(views[0], "198.51.100.0", 1), surges.over(views[3], "203.0.113.0", 1)
    (False, False)
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._network: str
        self._here: dict[str, str | set[str]]
        self._remembered: int
        self._begin(0)

    def over(self, event: AnyEvent, network: str, now: int) -> bool:
        """Take in one event that came from a network; whether its visitor is one too many for its item today."""
        if type(event) not in COUNTED or not self.most or not network:
            return False
        if now >= self._until:
            self._begin(now // DAY_MS)
        item: str = event.item  # type: ignore[union-attr]  # those that count are about an item
        visitor = event.user or event.anonymous
        if network != self._network:
            self._network, self._here = network, self._networks.setdefault(network, {})
            self._networks.move_to_end(network)
        known = self._here.get(item)
        if known is None:
            self._here[item] = visitor
        else:
            several = {known} if isinstance(known, str) else known
            if visitor in several:
                return False
            if len(several) >= max(self.most, SHARE * (self._people[item] - len(several))):
                self._note(network, item, visitor, now)
                return True
            several.add(visitor)
            self._here[item] = several
        self._people[item] = self._people.get(item, 0) + 1
        self._remembered += 1
        if self._remembered > REMEMBERED:
            self._forget_some()
        return False

    def _begin(self, day: int) -> None:
        """A new day knows nothing of the last."""
        self._until = (day + 1) * DAY_MS
        self.found: dict[tuple[str, str], Surge] = {}
        # Network -> item -> who counted, alone or several. What comes together comes from one network.
        self._networks: OrderedDict[str, dict[str, str | set[str]]] = OrderedDict()
        self._network = ""
        self._here = {}
        self._extra: dict[tuple[str, str], set[str]] = {}
        self._people: dict[str, int] = {}
        self._remembered = 0

    def _forget_some(self) -> None:
        """The networks that nothing has come from for longest."""
        while self._remembered > REMEMBERED:
            network, items = self._networks.popitem(last=False)
            self._remembered -= sum(1 if isinstance(who, str) else len(who) for who in items.values())
            for item in items:
                self._extra.pop((network, item), None)
        if self._network not in self._networks:
            self._network = ""

    def _note(self, network: str, item: str, visitor: str, now: int) -> None:
        extra = self._extra.setdefault((network, item), set())
        if len(extra) < 10 * ALARM:  # memory has an end; that it is a surge is known by then
            extra.add(visitor)
        if len(extra) >= ALARM:
            before = self.found.get((network, item))
            since = before.since if before else now
            self.found[network, item] = Surge(network, item, len(extra), since, now)
