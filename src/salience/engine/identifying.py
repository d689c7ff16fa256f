"""Identify: which ids are one person, and how to take that back."""

from __future__ import annotations

import uuid

from salience.collect.accept import accept
from salience.collect.sender import Sender
from salience.engine.workspace import Workspace
from salience.events import ANONYMOUS, AnyEvent, InvalidInput, NotFound, Split, Undo
from salience.events.answers import IdentityAlarm, IdentityLink, IdentityView, KnownId
from salience.events.identity import kind_of

SOURCE = "identity"


class Identifying(Workspace):
    """The verbs about who is who. A split and an undo are events like any other: logged, folded, and undone by one."""

    def members(self, subject: str) -> tuple[str, ...]:
        """Every id of the person that an id belongs to (``ann``, ``anon:7``, ``loyalty:77``)."""
        self.follower.catch_up(self.now())
        return self.state.members(subject)

    def unit(self, subject: str) -> str:
        """The id by which a person is assigned to variants, the same before and after they sign in."""
        self.follower.catch_up(self.now())
        return self.state.unit(subject)

    def identity(self, subject: str) -> IdentityView:
        """Who an id belongs to, and every link that was ever made around it. `NotFound` if nobody ever named it."""
        self.follower.catch_up(self.now())
        graph = self.state.identity
        members, entries = self.state.members(subject), graph.entries(subject)
        if len(members) == 1 and not entries and not self.state.heard(subject):
            raise NotFound("id", subject, "no event ever named it", "visitors are written anon:ID")
        return IdentityView(
            person=graph.name(subject),
            unit=self.state.unit(subject),
            ids=tuple(KnownId(name, kind_of(name), self.state.heard(name)) for name in members),
            links=tuple(
                IdentityLink(link.source, link.into, link.event, link.time, holds=holds) for link, holds in entries
            ),
            alarms=tuple(one for one in self.identity_alarms() if set(one.ids) & {subject, *members}),
        )

    def split(self, subject: str, apart: tuple[str, ...]) -> IdentityView:
        """The ids in ``apart`` are somebody else: links to them until now are void."""
        self.follower.catch_up(self.now())
        members = self.state.members(subject)
        for name in apart:
            if name not in members or name == subject:
                way_out = f"its ids are {', '.join(members)}; the id that stays is named first"
                raise InvalidInput("apart", name, f"is no other id of {subject!r}", way_out)
        user, anonymous = _named(subject)
        self._logged(Split(id=uuid.uuid4().hex, user=user, anonymous=anonymous, apart=apart, time=self.now()))
        return self.identity(subject)

    def undo(self, event_id: str) -> IdentityView:
        """Take back what one sign-in, alias, split or undo said of who is who."""
        found = self.log.find(event_id)
        if found is None or found[1].kind not in ("identify", "alias", "split", "undo"):
            way_out = "`salience identity show ID` lists the links with their events"
            raise NotFound("event", event_id, "is no event about who is who", way_out)
        user, anonymous = _named(found[1].subject)
        self._logged(Undo(id=uuid.uuid4().hex, user=user, anonymous=anonymous, of=event_id, time=self.now()))
        return self.identity(found[1].subject)

    def identity_alarms(self) -> tuple[IdentityAlarm, ...]:
        """Merges that somebody should look at, newest first."""
        self.follower.catch_up(self.now())
        return tuple(IdentityAlarm(*alarm) for alarm in self.state.identity.alarms())

    def _logged(self, event: AnyEvent) -> None:
        judged = accept([event], now=self.now(), source=SOURCE, sender=Sender(), door=self.door)
        if judged.failed:
            raise InvalidInput("id", event.user, judged.failed[0].reason, "visitors are written anon:ID")
        self.log.append(judged.events).result()


def _named(subject: str) -> tuple[str, str]:
    """(user, anonymous) of a key."""
    return ("", subject.removeprefix(ANONYMOUS)) if subject.startswith(ANONYMOUS) else (subject, "")
