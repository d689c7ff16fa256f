"""Marks of the rights of people: see, take along, correct, restrict, object, switch off, remove, contest, withdraw."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from msgspec import structs

from salience import Engine
from salience.collect.consent import Verdict
from salience.engine import people
from salience.engine.access import Accessing
from salience.engine.requesting import Requesting
from salience.engine.rights import Rights
from salience.events import InvalidInput, RecommendRequest
from salience.events.rights import Choices
from salience.events.roles import Role
from salience.privacy import inventory
from salience.privacy.policy import Policy
from salience.privacy.recipients import Recipient
from salience.privacy.standing import Ruling
from salience.serve.app import app
from salience.serve.run import background
from salience.settings import Settings
from salience.store.log import Failed
from tests.trust.erasing import CANARY, NOW, WHO, story
from tests.trust.marks import Mark, Patch, expect, mark

CRM = Recipient(name="crm", role="processor", region="DE", basis="contract", purposes=("marketing",))


@contextmanager
def shop(crowd: int = 30, **settings: Any) -> Iterator[Engine]:
    """A crowd with tastes, a model, and one person about whom there is something everywhere."""
    with Engine.in_memory(Settings(explore=0.0, **settings)) as engine:
        events = [event for n in range(crowd) for event in story(f"crowd-{n}", 4 + n % 6)]
        engine.collect([*events, *story(WHO, 12)], source="file")
        engine.log.append([], [Failed(f'{{"user": "{WHO}"}}'.encode(), "bad", NOW, source="http")]).result()
        engine.train(minutes=0.003)
        engine.recommend(RecommendRequest(user=WHO, k=3))
        engine.add_recipient(CRM)
        engine.release("crm", [WHO])
        yield engine


def see(_folder: Path, long: bool) -> str:
    """P01: the access file looks into every place of the inventory, and holds what was planted there."""
    with shop() as engine:
        review = engine.contest(_decision(engine), WHO, "why not the blue one?")
        began = time.perf_counter()
        file = engine.access(WHO)
        seconds = time.perf_counter() - began
        places = {kept.name for kept in inventory.KEPT if kept.personal}
        expect(places <= file.places, f"not looked into: {sorted(places - file.places)}")
        planted = {event["id"] for event in story(WHO, 12)}
        told = {
            entry["id"]
            for section in file.sections
            for entry in section.entries
            if isinstance(entry, dict) and "id" in entry
        }
        expect(planted <= told, f"missing: {sorted(planted - told)[:3]}")
        said = {section.title: section for section in file.sections}
        expect(said["What could not be read"].entries, "the failed event is missing")
        expect(said["What you were shown, and why"].entries, "the decisions are missing")
        expect(
            any(e.get("name") == "crm" for e in said["Who else got data about you"].entries), "the recipient is missing"
        )
        expect(review.id in told, "the contest is missing")
        words = [e for e in said["What we concluded about you"].entries if "item" in e]
        expect(words, "the inferred history is missing")
        expect(seconds < 60, f"it took {seconds:.0f} s")
    return f"{len(places)} of {len(places)} places, {len(planted)} planted events, {len(file.sections)} sections"


def _decision(engine: Engine) -> str:
    return next(event.id for _, event in engine.log.of_subject(WHO) if event.kind == "decision")


def _no_failed(patch: Patch) -> None:
    patch(Accessing, "_failed", lambda _self, _subject: [])


def take_along(folder: Path, long: bool) -> str:
    """P03: JSON and CSV, put into an empty workspace, give the same events, history and segments."""
    import csv
    import io

    from salience.collect.exporters.flat import whole

    with shop() as engine:
        own = [e for _, e in engine.log.of_subject(WHO) if e.kind not in ("decision", "position")]
        kinds, history = sorted(e.kind for e in own), _history(engine)
        data = engine.portable(WHO)
        table = engine.portable(WHO, "csv").decode()
    import msgspec

    events = msgspec.json.decode(data)["events"]
    rows = [whole(row) for row in csv.DictReader(io.StringIO(table))]
    for name, sent in (("JSON", events), ("CSV", rows)):
        with Engine.in_memory(Settings(explore=0.0)) as empty:
            receipt = empty.collect(sent, source="import")
            expect(receipt.failed == 0 and receipt.stored == len(sent), f"{name}: {receipt.failed} failed")
            again = [e for _, e in empty.log.of_subject(WHO)]
            expect(sorted(e.kind for e in again) == kinds, f"{name}: other events come back")
            expect(_history(empty) == history, f"{name}: another history comes back")
    return f"{len(events)} events as JSON, {len(rows)} as CSV; re-imported: 0 differences in kinds and history"


def _history(engine: Engine) -> dict[str, float]:
    engine.follower.catch_up(engine.now())
    person, names = engine.state.person(WHO), engine.state.items()
    return {
        names[code]: round(float(strength), 6) for code, strength in zip(person.items, person.strengths, strict=True)
    }


def _half_of_it(patch: Patch) -> None:
    real = Accessing.rows_of
    patch(Accessing, "rows_of", lambda self, subject: real(self, subject)[::2])


def correct(_folder: Path, long: bool) -> str:
    """P04: a corrected trait is everywhere the new one at once; the log shows who said what and when."""
    with shop() as engine:
        engine.rectify(WHO, {"town": "Delft"}, actor="officer")
        expect({t.name: t.value for t in engine.tags(WHO)}["town"] == "Delft", "the tag is the old one")
        expect(engine.state.person(WHO).fields["trait:town"] == "Delft", "the profile is the old one")
        said = [(e.source, e.traits["town"]) for _, e in engine.log.of_subject(WHO) if e.kind == "identify"]  # type: ignore[union-attr]
        expect(said[0][1] == WHO and said[-1] == ("rights", "Delft"), f"the history says {said}")
        row = engine.audit_trail(limit=-1)[-1]
        expect(
            (row.actor, row.action) == ("officer", "rectified") and CANARY not in row.detail, f"the audit says {row}"
        )
    return "profile, tags and next answer carry the new value; log and audit say who and when"


def _keeps_the_old(patch: Patch) -> None:
    patch(Rights, "rectify", lambda self, subject, traits, actor="": self.tags(subject))


def asker(_folder: Path, long: bool) -> str:
    """P05: without proof nothing personal, and the same status and words for known and unknown people."""
    keys: dict[str, Role] = {"k-write": "write", "k-officer": "officer", "k-service": "service"}
    with shop(6) as engine, background(app(engine, keys.get)) as address, httpx.Client(base_url=address) as client:

        def ask(method: str, path: str, key: str, **headers: str) -> httpx.Response:
            return client.request(method, path, headers={"Authorization": f"Bearer {key}", **headers})

        asked = 0
        for method, path in (("GET", "/v1/users/{}"), ("DELETE", "/v1/users/{}"), ("GET", "/v1/users/{}/export")):
            answers = [ask(method, path.format(name), "k-write") for name in (WHO, "nobody")]
            bodies = [a.json()["error"]["rule"] for a in answers]
            expect(
                [a.status_code for a in answers] == [403, 403] and len(set(bodies)) == 1, f"{method} {path}: {bodies}"
            )
            expect(CANARY not in answers[0].text.replace(WHO, ""), f"{path} shows something")
            asked += 2
        proof = ask("POST", f"/v1/users/{WHO}/proof", "k-service").json()["proof"]
        mine = ask("GET", "/v1/me", "k-write", **{"X-Salience-Proof": proof})
        expect(mine.status_code == 200 and mine.json()["person"] == WHO, f"with a proof: {mine.status_code}")
        forged = [
            proof[:-4] + "AAAA",
            "",
            "nonsense",
            ask("POST", "/v1/users/nobody/proof", "k-service").json()["proof"][:-8],
        ]
        for token in forged:
            answer = ask("GET", "/v1/me", "k-write", **{"X-Salience-Proof": token})
            expect(answer.status_code == 401 and CANARY not in answer.text, f"forged proof: {answer.status_code}")
        known, unknown = (ask("GET", f"/v1/users/{name}", "k-officer") for name in (WHO, "nobody"))
        expect(known.status_code == unknown.status_code == 200, "an officer learns from the status who is known")
        expect(
            [s["title"] for s in known.json()["sections"]] == [s["title"] for s in unknown.json()["sections"]],
            "or from the form",
        )
    return f"{asked} questions without proof: 403, same words; {len(forged)} forged proofs: 401; officers: one form"


def _any_proof(patch: Patch) -> None:
    patch(Requesting, "proven", lambda _self, token: WHO if token else "")


# --- restriction, objection, switch-off -------------------------------------------------------------------------------


def restrict(_folder: Path, long: bool) -> str:
    """P11: frozen is stored and exportable and nothing else; unfrozen it is as before."""
    with shop() as engine:
        before = len(engine.interactions()[0].users)
        engine.choose(WHO, Choices(signals={"restricted": True}))
        expect(not engine.recommend(RecommendRequest(user=WHO, k=3)).personalised, "decisions look at the person")
        expect(len(engine.interactions()[0].users) == before - 1, "it is still a training row")
        expect(not engine.release("crm", [WHO]).subjects, "it is still pushed")
        expect(len(engine.portable(WHO)) > 1000, "it cannot be exported")
        engine.choose(WHO, Choices(signals={"restricted": False}))
        expect(engine.recommend(RecommendRequest(user=WHO, k=3)).personalised, "unfreezing restores nothing")
        expect(len(engine.interactions()[0].users) == before, "unfreezing does not restore the row")
    return "no decision, training row or push while frozen; exportable; all back once unfrozen"


def object_to(_folder: Path, long: bool) -> str:
    """P13: an objection stops features, training rows, audiences and pushes, each from the next time on."""
    with shop() as engine:
        rows = len(engine.interactions()[0].users)
        engine.choose(WHO, Choices(signals={"objection": True}))
        length = len(engine.state.person(WHO).items)
        engine.collect([{"kind": "purchase", "id": "after", "user": WHO, "item": "brand-new"}], source="t")
        engine.follower.catch_up(engine.now())
        expect(len(engine.state.person(WHO).items) == length, "a new feature was made")
        expect(len(engine.interactions()[0].users) == rows - 1, "it is still a training row")
        expect(engine.release("crm", [WHO]).withheld == {"objection": 1}, "it is still pushed")
        expect(engine.people.may(WHO, "audience") == Ruling(allowed=False, because="objection"), "audience")
        expect(not engine.standing(WHO).opted_out, "it is mixed up with an opt-out")
    return "no new feature, training row, audience or push; a state of its own"


def _deaf(patch: Patch) -> None:
    real = Policy.may

    def may(self: Policy, state: Any, use: Any, *, erased: bool = False) -> Ruling:
        return Ruling(allowed=True, because="default") if use != "sensitive" else real(self, state, use, erased=erased)

    patch(Policy, "may", may)


def twins(_folder: Path, long: bool) -> str:
    """P12: with personalisation off, pairs with other histories and the same context get the same bytes."""
    pairs = 1_000 if long else 60
    rng = np.random.default_rng(12)
    with Engine.in_memory(Settings(explore=0.0)) as engine:
        sent: list[dict[str, Any]] = []
        for n in range(2 * pairs):
            sent += [
                {"kind": "purchase", "id": f"p{n}-{i}", "user": f"u{n}", "item": f"i{int(rng.integers(40))}"}
                for i in range(4)
            ]
            sent.append({"kind": "identify", "id": f"t{n}", "user": f"u{n}", "traits": {"town": f"t{n % 7}"}})
        engine.collect(sent, source="t")
        engine.train(minutes=0.003)
        on = {_bytes(engine, f"u{n}") for n in range(20)}
        expect(len(on) > 1, "even with personalisation on everybody gets the same: the test tells nothing")
        off = [
            {"kind": "consent", "id": f"o{n}", "user": f"u{n}", "signals": {"personalisation_off": True}}
            for n in range(2 * pairs)
        ]
        engine.collect(off, source="t")
        different = sum(_bytes(engine, f"u{2 * n}") != _bytes(engine, f"u{2 * n + 1}") for n in range(pairs))
        expect(different == 0, f"{different} of {pairs} pairs differ")
        expect(engine.recommend(RecommendRequest(user="u0", k=5)).items, "the answer is empty")
    return f"{pairs:,} twin pairs: {pairs:,} byte-identical; effective on the next request; not empty"


def _bytes(engine: Engine, user: str) -> bytes:
    import msgspec

    answer = engine.recommend(RecommendRequest(user=user, k=5))
    return msgspec.json.encode(structs.replace(answer, decision=""))


def _switch_without_a_wire(patch: Patch) -> None:
    real = people.People.may
    patch(
        people.People,
        "may",
        lambda self, s, use: Ruling(allowed=True, because="default") if use == "decide" else real(self, s, use),
    )


def remove(_folder: Path, long: bool) -> str:
    """P14: a removed tag stays away, whatever sends or computes it; forbidden ones cannot be made."""
    with shop(forbidden_traits=("caste",), sensitive_traits=("religion",)) as engine:
        listed = {tag.name: tag.source for tag in engine.tags(WHO)}
        expect(listed.get("town") == "file", f"tags with source: {listed}")
        engine.remove_tag(WHO, "town")
        for n in range(2):
            engine.collect(
                [{"kind": "identify", "id": f"again{n}", "user": WHO, "traits": {"town": "X", "size": "M"}}], source="t"
            )
        engine.fold_anew()
        names = {tag.name for tag in engine.tags(WHO)}
        expect("town" not in names and "size" in names, f"the tags are {sorted(names)}")
        for name in ("caste", "religion"):
            try:
                engine.rectify(WHO, {name: "x"})
                expect(False, f"the tag {name} can be made")  # noqa: FBT003
            except InvalidInput as fault:
                expect("traits" in fault.parameter, str(fault))
        engine.collect(
            [{"kind": "identify", "id": "s", "user": WHO, "traits": {"religion": "x", "caste": "y"}}], source="t"
        )
        engine.follower.catch_up(engine.now())
        expect(not {"trait:religion", "trait:caste"} & set(engine.state.person(WHO).fields), "they came in by the door")
    return "listed with source; removed, sent twice, folded anew: stays away; forbidden, sensitive ones refused"


def _forgetful_tags(patch: Patch) -> None:
    patch(Policy, "kept_traits", lambda _self, traits, _state: (dict(traits), []))


def contest(_folder: Path, long: bool) -> str:
    """P16: a contested decision waits for a human, who decides by name and with a reason."""
    with shop() as engine:
        decision = _decision(engine)
        review = engine.contest(decision, WHO, f"unfair to {WHO}")
        expect(engine.review_reason(review) == f"unfair to {WHO}", "the reason is lost")
        expect(CANARY.encode() not in b"".join(r.body for r in engine.register.all("review")), "the reason lies open")
        try:
            engine.contest(decision, "crowd-1", "not mine")
            expect(False, "somebody else's decision can be contested")  # noqa: FBT003
        except ValueError:
            pass
        try:
            engine.decide_review(review.id, "changed", reviewer="", why="")
            expect(False, "a machine may decide")  # noqa: FBT003
        except InvalidInput:
            pass
        engine.decide_review(review.id, "changed", reviewer="Joan", why="the rule was wrong")
        expect(not engine.reviews(), "it still waits")
        explained = engine.explain(decision)
        expect(explained.decision.items[0].reason.code, "the decision carries no reason")
    return "own decisions only; sealed reason; closed by a named human with a reason; reason codes on each item"


def machine_decides(patch: Patch) -> None:
    patch(Requesting, "decide_review", lambda _self, _review, _verdict, reviewer, why: (reviewer, why))


def withdraw(_folder: Path, long: bool) -> str:
    """P19: as easy as giving, and effective at once: events, pushes, answers; the site still works."""
    with Engine.in_memory(Settings(explore=0.0, region="DE")) as engine:
        engine.add_recipient(CRM)
        engine.collect(story(WHO, 3), source="t")
        engine.follower.catch_up(engine.now())
        expect(not engine.state.person(WHO).items.size, "silence was taken for consent")
        given = Choices(purposes={"personalisation": True, "analytics": True, "marketing": True})
        engine.choose(WHO, given)
        engine.collect([{"kind": "purchase", "id": "w1", "user": WHO, "item": "i1"}], source="t")
        expect(engine.release("crm", [WHO]).subjects == (WHO,), "a push with consent is withheld")
        taken = Choices(purposes={"personalisation": False, "analytics": False, "marketing": False})
        batch: list[dict[str, Any]] = [
            {"kind": "consent", "id": "w2", "user": WHO, "purposes": taken.purposes},
            {"kind": "click", "id": "w3", "user": WHO, "item": "i2"},
        ]
        receipt = engine.collect(batch, source="t")
        expect([r.status for r in receipt.results] == ["stored", "refused"], "an event of the same batch was kept")
        late = engine.collect([{"kind": "click", "id": "w4", "user": WHO, "item": "i3"}], source="t")
        expect(late.results[0].reason == "no consent: purpose", f"the next event: {late.results}")
        expect(not engine.release("crm", [WHO]).subjects, "the next push holds the person")
        answer = engine.recommend(RecommendRequest(user=WHO, k=3))
        expect(not answer.personalised, "the next answer looks at the person")
        expect(engine.log.ledger().balanced, "the ledger does not balance")
        logged = [e for _, e in engine.log.of_subject(WHO) if e.kind == "decision" and e.id == answer.decision]
        expect(not logged, "the answer was logged under the person's id")
    return "one call each way; same batch, next event, next push and next answer heed it; the site still answers"


def _late_withdrawal(patch: Patch) -> None:
    patch(people.People, "judge", lambda _self: Verdict)


MARKS: tuple[Mark, ...] = (
    mark("P01", "access", see, {"no-failed": _no_failed}),
    mark("P03", "taking along", take_along, {"half-of-it": _half_of_it}),
    mark("P04", "correction", correct, {"keeps-the-old": _keeps_the_old}),
    mark("P05", "who asks", asker, {"any-proof": _any_proof}),
    mark("P11", "restriction", restrict, {"deaf": _deaf}),
    mark("P12", "switch-off", twins, {"switch-without-a-wire": _switch_without_a_wire}),
    mark("P13", "objection", object_to, {"deaf": _deaf}),
    mark("P14", "tags", remove, {"forgetful": _forgetful_tags}),
    mark("P19", "withdrawal", withdraw, {"late": _late_withdrawal, "deaf": _deaf}),
)
