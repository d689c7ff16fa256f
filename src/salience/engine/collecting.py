"""Collect: accept what is good, keep what is not, in one durable step."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import Future

from salience.collect.accept import Sent, accept
from salience.collect.columns import Block, Drawn, Ready, judged
from salience.collect.consent import gate
from salience.collect.decode import Body
from salience.collect.importers.table import TableMap, events
from salience.collect.receipt import Accepted, Receipt, Result, settle
from salience.collect.replay import rejudged
from salience.collect.sender import Sender
from salience.engine.workspace import Workspace
from salience.events import SOURCE, AnyEvent, Consent, NotFound, Position
from salience.events.identity import LINKING, links
from salience.events.written import Packed
from salience.store.faults import Unavailable
from salience.store.log import Appended, Failed


class Collecting(Workspace):
    """The verbs of the door."""

    def submit(
        self,
        batch: Sequence[Sent] | Body,
        *,
        source: str,
        public: bool = False,
        place: str = "",
        reread: bool = False,
        sender: Sender | None = None,
    ) -> Future[Receipt]:
        """Accept what is good, keep what is not, in one durable step; the future resolves once it is on the disk.

        ``place``: how far the stream ``source`` was read, stored in that same step (see `place`). ``reread``: from
        a file, whose bad rows count once however often it is read. ``sender`` says more than ``public`` does.
        """
        now = self.now()
        sender = sender or Sender(public=public)
        accepted, refused = self._kept(accept(batch, now=now, source=source, sender=sender, door=self.door))
        failed = [
            Failed(one.raw, one.reason, one.received, source=source, public=sender.public, once=reread)
            for one in accepted.failed
        ]
        receipt: Future[Receipt] = Future()

        def answered(appended: Future[Appended]) -> None:
            if error := appended.exception():
                receipt.set_exception(error)
            else:
                if self._choose(accepted.events):
                    self._unfolded = max((*appended.result().rows, self._unfolded))
                receipt.set_result(settle(accepted, appended.result().rows, appended.result().failed))

        here = [Position(id=uuid.uuid4().hex, time=now, received=now, source=source, place=place)] if place else []
        said = self.people.opt_outs(accepted.events, now, self.pseudonym) if sender.opted_out else []
        self.log.append([*accepted.rows, *said, *here], failed, refused, judged=True).add_done_callback(answered)
        return receipt

    def submit_block(self, block: Block | Drawn | Ready, mapping: TableMap, *, source: str) -> Future[Receipt]:
        """`submit` for some rows of a table: as columns where every value is ordinary, else row by row."""
        self._know_choices()
        unasked = self.people.nobody_said_anything  # else each event has to be asked about
        written = _written(block, mapping, self.now(), source) if unasked else None
        if written is None:
            sent = block.imported() if isinstance(block, Ready) else list(events(block.rows(), mapping))
            return self.submit(sent, source=source, reread=True)
        receipt: Future[Receipt] = Future()

        def answered(appended: Future[Appended]) -> None:
            if error := appended.exception():
                receipt.set_exception(error)
            else:
                known = appended.result().rows.count(0)
                receipt.set_result(Receipt(len(written), len(written) - known, known, 0))

        self.log.append(written).add_done_callback(answered)
        return receipt

    def collect(self, batch: Sequence[Sent], *, source: str, public: bool = False) -> Receipt:
        """`submit`, and wait for the disk."""
        return self.submit(batch, source=source, public=public).result()

    def rehearse(self, batch: Sequence[Sent], *, source: str) -> Receipt:
        """What `collect` would answer, with nothing stored; within a batch, an id that comes twice is not seen."""
        accepted, _ = self._kept(accept(batch, now=self.now(), source=source, sender=Sender(), door=self.door))
        return settle(accepted, [int(self.log.find(event.id) is None) for event in accepted.events])

    def replay_failed(self, seq: int) -> Result:
        """Judge a failed event anew, as on the day it came. If it is good now it moves from failed to stored, once."""
        one = self.log.failure(seq)
        if one is None:
            raise NotFound("failed", seq, "is no failed event", "salience failed list")
        if one.replayed or not one.raw:
            return Result(0, "", "duplicate", "it was replayed already" if one.replayed else "its bytes have expired")
        accepted = rejudged(one.raw, now=one.received, source=one.source, public=one.public, door=self.door)
        accepted, refused = self._kept(accepted)
        if refused:  # it stays among the failed ones, to be expired or erased with them
            return next(result for result in accepted.results if result.status == "refused")
        rows = () if accepted.failed else self.log.append(accepted.events, replays=seq).result().rows
        return settle(accepted, rows).results[0]

    again: tuple[type[Exception], ...] = (Unavailable,)
    """What `store` raises when the same may succeed later (`salience.collect.sources.pump`)."""

    def store(self, messages: Sequence[Sent], source: str, place: str) -> Receipt:
        """What a stream brought, with the place behind it, in one transaction."""
        return self.submit(messages, source=source, place=place).result()

    def place(self, source: str) -> str:
        """How far the stream of this name was read; "" if it never was."""
        newest = [event for _, event in self.log.of_subject(SOURCE + source, limit=1) if isinstance(event, Position)]
        return newest[-1].place if newest else ""

    def _kept(self, accepted: Accepted) -> tuple[Accepted, int]:
        """What may be kept of a judged batch, and how many events may not. A choice counts in its own batch already."""
        self._know_choices()
        kinds = set(map(type, accepted.events))
        if Consent not in kinds and (
            self.people.nobody_said_anything or self.people.all_may_store(accepted.rows, kinds)
        ):
            return accepted, 0
        return gate(accepted, self.people.judge())

    def _choose(self, events: Sequence[AnyEvent]) -> bool:
        """Whether somebody may allow something else after these: by a choice, or as another id's person, if anybody
        has chosen anything."""
        kinds = set(map(type, events))
        if Consent in kinds:
            return True
        if kinds.isdisjoint(LINKING) or not (self._unfolded > self.state.as_of or self.follower.consents):
            return False
        return any(True for event in events for _ in links(event))

    def _know_choices(self) -> None:
        """Fold what may change what somebody allows, before the gate is asked; without a follower all of it, once."""
        if self._unfolded > self.state.as_of:
            self.follower.catch_up(self.now())


def _written(block: Block | Drawn | Ready, mapping: TableMap, now: int, source: str) -> Packed | None:
    return block.rows if isinstance(block, Ready) else judged(block, mapping, now=now, source=source)
