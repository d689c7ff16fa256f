"""Which ids are one person: an append-only graph of links, and what its links say at any moment. Pure, no I/O.

An id says by its first letters what it is: ``device:``, ``anon:``, ``email:`` and ``loyalty:`` are devices, visitors,
addresses (hashed) and cards; everything else is an account. A link says that two ids are one person, and only these
rules turn links into people:

1. Accounts are one person only if an alias says so. Nothing else ever joins two accounts.
2. Every other id belongs to the nearest account, counted in links.
3. An id that lies equally near to two accounts is *shared* (a family's tablet, a borrowed card): it stands alone.
4. Where there is no account, linked ids are one person.

Nothing is taken out of the graph. A split or an undo is one more entry, which makes links void; an undo of that makes
them good again. Links count by their own time, so the order in which entries arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping
from typing import NamedTuple

from salience.events.kinds import ANONYMOUS, Alias, Event, Identify, Split, Undo
from salience.events.write import Cut, Merge, Void

PREFIXES: Mapping[str, str] = {
    ANONYMOUS: "anonymous",
    "device:": "device",
    "email:": "email",
    "loyalty:": "loyalty",
}
"""How ids of each kind begin."""

CROWD = 20
"""More ids than one person plausibly has: an alarm."""

BURST, BURST_MS = 10, 3_600_000
"""So many links of one id within an hour are a machine's or a mistake's: an alarm."""


KEPT = 16
"""Links of one pair that are kept, the newest: whoever signs in every day says the same every day."""


LINKING = (Alias, Identify, Split, Undo)
"""The kinds of event that say who is who."""


class Alarm(NamedTuple):
    """A merge that somebody should look at. ``what``: shared, crowd, burst, accounts or again; ``time`` of the newest
    link in it, ms UTC."""

    what: str
    ids: tuple[str, ...]
    said: str
    time: int


def kind_of(name: str) -> str:
    """What an id is.

    >>> kind_of("loyalty:77"), kind_of("ann")
    ('loyalty', 'account')
    """
    head, colon, _ = name.partition(":")
    return PREFIXES.get(head + colon, "account")


def links(event: Event) -> Iterator[Merge | Cut | Void]:
    """What an event says of who is who: an alias, a sign-in, the other ids of somebody, a split, an undo."""
    if isinstance(event, Alias):
        if event.user:
            yield Merge(event.previous, event.user, event.id, event.time, event.received)
    elif isinstance(event, Identify):
        names = [f"{kind}:{name}" for kind, name in event.ids.items()]
        if event.user and event.anonymous:
            names.append(ANONYMOUS + event.anonymous)
        for name in names:
            if event.subject and name != event.subject:
                yield Merge(name, event.subject, event.id, event.time, event.received)
    elif isinstance(event, Split):
        yield Cut(event.apart, event.id, event.time)
    elif isinstance(event, Undo):
        yield Void(event.of, event.id, event.time)


class Identity:
    """The graph of one workspace.

    >>> graph = Identity()
    >>> graph.apply(Merge("anon:7", "ann", "e1", 10, 10))
    >>> graph.apply(Merge("loyalty:9", "ann", "e2", 11, 11))
    >>> graph.members("anon:7"), graph.name("loyalty:9")
    (('ann', 'anon:7', 'loyalty:9'), 'ann')
    >>> graph.apply(Cut(("anon:7",), "e3", 12))
    >>> graph.members("ann"), graph.members("anon:7")
    (('ann', 'loyalty:9'), ('anon:7',))
    """

    def __init__(self) -> None:
        self._links: dict[str, dict[str, list[Merge]]] = {}
        self._cuts: dict[str, list[Cut]] = {}
        self._voids: dict[str, list[Void]] = {}
        self._people: dict[str, tuple[str, ...]] = {}
        self._connected: dict[str, list[str]] = {}

    def apply(self, write: Merge | Cut | Void) -> None:
        """One more entry."""
        if isinstance(write, Merge):
            self._link(write)
            return
        if isinstance(write, Cut):
            for name in write.apart:
                self._cuts.setdefault(name, []).append(write)
        else:
            self._voids.setdefault(write.of, []).append(write)
        self._people.clear()
        self._connected.clear()  # splits are rare: whoever is asked for next is worked out anew

    def touched(self, write: Merge | Cut | Void) -> set[str]:
        """Every id whose person may change by this entry; none where it says again what holds already."""
        ends: tuple[str, ...]
        if isinstance(write, Merge):
            pair = self._links.get(write.source, {}).get(write.into, ())
            ends = () if any(self._holds(link) for link in pair) else (write.source, write.into)
        else:
            ends = write.apart if isinstance(write, Cut) else tuple(self._named(write.of))
        return {name for end in ends for name in (end, *self._around(end))}

    def _named(self, event: str) -> Iterator[str]:
        """The ids that an event linked or cut off, or that an entry which it voids did."""
        events, left = {event}, [event]
        while left:
            last = left.pop()
            found = {of for of, voids in self._voids.items() if any(void.event == last for void in voids)} - events
            events |= found
            left += found
        for name, others in self._links.items():
            if any(link.event in events for links_ in others.values() for link in links_):
                yield name
        yield from (name for name, cuts in self._cuts.items() if any(cut.event in events for cut in cuts))

    def _link(self, link: Merge) -> None:
        if link.source == link.into:
            return
        found = self._links.setdefault(link.source, {}).get(link.into)
        if found is None:  # both directions of a pair share one list
            found = self._links[link.source][link.into] = []
            self._links.setdefault(link.into, {})[link.source] = found
        held = any(self._holds(one) for one in found)
        found.append(link)
        if len(found) > KEPT:
            found.remove(min(found, key=lambda one: (one.time, one.event)))
        if not held:  # whoever is anyhow connected may be affected, also a shared id that stands alone
            for end in (link.source, link.into):
                for name in self._connected.get(end, ()):
                    self._people.pop(name, None)
                    self._connected.pop(name, None)

    # --- who is who ---------------------------------------------------------------------------------------------------

    def members(self, name: str) -> tuple[str, ...]:
        """All ids of the person that an id belongs to, in order of the alphabet, its own among them."""
        if name not in self._links:
            return (name,)
        found = self._people.get(name)
        if found is None:
            people = self._worked_out(name)
            connected = [one for person in people for one in person]
            for person in people:
                self._people.update(dict.fromkeys(person, person))
            self._connected.update(dict.fromkeys(connected, connected))
            found = self._people[name]
        return found

    def linked(self, name: str) -> bool:
        """Whether an id was ever linked to another; if not, it is a person of its own."""
        return name in self._links

    def name(self, name: str) -> str:
        """The one name of the person: an account first, then an id never given up for another, then the alphabet."""
        members = self.members(name)
        if len(members) == 1:
            return name
        mine = set(members)
        given_up = {
            link.source
            for one in members
            for other, found in self._links[one].items()
            if other in mine
            for link in found
            if self._holds(link)
        }
        return min(members, key=lambda one: (kind_of(one) != "account", one in given_up, one))

    def entries(self, name: str) -> list[tuple[Merge, bool]]:
        """Every link of the ids around an id, oldest first, and whether it still holds: what a split would look at."""
        found = {id(link): link for one in self._around(name) for all_ in self._links[one].values() for link in all_}
        ordered = sorted(found.values(), key=lambda link: (link.time, link.event, link.source))
        return [(link, self._holds(link)) for link in ordered]

    def ids(self) -> KeysView[str]:
        """Every id that was ever linked."""
        return self._links.keys()

    def names(self) -> dict[str, str]:
        """Linked id -> the one name of its person, for all who have more than one id."""
        return {one: self.name(one) for one in sorted(self._links) if len(self.members(one)) > 1}

    def alarms(self) -> list[Alarm]:
        """Merges that somebody should look at, newest first."""
        found: set[Alarm] = set()
        for name in sorted(self._links):
            good = [link for all_ in self._links[name].values() for link in all_ if self._holds(link)]
            found.update(self._of_id(name, good))
            members = self.members(name)
            if len(members) > CROWD and name == members[0]:
                newest = max(link.time for one in members for all_ in self._links[one].values() for link in all_)
                said = f"{len(members):,} ids are one person; more than {CROWD} is rare"
                found.add(Alarm("crowd", members[: CROWD + 1], said, newest))
        return sorted(found, key=lambda alarm: (-alarm.time, alarm))

    def _of_id(self, name: str, good: list[Merge]) -> Iterator[Alarm]:
        """The alarms about the links of one id."""
        ends = {link.source if link.into == name else link.into for link in good}
        owners = sorted({self.members(end) for end in ends if kind_of(end) == "account"})
        newest = max((link.time for link in good), default=0)
        if kind_of(name) != "account" and len(owners) > 1:
            said = f"belongs to {len(owners)} accounts, so it stands alone"
            yield Alarm("shared", (name, *sorted(ends)[:CROWD]), said, newest)
        times = sorted(link.time for link in good)
        if any(late - early <= BURST_MS for early, late in zip(times, times[BURST - 1 :], strict=False)):
            yield Alarm("burst", (name,), f"{BURST} links or more within an hour", newest)
        for link in good:
            if kind_of(link.source) == kind_of(link.into) == "account":
                yield Alarm("accounts", (link.source, link.into), "two accounts are one person, by an alias", link.time)
            if any(self._crosses(cut, link) for end in (link.source, link.into) for cut in self._cuts.get(end, ())):
                yield Alarm("again", (link.source, link.into), "linked again after they were split", link.time)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _holds(self, link: Merge) -> bool:
        """Whether no undo that holds names the link's event, and no split that holds lies between its ends."""
        if self._undone(link.event, (-1, "")):
            return False
        cuts = (cut for end in (link.source, link.into) for cut in self._cuts.get(end, ()))
        return not any(
            cut.time >= link.time and self._crosses(cut, link) and not self._undone(cut.event, (-1, "")) for cut in cuts
        )

    @staticmethod
    def _crosses(cut: Cut, link: Merge) -> bool:
        return (link.source in cut.apart) != (link.into in cut.apart)

    def _undone(self, event: str, after: tuple[int, str]) -> bool:
        """An undo can be undone by a later one, so this ends: each step looks at later undos only."""
        voids = self._voids.get(event, ())
        return any(
            (void.time, void.event) > after and not self._undone(void.event, (void.time, void.event)) for void in voids
        )

    def _near(self, name: str) -> Iterator[str]:
        """The ids that a link which holds joins to this one."""
        return (other for other, found in self._links[name].items() if any(self._holds(link) for link in found))

    def _around(self, name: str) -> set[str]:
        """Every id that can be reached over any link ever made."""
        found, left = {name} & self._links.keys(), [name] if name in self._links else []
        while left:
            for other in self._links[left.pop()]:
                if other not in found:
                    found.add(other)
                    left.append(other)
        return found

    def _worked_out(self, start: str) -> list[tuple[str, ...]]:
        """The people among the ids that links which hold join to ``start``, by the rules above."""
        near: dict[str, list[str]] = {}
        left = [start]
        while left:
            name = left.pop()
            if name not in near:
                near[name] = sorted(self._near(name))
                left += near[name]
        accounts = [name for name in sorted(near) if kind_of(name) == "account"]
        owner: dict[str, str] = {}
        between = {name: [other for other in near[name] if kind_of(other) == "account"] for name in accounts}
        for name in accounts:
            _spread(name, name, owner, between)
        edge, shared = accounts, set[str]()
        while edge:  # outwards, one link at a time
            claims: dict[str, set[str]] = {}
            for name in edge:
                for other in near[name]:
                    if other not in owner and other not in shared:
                        claims.setdefault(other, set()).add(owner[name])
            edge = sorted(name for name, owners in claims.items() if len(owners) == 1)
            owner |= {name: min(claims[name]) for name in edge}
            shared |= claims.keys() - set(edge)
        owner |= {name: name for name in shared}
        rest = {name: [n for n in near[name] if n not in owner] for name in near if name not in owner}
        for name in sorted(rest):
            _spread(name, name, owner, rest)
        people: dict[str, list[str]] = {}
        for name in sorted(near):
            people.setdefault(owner[name], []).append(name)
        return [tuple(person) for person in people.values()]


def _spread(start: str, label: str, owner: dict[str, str], near: Mapping[str, list[str]]) -> None:
    """Give everything that can be reached from ``start`` one owner."""
    left = [start]
    while left:
        name = left.pop()
        if name not in owner:
            owner[name] = label
            left += near[name]
