"""The rights of a person besides erasure: see, take along, correct, choose, and remove what is said of them."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import to_builtins

from salience.collect.accept import accept
from salience.collect.exporters.flat import EVENT_COLUMNS, flat
from salience.collect.exporters.write import inert
from salience.collect.sender import Sender
from salience.engine.access import Accessing
from salience.events import ANONYMOUS, AnyEvent, Consent, Decision, Identify, InvalidInput, Position, Scalar
from salience.events.insights import WORDS
from salience.events.rights import AccessFile, Choices, ChoiceView, StandingView, Tag, UseView
from salience.privacy.consent import SIGNAL, Choice
from salience.privacy.plain import REASONS, USES
from salience.privacy.policy import TAG
from salience.privacy.standing import Ruling, Use

SOURCE = "rights"


class Rights(Accessing):
    """The verbs of a person."""

    def standing(self, subject: str) -> StandingView:
        """Every use with its ruling and reason, and every choice with its receipt."""
        self.follower.catch_up(self.now())
        state, policy = self.people.state(subject), self.people.policy
        rulings = [(use, policy.may(state, use)) for use in USES]
        return StandingView(
            person=subject,
            law=policy.law(state),
            opted_out=state.on("opt_out"),
            uses=tuple(_use(use, ruling) for use, ruling in rulings),
            choices=tuple(_choice(choice) for choice in state.choices),
        )

    def choose(self, subject: str, choices: Choices, *, own: bool = True, actor: str = "person") -> StandingView:
        """Take a person's choices; they count from the next request on. ``own``: their own session, or a secret key."""
        user, anonymous = _named(subject)
        fields = {name: value for name, value in msgspec.structs.asdict(choices).items() if value}
        sent = {"kind": "consent", "id": uuid.uuid4().hex, "user": user, "anonymous": anonymous, **fields}
        judged = accept([sent], now=self.now(), source=SOURCE, sender=Sender(public=not own), door=self.door)
        if judged.failed:
            parameter, _, rule = judged.failed[0].reason.partition(": ")
            raise InvalidInput(parameter, "", rule or parameter, "see docs/privacy.md")
        self.log.append(judged.events).result()
        said = ", ".join([*choices.purposes, *choices.signals]) or "a consent string"
        self.note("choice made", about=self.pseudonym(subject), detail=f"event={sent['id']} {said}", actor=actor)
        return self.standing(subject)

    def rectify(self, subject: str, traits: Mapping[str, Scalar], *, actor: str = "person") -> tuple[Tag, ...]:
        """Correct what is known of a person; null forgets. The history of the log shows who said what and when."""
        user, anonymous = _named(subject)
        state = self.people.state(subject)
        for name, value in traits.items():
            fault = self.people.policy.trait_fault(name, state) if value is not None else ""
            if fault:
                raise InvalidInput(f"traits.{name}", "", fault, "leave it out")
        event = Identify(id=uuid.uuid4().hex, user=user, anonymous=anonymous, traits=dict(traits))
        self._say(event)
        names = ", ".join(sorted(traits))
        self.note("rectified", about=self.pseudonym(subject), detail=f"event={event.id} {names}", actor=actor)
        return self.tags(subject)

    def tags(self, subject: str) -> tuple[Tag, ...]:
        """What is said of a person, and by whom: traits that were sent, segments that were computed."""
        self.follower.catch_up(self.now())
        state = self.people.state(subject)
        sources: dict[str, str] = {}
        for event in self.rows_of(subject):
            if isinstance(event, Identify):
                sources.update(dict.fromkeys(event.traits, event.source or "sent"))
        fields = self.state.person(subject).fields
        traits = [
            Tag(name.removeprefix("trait:"), value, sources.get(name.removeprefix("trait:"), "sent"))
            for name, value in sorted(fields.items())
            if not name.startswith(WORDS)  # a search is a deed, not a tag: it is with the events
        ]
        own = [Tag(f"segment:{name}", value=True, source="computed") for name in self.segments_of(subject)]
        return tuple(tag for tag in (*traits, *own) if state.choice(TAG + tag.name) is not False)

    def remove_tag(self, subject: str, name: str, *, actor: str = "person") -> tuple[Tag, ...]:
        """Take a tag off for good: whatever computes or sends it again is not taken (Algorithm Provisions 17)."""
        if name not in {tag.name for tag in self.tags(subject)}:
            raise InvalidInput("tag", name, "is no tag of this person", "the list is under tags")
        user, anonymous = _named(subject)
        self._say(Consent(id=uuid.uuid4().hex, user=user, anonymous=anonymous, purposes={TAG + name: False}))
        if not name.startswith("segment:"):
            self._say(Identify(id=uuid.uuid4().hex, user=user, anonymous=anonymous, traits={name: None}))
        self.note("tag removed", about=self.pseudonym(subject), actor=actor)
        return self.tags(subject)

    def portable(self, subject: str, form: Literal["json", "csv"] = "json") -> bytes:
        """What the person gave and did, for another service: JSON as `POST /v1/collect` takes it, or a CSV table that
        `import events` reads (GDPR 20, PIPL 45)."""
        self.follower.catch_up(self.now())
        events = [event for event in self.rows_of(subject) if not isinstance(event, Decision | Position)]
        self.note("taken along", about=self.pseudonym(subject), detail=f"{form} events={len(events)}")
        if form == "json":
            return msgspec.json.encode({"events": [to_builtins(event) for event in events]})
        text = io.StringIO()
        table = csv.DictWriter(text, list(EVENT_COLUMNS), restval="", lineterminator="\n")
        table.writeheader()
        table.writerows({name: inert(cell) for name, cell in flat(event).items()} for event in events)
        return text.getvalue().encode()

    def access(self, subject: str, *, actor: str = "person") -> AccessFile:
        """The access file: every place of the inventory, and everything concluded from what lies there."""
        self.follower.catch_up(self.now())
        standing, tags = self.standing(subject), self.tags(subject)
        file = AccessFile(*self.access_parts(subject), tuple(self.access_sections(subject, standing, tags)))
        self.note("access given", about=self.pseudonym(subject), detail=f"sections={len(file.sections)}", actor=actor)
        return file

    def _say(self, event: AnyEvent) -> None:
        judged = accept([event], now=self.now(), source=SOURCE, sender=Sender(), door=self.door)
        if judged.failed:
            raise InvalidInput("id", event.user, judged.failed[0].reason, "visitors are written anon:ID")
        self.log.append(judged.events).result()


def _named(subject: str) -> tuple[str, str]:
    """(user, anonymous) of a subject."""
    return ("", subject.removeprefix(ANONYMOUS)) if subject.startswith(ANONYMOUS) else (subject, "")


def _use(use: Use, ruling: Ruling) -> UseView:
    words = f"{USES[use]}: {'yes' if ruling.allowed else 'no'}, {REASONS[ruling.because]}"
    return UseView(use, ruling.allowed, ruling.because, words)


def _choice(choice: Choice) -> ChoiceView:
    """A signal that is on is a name that is refused."""
    signal = choice.purpose.startswith(SIGNAL)
    name, given = choice.purpose.removeprefix(SIGNAL), choice.granted != signal
    return ChoiceView(name, given, choice.received, choice.event, choice.notice, choice.region)
