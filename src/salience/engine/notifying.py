"""Notify: who else has got something of a person, on which ground, and the deletes that they are owed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from salience.engine.auditing import Auditing
from salience.events import InvalidInput, NotFound
from salience.privacy.erasure import Place
from salience.privacy.floors import enough_for_push
from salience.privacy.recipients import Notice, Recipient, foreign
from salience.store.register import Record


class Released(Struct, frozen=True):
    """Who may be given to a recipient; everybody else is counted by the reason why not."""

    subjects: tuple[str, ...]
    withheld: Mapping[str, int]


class _Kept(Struct, frozen=True):
    """A notice with the id that it is about, sealed until the recipient has confirmed."""

    notice: Notice
    key: int = 0
    sealed: bytes = b""


class Notifying(Auditing):
    """The verbs of giving data to others, and of taking it back."""

    def add_recipient(self, recipient: Recipient, *, actor: str = "engine") -> Recipient:
        """Register a recipient; nothing leaves for one that is not. `InvalidInput` while role, region or basis lack."""
        recipient.checked()
        self.register.put(Record("recipient", recipient.name, "", "known", self.now(), msgspec.json.encode(recipient)))
        said = f"{recipient.name} role={recipient.role} region={recipient.region} basis={recipient.basis}"
        self.note("recipient registered", detail=said, actor=actor)
        return recipient

    def register_recipient(self, given: Mapping[str, Any], *, actor: str = "engine") -> Recipient:
        """`add_recipient` with fields as they were typed; `InvalidInput` names what is wrong with them."""
        try:
            return self.add_recipient(msgspec.convert(given, Recipient), actor=actor)
        except msgspec.ValidationError as error:
            rule, _, where = str(error).partition(" - at `$.")
            name = where.strip("`") or "name"
            raise InvalidInput(f"recipient.{name}", given.get(name), rule, "see docs/privacy.md") from None

    def recipients(self) -> list[Recipient]:
        """Everybody who is registered."""
        return [msgspec.json.decode(record.body, type=Recipient) for record in self.register.all("recipient")]

    def release(
        self, name: str, subjects: Iterable[str], fields: Iterable[str] = ("id",), *, audience: bool = False
    ) -> Released:
        """Whose data of these classes may go to this recipient now. A channel asks here before each push.

        Who is let through is noted as given to the recipient, so that an erasure reaches it. `InvalidInput` for a
        recipient that is not registered whole, for fields of a foreign purpose, or for an ``audience`` of fewer than
        fifty people: then nothing leaves at all.
        """
        found = self.register.get("recipient", name)
        if found is None:
            raise NotFound("recipient", name, "is not registered", "salience privacy recipients add NAME ...")
        recipient = msgspec.json.decode(found.body, type=Recipient).checked()
        if wrong := foreign(fields, recipient.purposes):
            rule = f"was not collected for {', '.join(recipient.purposes)}"
            raise InvalidInput("fields", wrong[0], rule, "leave it out, or name a purpose that it was collected for")
        self.follower.catch_up(self.now())
        let, withheld = [], dict[str, int]()
        for subject in subjects:
            ruling = self.people.may(subject, recipient.use)
            if ruling.allowed:
                let.append(subject)
            else:
                withheld[ruling.because] = withheld.get(ruling.because, 0) + 1
        if audience:
            enough_for_push(let)
        for subject in let:
            about = self.pseudonym(subject)
            self.register.put(Record("shared", f"{name} {about}", about, name, self.now(), b"{}"))
        detail = f"recipient={name} people={len(let)} withheld={sum(withheld.values())}"
        self.note("data released", detail=detail)
        return Released(tuple(let), withheld)

    def recipients_of(self, subject: str) -> list[str]:
        """Who has got something of this person."""
        abouts = [about for name in self.state.members(subject) for about in self.vault.pseudonyms(name)]
        return sorted({record.status for about in abouts for record in self.register.all("shared", about=about)})

    def notices(self, *, status: str | None = None) -> list[Notice]:
        """Deletes that recipients are owed, oldest first."""
        return [_read(record).notice for record in self.register.all("notice", status=status)]

    def due_notices(self) -> list[tuple[Notice, str]]:
        """Notices whose time has come, each with the id that it is about: for whoever delivers them."""
        now, found = self.now(), []
        for record in self.register.all("notice"):
            kept = _read(record)
            if kept.notice.status != "done" and now >= kept.notice.after:
                found.append((kept.notice, self.vault.open_raw(kept.key, kept.sealed, kept.notice.id).decode()))
        return found

    def notice_answered(self, id: str, error: str = "") -> Notice:
        """What a recipient said: nothing wrong, then the id is forgotten here too; an error is tried again later."""
        record = self.register.get("notice", id)
        if record is None:
            raise NotFound("notice", id, "is not known", "salience privacy notices")
        kept, now = _read(record), self.now()
        notice = kept.notice.failed(error, now) if error else kept.notice.done()
        kept = _Kept(notice, kept.key, kept.sealed) if error else _Kept(notice)
        self.register.put(record._replace(status=notice.status, body=msgspec.json.encode(kept)))
        said = f"recipient={notice.recipient} status={notice.status} tries={notice.tries}"
        self.note("delete notice", about=record.about, detail=said + (" ALERT" if notice.alert else ""))
        return notice

    def _notify(self, subjects: Iterable[str], receipt: str, now: int) -> list[Place]:
        """Owe every recipient a delete for each id of a person that it has got: it knows them by no other."""
        told: dict[str, int] = {}
        for subject in subjects:
            abouts = self.vault.pseudonyms(subject)
            shared = [record for about in abouts for record in self.register.all("shared", about=about)]
            for name in sorted({record.status for record in shared}):
                notice = Notice(uuid.uuid4().hex, name, receipt, now)
                key, sealed = self.vault.seal_raw(subject.encode(), notice.id)
                self.vault.flush()
                body = msgspec.json.encode(_Kept(notice, key, sealed))
                self.register.put(Record("notice", notice.id, self.pseudonym(subject), notice.status, now, body))
                told[name] = told.get(name, 0) + 1
            for record in shared:
                self.register.remove("shared", record.id)
        said = "due: a delete is owed to it"
        return [Place(f"recipient {name}", "what was given to it", said, "due", told[name]) for name in sorted(told)]


def _read(record: Record) -> _Kept:
    return msgspec.json.decode(record.body, type=_Kept)
