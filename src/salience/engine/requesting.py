"""Request: the register of what people asked for, with the clocks of their law, and contests for a human to decide."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec
from msgspec import Struct, structs

from salience.engine.auditing import Auditing
from salience.events import Decision, InvalidInput, NotFound, Ranked
from salience.privacy.regions import CLOCKS, Law
from salience.privacy.requests import DAY, Light, Outcome, Request, Right, opened
from salience.store.register import Record

PROOF_SECONDS = 900
_PROOFS = "proofs"

Verdict = Literal["upheld", "changed", "withdrawn"]


class Shown(Struct, frozen=True):
    """A request as it stands now."""

    request: Request
    light: Light
    days_left: float


class Review(Struct, frozen=True):
    """A decision that a person contests, until a human has decided. ``verdict``: "" while it waits."""

    id: str
    decision: str
    about: str
    asked: int
    reason_sealed: bytes
    key: int
    verdict: Verdict | Literal[""] = ""
    reviewer: str = ""
    decided: int = 0
    why: str = ""


class Requesting(Auditing):
    """The verbs of the register of requests."""

    def open_request(
        self, right: Right, subject: str, *, verified: str, law: Law | None = None, actor: str = "engine"
    ) -> Request:
        """Note a request and start its clocks. ``verified``: how the asker showed who they are; it must not be empty.

        ``law``: by default that of the person's region, or of the workspace's.
        """
        if not verified:
            way_out = "say how: session, e-mail link, secret key"
            raise InvalidInput("verified", "", "the asker has to be verified first", way_out)
        chosen = law or self.people.policy.law(self.people.state(subject))
        request = opened(uuid.uuid4().hex, right, self.pseudonym(subject), chosen, self.now(), verified)
        self._keep(request)
        said = f"request={request.id} {right} law={chosen} verified={verified}"
        self.note("request received", about=request.about, detail=said, actor=actor)
        return request

    @contextmanager
    def answering(self, right: Right, subject: str, *, verified: str = "") -> Iterator[None]:
        """While the block does what a person asked for: once it is done, the requests for it that waited are closed.

        ``verified``: where none waited, one came now. Should the block fail, it is owed, so it stays open.
        """
        abouts = {about for name in self.state.members(subject) for about in self.vault.pseudonyms(name)}
        waiting = [shown.request for shown in self.requests(open_only=True)]
        asked = [one.id for one in waiting if one.right == right and one.about in abouts]
        if verified and not asked:
            asked = [self.open_request(right, subject, verified=verified).id]
        yield
        for request in asked:
            self.close_request(request, "done")

    def prove(self, subject: str) -> tuple[str, int]:
        """A token that shows for some minutes that its holder is this person, and for how many seconds."""
        until = self.now() + PROOF_SECONDS * 1000
        said = f"{until}:{subject}".encode()
        seal = hmac.new(self.vault.secret(_PROOFS), said, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(seal + said).decode(), PROOF_SECONDS

    def proven(self, token: str) -> str:
        """Whose token this is; "" for one that is forged, changed or over."""
        try:
            data = base64.urlsafe_b64decode(token)
            seal, said = data[:32], data[32:]
            until, _, subject = said.decode().partition(":")
            good = hmac.compare_digest(hmac.new(self.vault.secret(_PROOFS), said, hashlib.sha256).digest(), seal)
        except (ValueError, UnicodeDecodeError):
            return ""
        return subject if good and self.now() <= int(until) else ""

    def requests(self, *, open_only: bool = False) -> list[Shown]:
        """Every request with its light, most urgent first."""
        now, found = self.now(), []
        for record in self.register.all("request", status="open" if open_only else None):
            one = msgspec.json.decode(record.body, type=Request)
            found.append(Shown(one, one.light(now), round((one.due - now) / DAY, 2)))
        order = ("late", "red", "green", "closed")
        return sorted(found, key=lambda shown: (order.index(shown.light), shown.request.due))

    def confirm_request(self, id: str) -> Request:
        """The person was told that the request has arrived."""
        return self._keep(self._request(id).confirm(self.now()))

    def extend_request(self, id: str, why: str) -> Request:
        """More time, once, as the law allows."""
        return self._keep(self._request(id).extend(why, self.now()))

    def close_request(self, id: str, outcome: Outcome, *, note: str = "", actor: str = "engine") -> Request:
        """Close with an outcome."""
        closed = self._keep(self._request(id).close(outcome, self.now(), note))
        self.note("request closed", about=closed.about, detail=f"request={id} {outcome}", actor=actor)
        return closed

    def contest(self, decision_id: str, subject: str, reason: str) -> Review:
        """A person contests a decision about them: it waits for a human (GDPR 22(3), PIPL 24(3))."""
        found = self.log.find(decision_id)
        members = self.state.members(subject)
        if found is None or not isinstance(found[1], Decision | Ranked) or found[1].subject not in members:
            raise NotFound("decision", decision_id, "is none about this person", "ids are in every answer")
        name = uuid.uuid4().hex
        key, sealed = self.vault.seal_raw(reason.encode(), name)
        self.vault.flush()
        review = Review(name, decision_id, self.pseudonym(subject), self.now(), sealed, key)
        self._keep_review(review)
        self.note("decision contested", about=review.about, detail=f"review={name}")
        return review

    def reviews(self, *, open_only: bool = True) -> list[Review]:
        """Contested decisions, oldest first."""
        found = self.register.all("review", status="open" if open_only else None)
        return [msgspec.json.decode(record.body, type=Review) for record in found]

    def review_reason(self, review: Review) -> str:
        """What the person wrote."""
        return self.vault.open_raw(review.key, review.reason_sealed, review.id).decode()

    def decide_review(self, id: str, verdict: Verdict, *, reviewer: str, why: str) -> Review:
        """A human has looked at it. Who and why are part of the answer."""
        record = self.register.get("review", id)
        if record is None:
            raise NotFound("review", id, "is not known", "salience privacy reviews")
        if not reviewer or not why:
            raise InvalidInput("reviewer", reviewer, "a human decides, by name and with a reason")
        review = msgspec.json.decode(record.body, type=Review)
        decided = structs.replace(review, verdict=verdict, reviewer=reviewer, decided=self.now(), why=why)
        self._keep_review(decided)
        self.note("review decided", about=decided.about, detail=f"review={id} {verdict}", actor=reviewer)
        return decided

    def _forget_words(self, pseudonyms: Iterable[str]) -> None:
        """What people wrote to contest decisions: sealed by the workspace's own key, so theirs do not take it along.

        A review that still waits goes with the decision that it is about; of one that is decided the outcome stays.
        """
        for record in [one for about in pseudonyms for one in self.register.all("review", about=about)]:
            review = msgspec.json.decode(record.body, type=Review)
            self.register.remove("review", record.id)
            if review.verdict:
                self._keep_review(structs.replace(review, reason_sealed=b"", key=0))

    def expire_requests(self, now: int) -> int:
        """Forget closed requests whose law no longer asks to keep them."""
        count = 0
        for record in self.register.all("request", status="closed"):
            one = msgspec.json.decode(record.body, type=Request)
            if one.closed + CLOCKS[one.law].keep_months * 30.44 * DAY < now:
                self.register.remove("request", one.id)
                count += 1
        return count

    def _request(self, id: str) -> Request:
        record = self.register.get("request", id)
        if record is None:
            raise NotFound("request", id, "is not known", "salience privacy requests")
        return msgspec.json.decode(record.body, type=Request)

    def _keep(self, request: Request) -> Request:
        status = "closed" if request.closed else "open"
        body = msgspec.json.encode(request)
        self.register.put(Record("request", request.id, request.about, status, request.received, body))
        return request

    def _keep_review(self, review: Review) -> None:
        status = "decided" if review.verdict else "open"
        body = msgspec.json.encode(review)
        self.register.put(Record("review", review.id, review.about, status, review.asked, body))
