"""Access: one section per place where something of a person may lie, driven by the store inventory."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import json, to_builtins

from salience.engine.counting import Counting
from salience.engine.targeting import Targeting
from salience.events import AnyEvent, Decision, InvalidInput, Position
from salience.events.rights import Section, StandingView, Tag
from salience.mine import Segmentation
from salience.privacy.inventory import KEPT
from salience.privacy.plain import LOGIC, RIGHTS_WORDS, model_in_words
from salience.privacy.recipients import Recipient
from salience.store.log import Failed
from salience.store.rows import names_any, names_of

CHUNK = 1_000_000
HOUR = 3_600_000


class Accessing(Counting, Targeting):
    """What an access file is made of."""

    _segmented: tuple[int, Segmentation | None] = (0, None)

    def segments_of(self, subject: str) -> list[str]:
        """The segments that a person is in: by the shop's rules as of now, by taste as of at most an hour ago."""
        return [*self.ruled_segments(subject), *self._taste_segments(subject)]

    def _taste_segments(self, subject: str) -> list[str]:
        now = self.now()
        if self._segmented[1] is None or now - self._segmented[0] > HOUR:
            try:
                self._segmented = now, self.segments(seed=0)
            except InvalidInput:  # fewer than two people with a taste: there are no groups
                return []
        found = self._segmented[1]
        if found is None:
            return []
        own = [found.users.codes[name] for name in self.state.members(subject) if name in found.users.codes]
        labels = {int(found.labels[code]) for code in own} - {-1}
        return [segment.name for segment in found.segments if segment.centroid in labels]

    def access_parts(self, subject: str) -> tuple[str, tuple[str, ...], int, str, str]:
        """Who it is about, when it was made, the logic involved, and the rights."""
        return subject, self.state.members(subject), self.now(), LOGIC, RIGHTS_WORDS

    def access_sections(self, subject: str, standing: StandingView, tags: tuple[Tag, ...]) -> Iterator[Section]:
        """The sections of an access file."""
        events = self.rows_of(subject)
        shown = [event for event in events if not isinstance(event, Decision | Position)]
        decisions = [event for event in events if isinstance(event, Decision)]
        yield Section(
            "What you did and told us",
            f"{len(shown):,} events, each with its time, where it came from, and the consent that you gave with it",
            ("log.db", "log.db-wal", "events", "events_by_subject", "sqlite_autoindex_events_1", *_kept_in("segments")),
            tuple(to_builtins(event) for event in shown),
        )
        yield Section(
            "What you were shown, and why",
            f"{len(decisions):,} rows of recommendations: the things, the reason for each, and which model chose",
            ("events",),
            tuple(to_builtins(event) for event in decisions),
        )
        failed = self._failed(subject)
        yield Section(
            "What could not be read",
            f"{len(failed)} messages that name you and were kept because they were broken",
            ("failed",),
            tuple(
                {"received": f.received, "reason": f.reason, "raw": f.raw.decode("utf-8", "replace")} for f in failed
            ),
        )
        yield from self._concluded(subject, standing, tags)
        yield from self._elsewhere(subject)

    def _concluded(self, subject: str, standing: StandingView, tags: tuple[Tag, ...]) -> Iterator[Section]:
        person, names = self.state.person(subject), self.state.items()
        history = [
            {"item": names[code], "strength": float(strength), "time": int(time), "deed": kind}
            for code, strength, time, kind in zip(
                person.items, person.strengths, person.times, person.kinds, strict=True
            )
        ]
        yield Section(
            "What we concluded about you",
            f"your tags and groups, and the {len(history):,} things that your history weighs, from 0 to 1",
            (),
            (*({"tag": tag.name, "value": tag.value, "source": tag.source} for tag in tags), *history),
        )
        yield Section(
            "What may be done with it",
            f"by {standing.law}; "
            + ("you opted out of sale and sharing" if standing.opted_out else "no opt-out is on"),
            (),
            tuple(use.words for use in standing.uses),
        )
        models = [
            {
                "version": m.version,
                "serves": m.live,
                "words": model_in_words(m.kind),
                "people": m.card.get("users"),
            }
            for m in self.models()
        ]
        yield Section(
            "Models that learned from histories, yours perhaps among them",
            "they hold weights between things, no ids of people",
            (*_kept_in("models"), *_kept_in("predictors")),
            tuple(models),
        )

    def _elsewhere(self, subject: str) -> Iterator[Section]:
        members = self.state.members(subject)
        keys = sum(len(self.vault.keys.keys_of(name)) for name in members)
        yield Section(
            "Keys that seal your data",
            f"{keys} keys; what they seal can be read by nobody else, and by nobody at all once they are destroyed",
            ("keys/people.db", "keys/people.db-wal", "people.person_keys", "people.person_keys_by_person"),
            (),
        )
        abouts = {mark for name in members for mark in self.vault.pseudonyms(name)}
        records = [
            {"what": record.sort, "id": record.id, "status": record.status, "at": record.at}
            for about in sorted(abouts)
            for sort in ("request", "review", "notice", "receipt", "shared")
            for record in self.register.all(sort, about=about)
        ]
        trail = [to_builtins(entry) for entry in self.audit_trail(limit=-1) if entry.about in abouts]
        yield Section(
            "Your requests, and who touched your data",
            f"{len(records)} records and {len(trail)} rows of the audit chain, under your pseudonym",
            ("privacy.db", "privacy.db-wal"),
            (*records, *trail),
        )
        known = {record.id: json.decode(record.body, type=Recipient) for record in self.register.all("recipient")}
        yield Section(
            "Who else got data about you",
            "recipients outside, their role, country and legal ground",
            (),
            tuple(
                to_builtins(known[name]) if name in known else {"name": name} for name in self.recipients_of(subject)
            ),
        )
        copies = [{"what": r.status, "made": r.at} for r in self.register.all("copy")]
        yield Section(
            "Copies",
            "backups and exports of the whole workspace, in which you may be",
            (),
            tuple(copies),
        )

    def rows_of(self, subject: str) -> list[AnyEvent]:
        """Everything that the log holds under any id of the person, oldest first."""
        rows = [pair for name in self.state.members(subject) for pair in self.log.of_subject(name, limit=CHUNK)]
        return [event for _, event in sorted(rows, key=lambda pair: pair[0])]

    def _failed(self, subject: str) -> list[Failed]:
        names, found, before = names_of(self.state.members(subject)), list[Failed](), 0
        while page := list(self.log.failures(1_000, before=before)):
            found += [one for one in page if one.raw and names_any(one.raw, names)]
            before = page[-1].seq
        return found


def _kept_in(folder: str) -> tuple[str, ...]:
    """The entries of the inventory about people under a folder: copies of rows, and what was learned."""
    return tuple(kept.name for kept in KEPT if kept.personal and kept.name.split("/")[0] == folder)
