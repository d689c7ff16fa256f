"""Marks of decisions that weigh: prices look at nothing of the person (P15), and a human has the last word (P16)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs

from salience import Engine
from salience.engine import deciding
from salience.engine.requesting import Requesting
from salience.events import DecideRequest, Decision, InvalidInput, LoopSettings, Ranked, RecommendRequest
from salience.events.interactions import Matrix
from salience.events.loops import RankAction
from salience.optimise.bandit import rank as ranking
from salience.optimise.bandit.chance import luck, seed_of
from salience.privacy import papers
from salience.recommend import reasons
from salience.serve.decide import answer
from tests.trust.marks import Mark, Patch, expect, mark
from tests.trust.rights import contest, machine_decides, shop

PRICES = tuple(RankAction(price, [{"price": float(price)}]) for price in ("9", "11", "13"))
TRAITS: dict[str, tuple[Any, ...]] = {
    "age": (18, 30, 70),
    "gender": ("f", "m", "x"),
    "phone": ("cheap", "dear"),
    "vip": (True, False),
    "visits": (1, 40),
    "town": ("Delft", "Bern"),
}


def _asked(event: str, who: dict[str, Any], loop: str = "checkout", **more: Any) -> DecideRequest:
    return DecideRequest(
        actions=PRICES, event_id=event, context_features=[{"country": "NL", **who}], loop_id=loop, **more
    )


def _taught(engine: Engine, rng: np.random.Generator, loop: str, lessons: int) -> None:
    """The owner of a dear phone pays whatever is asked: a loop that may look at phones learns to ask for more."""
    for n in range(lessons):
        who = {name: values[int(rng.integers(len(values)))] for name, values in TRAITS.items()}
        made = engine.decide(_asked(f"lesson-{n}", who, loop, unit_id=f"u{n}"))
        dear = who["phone"] == "dear"
        engine.reward(f"lesson-{n}", float(made.placed[0].chosen == ("13" if dear else "9")), loop=loop)


def prices(_folder: Path, long: bool) -> str:
    """Flip each personal trait of 1,000 people: the price stays; only a feature that is disclosed may move it."""
    people, rng = 1_000 if long else 60, np.random.default_rng(15)
    with Engine.in_memory() as engine:
        fair = LoopSettings(about="price", holdout=0.3, wait_ms=0, differs_by={"country": "taxes differ"})
        engine.steer("checkout", fair, by="test")
        _taught(engine, rng, "checkout", 150)
        differences = moved = 0
        for n in range(people):
            who = {name: values[int(rng.integers(len(values)))] for name, values in TRAITS.items()}
            first = engine.decide(_asked(f"p{n}", who, unit_id=f"u{n}", dry_run=True)).placed
            for name, values in TRAITS.items():
                other = {**who, name: next(value for value in values if value != who[name])}
                again = engine.decide(_asked(f"p{n}", other, unit_id=f"v{n}-{name}", dry_run=True)).placed
                differences += again != first
            abroad = _asked(f"p{n}", who, dry_run=True)
            abroad = structs.replace(abroad, context_features=[{"country": "CH"}])
            moved += engine.decide(abroad).placed != first
        expect(differences == 0, f"{differences} answers changed with a trait that nobody disclosed")
        expect(moved > 0, "the disclosed feature moves nothing: it was dropped as well")
        page = engine.paper("parameters").text
        expect("`country`: taxes differ" in page, "the public page does not say what prices differ by")
        noted = [row for row in engine.audit_trail(limit=10_000) if row.action == "loop that weighs"]
        expect(len(noted) == 1 and "differs_by=country" in noted[0].detail, "the audit chain does not hold the rule")
        try:
            engine.steer("rows", LoopSettings(differs_by={"age": "x"}))
            expect(False, "features are disclosed for nothing")  # noqa: FBT003
        except InvalidInput:
            pass
    flips = people * len(TRAITS)
    told = f"the disclosed feature moves {moved} of {people}; page and audit name it"
    return f"{flips:,} flips of a trait: 0 other prices; {told}"


def _looks_at_all(patch: Patch) -> None:
    patch(deciding, "fair", lambda request, _settings: request)


def _holds_out(patch: Patch) -> None:
    def mode(request: DecideRequest, loop: Any, failed: str) -> str:
        low = luck(seed_of(loop.name, f"holdout\0{request.unit_id}"), "unit") < 0.3
        return "fallback" if failed else "holdout" if low else "online"

    patch(ranking, "_mode", mode)


def _says_nothing(patch: Patch) -> None:
    real = papers._parameters
    patch(papers, "_parameters", lambda facts: real(structs.replace(facts, prices=())))


# --- P16 --------------------------------------------------------------------------------------------------------------


def weighty(folder: Path, long: bool) -> str:
    """What is significant is never final, says what moved it, truly, and a human decides when the person asks."""
    asks, rng = 400 if long else 40, np.random.default_rng(16)
    with Engine.in_memory() as engine:
        engine.steer("credit", LoopSettings(significant=True, wait_ms=0), by="test")
        _taught(engine, rng, "credit", 120)
        named = 0
        for n in range(asks):
            who = {name: values[int(rng.integers(len(values)))] for name, values in TRAITS.items()}
            made = engine.decide(_asked(f"c{n}", who, "credit", unit_id="ann"))
            reply = answer(made)
            expect(not reply.final, "a significant decision is final")
            expect(reply.slots[0].moved, "a significant decision says nothing of what moved it")
            named += _true(engine, made, who, n)
        expect(named == asks, f"{asks - named} decisions name a feature that moves nothing")
        review = engine.contest(made.id, "ann", "I was not asked")
        expect([one.id for one in engine.reviews()] == [review.id], "no human is asked to look")
        light = engine.decide(_asked("light", {}, "rows", unit_id="ann"))
        expect(answer(light).final, "everything is significant")
    rows = _reasons(40 if long else 12)
    told = f"{asks} significant decisions: 0 final, the feature named first moves each"
    return f"{told}; {rows} reasons of rows: without the item named first the score is another; {contest(folder, long)}"


def _true(engine: Engine, made: Ranked, who: dict[str, Any], n: int) -> bool:
    """Whether the score of what was chosen changes when the feature that is named first is taken out."""
    name = next(iter(answer(made).slots[0].moved))
    field = name.partition("=")[0]
    rest = {key: value for key, value in {"country": "NL", **who}.items() if key != field}
    asked = structs.replace(_asked(f"c{n}", {}, "credit", dry_run=True), event_id=f"w{n}", context_features=[rest])
    chosen = made.placed[0].chosen
    alone = (action for action in PRICES if action.id == chosen)
    before = structs.replace(_asked(f"c{n}", who, "credit", dry_run=True), event_id=f"b{n}", actions=tuple(alone))
    without = structs.replace(asked, actions=before.actions)
    return engine.decide(before).placed[0].expected != engine.decide(without).placed[0].expected


def _reasons(people: int) -> int:
    """Reasons of rows that name an item: without that item in the history the score of the row's item is another."""
    looked = 0
    with shop(30) as engine:
        model = engine.snapshot.model
        if model is None:
            return 0
        for n in range(people):
            reply = engine.recommend(RecommendRequest(user=f"crowd-{n % 30}", k=5, explore=False))
            found = engine.log.find(reply.decision)
            decision = found[1] if found else None
            if not isinstance(decision, Decision):
                continue
            person = engine.state.person(f"crowd-{n % 30}")
            names = engine.state.read("").names
            history = {names[code]: float(size) for code, size in zip(person.items, person.strengths, strict=True)}
            for shown in decision.items:
                if shown.reason.code == "because" and decision.rung == "model":
                    place = model.items.codes[shown.item]
                    whole = float(model.score(_row(model, history))[0, place])
                    less = {item: size for item, size in history.items() if item != shown.reason.because[0]}
                    without = float(model.score(_row(model, less))[0, place])
                    expect(without != whole, f"{shown.item}: {shown.reason.because[0]} moves nothing")
                    looked += 1
    expect(looked > 0, "no reason was looked at")
    return looked


def _row(model: Any, history: dict[str, float]) -> Matrix:
    from scipy import sparse

    known = {model.items.codes[item]: size for item, size in history.items() if item in model.items.codes}
    values = np.array(list(known.values()), np.float32)
    made: Any = sparse.csr_array((values, (np.zeros(len(known), int), list(known))), shape=(1, len(model.items.names)))
    return made  # type: ignore[no-any-return]


def _final(patch: Patch) -> None:
    from salience.serve import decide

    real = decide.answer
    patch(_this(), "answer", lambda ranked: structs.replace(real(ranked), final=True))


def _invents(patch: Patch) -> None:
    real = ranking._Asking._moved
    patch(ranking._Asking, "_moved", lambda self, slot, at: {"shoe=42": 1.0} if real(self, slot, at) else {})


def _untrue(patch: Patch) -> None:
    """Names something of the catalogue that the person never touched."""
    real = reasons._because

    def any_item(parts: Any, names: list[str], reading: Any, **more: Any) -> Any:
        told = real(parts, names, reading, **more)
        mine = {reading.names[code] for code in reading.person.items.tolist()}
        other = next(name for name in reading.names if name not in mine)
        return structs.replace(told, because=(other, *told.because[1:])) if told.code == "because" else told

    patch(reasons, "_because", any_item)


def _nobody(patch: Patch) -> None:
    patch(Requesting, "reviews", lambda _self, open_only=True: [])


def _this() -> Any:
    import sys

    return sys.modules[__name__]


MARKS: tuple[Mark, ...] = (
    mark(
        "P15",
        "prices",
        prices,
        {"looks-at-all": _looks_at_all, "holds-out": _holds_out, "says-nothing": _says_nothing},
    ),
    mark(
        "P16",
        "decisions that weigh",
        weighty,
        {
            "final": _final,
            "invents": _invents,
            "untrue-reasons": _untrue,
            "nobody-looks": _nobody,
            "machine-decides": machine_decides,
        },
    ),
)
