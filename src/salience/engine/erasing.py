"""Erase: destroy the keys, take out the rows, forget in memory, unlearn, tell others, and prove it with a receipt.

The tombstones come first: once they are on the disk the erasure is promised, and whoever opens the workspace after a
crash, or after a restore of an older backup, carries it out before anything answers (`finish_erasures`).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from salience.engine.notifying import Notifying
from salience.engine.requesting import Requesting
from salience.engine.unlearning import Unlearning
from salience.events import ANONYMOUS, InvalidInput, Position
from salience.privacy.erasure import Erasure, Place, Proof, places
from salience.privacy.suppression import Tombstone
from salience.store.backup import heeds, remember
from salience.store.faults import Unavailable
from salience.store.keyring import Stone
from salience.store.log import Erased
from salience.store.register import Record
from salience.store.scan import found_in

DONE = "erased:"
"""The log knows which erasures it has been through by an event of the source ``erased:RECEIPT``."""


class Erasing(Unlearning, Notifying, Requesting):
    """The verbs of the right to erasure."""

    def erase(self, subject: str, *, actor: str = "engine", reason: str = "request") -> Erasure:
        """Erase a person, under every id that is known to be theirs. Works, and says the same, for who was never here.

        `Unavailable` while another process reads the old pages of the log: nothing is lost, ask again.
        """
        if not subject:
            raise InvalidInput("user", subject, "must not be empty", "visitors are written anon:ID")
        if self.read_only:
            raise Unavailable("another process owns the workspace: ask it over HTTP, DELETE /v1/users/ID")
        now = self.now()
        self.follower.catch_up(now)
        subjects, receipt, about = self.state.members(subject), uuid.uuid4().hex, self.pseudonym(subject)
        learned = any(len(self.state.person(name).items) for name in subjects)
        names = [name for one in subjects for name in self.vault.pseudonyms(one)]
        self.people.suppression.add(Tombstone(name, receipt, now, 0) for name in names)
        self.log.append([]).result()  # what came in before the door was shut is in the log now
        row = self.log.last()
        stones = [Stone(name, receipt, now, row) for name in names]
        self.ring.bury(stones)
        self.people.suppression.add(Tombstone(*stone) for stone in stones)
        self.note("erasure began", about=about, detail=f"ids={len(subjects)} row={row} {reason}", actor=actor)
        told = self._notify(subjects, receipt, now)
        self._forget_words(names)
        keys = self._destroy(subjects)
        gone = self.log.erase(subjects, up_to=row)
        self.drop_segments()
        self._forget(subjects)
        self._mark_done(receipt, now)
        done = self._done(keys, gone, self._unlearn(now, learned=learned), self._predictors_due(now, learned=learned))
        more = [*self._copies(stones), *told]
        erasure = Erasure(receipt, about, now, row, len(subjects), reason, places(done, more))
        body = msgspec.json.encode(erasure)
        self.register.put(Record("receipt", receipt, about, "complete" if erasure.complete else "open", now, body))
        detail = f"receipt={receipt} rows={gone.rows} mentions={gone.mentions} failed={gone.failed} keys={keys}"
        self.note("erased", about=about, detail=detail, actor=actor)
        return erasure

    def know_copy(self, path: Path, sort: Literal["backup", "export"]) -> None:
        """Remember where a copy was written, so that an erasure can reach it or name it."""
        whole = str(path.resolve())
        self.register.put(Record("copy", whole, "", sort, self.now(), whole.encode()))
        self.note(f"{sort} written")

    def verify_erased(self, subject: str) -> Proof:
        """Look again, everywhere: rows, keys, memory, and the raw bytes of every file of the workspace."""
        self.follower.catch_up(self.now())
        stone = self.people.suppression.of(subject)
        names = [subject, *([subject.removeprefix(ANONYMOUS)] if subject.startswith(ANONYMOUS) else [])]
        rows = [row for row, _ in self.log.of_subject(subject, limit=1_000) if stone is None or row <= stone.row]
        # A person who came back after the erasure has a key of their own again, for rows of their own.
        back = bool(self.log.of_subject(subject, limit=1)) and not rows
        keys = 0 if back else len(self.vault.keys.keys_of(subject))
        known = self.state.person(subject)
        found = [
            Place("log", "rows about the person", f"{len(rows)} rows", "clean" if not rows else "due", len(rows)),
            Place("keys", "keys of the person", f"{keys} keys", "clean" if not keys else "due", keys),
            Place(
                "memory", "profile", f"{len(known.items)} entries", "clean" if back or not len(known.items) else "due"
            ),
        ]
        if self.home is not None:
            words = [name.encode("utf-8", "surrogatepass") for name in names]
            hits = {} if back else found_in(self.home.folder, words)
            total = sum(hits.values())
            said = ", ".join(hits) if hits else ("came back as a new person" if back else "0 hits in every file")
            found.append(Place("bytes", "the raw bytes of every file", said, "clean" if not hits else "due", total))
        found += self._copies_of(stone)
        return Proof(stone is not None, stone.at if stone else 0, stone.receipt if stone else "", tuple(found))

    def finish_erasures(self) -> int:
        """Carry out the erasures that the keys know of and the log does not; how many. Before anything answers."""
        pending = {
            stone.pseudonym: Tombstone(*stone)
            for stone in self.ring.buried()
            if not self.log.of_subject(f"source:{DONE}{stone.receipt}", limit=1)
        }
        if not pending:
            return 0
        if self.read_only:
            rule = "holds people who were erased: an erasure is going on, or this is an older copy"
            raise InvalidInput("home", "", rule, "try again, or let a verb that writes open it once: salience serve")
        if self._nameless:
            self.follower.catch_up(self.now())  # whose keys they are, before the rows that say so are gone
            self.vault.keys.settle()
        everybody = {*self.log.subjects(), *self.ring.people()}
        hit = [(name, pending[mark]) for name in everybody for mark in self.vault.pseudonyms(name) if mark in pending]
        self._forget_words(pending)
        for name, stone in hit:
            self._notify([name], stone.receipt, stone.at)
            self._destroy([name])
            self.log.erase([name], up_to=stone.row)
            self.drop_segments()
        for receipt, at in {(stone.receipt, stone.at) for stone in pending.values()}:
            self._mark_done(receipt, at)
            self.note(
                "erasure carried out", detail=f"receipt={receipt} ids={sum(s.receipt == receipt for _, s in hit)}"
            )
        if hit:
            self._forget([name for name, _ in hit])
            self._unlearn(self.now(), learned=True)  # the published models may be as old as the backup
            self._predictors_due(self.now(), learned=True)
        return len(hit)

    # --- one method per place -----------------------------------------------------------------------------------------

    def _destroy(self, subjects: Sequence[str]) -> int:
        """Their keys: with these gone, every sealed cell of theirs is noise, wherever a copy of it lies."""
        return sum(self.vault.keys.destroy(name) for name in subjects)

    def _forget(self, subjects: Sequence[str]) -> None:
        """Memory: their profile at once, then every fold of the log anew, beside the old one, and swapped."""
        self.state.forget(subjects)
        self.follower.consents.forget(subjects)
        self.fold_anew()

    def _mark_done(self, receipt: str, now: int) -> None:
        event = Position(id=f"{DONE}{receipt}", time=now, received=now, source=f"{DONE}{receipt}", place="done")
        self.log.append([event]).result()

    def _copies(self, stones: Sequence[Stone]) -> list[Place]:
        """Backups get the tombstone beside them; exports have to be deleted by who holds them."""
        found = []
        for record in self.register.all("copy"):
            path = Path(record.body.decode())
            if not path.exists():
                self.register.remove("copy", record.id)
            elif record.status == "backup":
                remember(path, stones)
                found.append(Place(f"backup {path}", "a copy of the log", _LATER, "due"))
            else:
                found.append(Place(f"export {path}", "a copy of events or people", _YOURS, "yours"))
        return found

    def _copies_of(self, stone: Tombstone | None) -> list[Place]:
        """Backups and exports made before the erasure that still exist."""
        found = []
        for record in self.register.all("copy") if stone else ():
            path = Path(record.body.decode())
            if stone is None or record.at > stone.at or not path.exists():
                continue
            if record.status == "export":
                found.append(Place(f"export {path}", "a copy of events or people", _YOURS, "yours"))
            elif heeds(path, stone.receipt):
                found.append(Place(f"backup {path}", "a copy of the log", f"holds them still; {_LATER}", "yours"))
            else:
                found.append(Place(f"backup {path}", "a copy of the log", _UNHEEDED, "due"))
        return found

    def _done(
        self, keys: int, gone: Erased, models: tuple[str, int], predictors: tuple[str, int]
    ) -> dict[str, tuple[str, int]]:
        """Inventory entry -> what was done. `erasure.places` refuses a list that leaves one out."""
        rows, emptied = gone.rows + gone.mentions, "old pages overwritten, write-ahead log emptied"
        return {
            "keys/people.db": (f"{keys} keys destroyed, {emptied}", keys),
            "keys/people.db-wal": ("emptied", 0),
            "log.db": (emptied, rows),
            "log.db-wal": ("emptied", 0),
            "privacy.db": ("holds pseudonyms only", 0),
            "privacy.db-wal": ("holds pseudonyms only", 0),
            "models/*": models,
            "models/*/*": models,
            "models/*/*/*": models,
            "predictors/*/*": predictors,
            "predictors/*/*/*": predictors,
            "predictors/*/*/*/*": predictors,
            "segments": ("all dropped", 0),
            "segments/*.parquet": ("all dropped; they can be sealed anew from the log", 0),
            "events": (f"{gone.rows} rows and {gone.mentions} mentions by others taken out, ids included", rows),
            "events_by_subject": ("with the rows", gone.rows),
            "sqlite_autoindex_events_1": ("with the rows: their ids are random now", gone.rows),
            "failed": (f"{gone.failed} failed events emptied", gone.failed),
            "people.person_keys": (f"{keys} keys destroyed", keys),
            "people.person_keys_by_person": ("with the keys", keys),
        }


_UNHEEDED = "the list beside it is gone: a restore would bring them back; erase them again, or delete the file"
_LATER = "the tombstone lies beside it: a restore erases them again before it answers"
_YOURS = "made before the erasure: delete the file, or export anew"
