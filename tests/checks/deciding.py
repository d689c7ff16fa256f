"""Checks 16 to 18: logged probabilities are those of the draw, one event id is one decision, and the log is enough."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from msgspec import json, structs
from scipy import stats

from salience.engine import Engine
from salience.events import DecideRequest, Outcome
from salience.events.loops import LoopSettings, RankAction, RankSlot
from salience.feedback.learning import Loops
from salience.optimise.bandit.loop import Loop
from salience.optimise.bandit.rank import rank
from salience.serve.decide import answer
from salience.store import home as homes
from tests.checks.figure import Check, Figure, Size, at_least, at_most

NAMES = ("tea", "rice", "soap", "bread", "salt")


def taught(policy: str, seed: int, lessons: int = 60) -> Loop:
    """A loop that has learned something."""
    loops = Loops()
    loop = loops.of("check")
    settings = LoopSettings(policy=policy, floor=0.01)
    from salience.events import Steering

    loops.apply(0, Steering(id="s", loop="check", settings=settings))
    rng = np.random.default_rng(seed)
    for at in range(lessons):
        request = asked(f"l{seed}-{at}", seed=int(rng.integers(5)))
        made = rank(request, loop, id=f"rank:{at}", as_of=at, now=at + 1)
        loops.apply(at, made)
        value = float(rng.random() < 0.2 + 0.15 * NAMES.index(made.placed[0].chosen))
        loops.apply(at, Outcome(id=f"o{at}", decision=made.id, value=value, received=at + 1))
    return loop


def asked(event: str, *, seed: int = 0, shape: str = "plain") -> DecideRequest:
    """One of the shapes of a request."""
    actions = tuple(RankAction(name, [{"kind": name[0], "size": at + 1}]) for at, name in enumerate(NAMES))
    request = DecideRequest(actions=actions, event_id=event, loop_id="check", context_features=[{"day": seed}])
    slots = (
        RankSlot("top", baseline_action="tea"),
        RankSlot("side", baseline_action="rice", excluded_actions=("tea",)),
    )
    match shape:
        case "excluded":
            return structs.replace(request, excluded_actions=("tea",), ineligible={"soap": "sold out"})
        case "capped":
            capped = (structs.replace(actions[0], budget=0), structs.replace(actions[1], cap=0), *actions[2:])
            return structs.replace(request, actions=capped, unit_id="ann")
        case "slots":
            return structs.replace(request, slots=slots)
        case "must show":
            return structs.replace(request, slots=slots, must_show={"top": "bread"})
        case "layouts":
            return structs.replace(request, layouts=("list", "grid", "posters"))
        case _:
            return request


SHAPES = ("plain", "excluded", "capped", "slots", "must show", "layouts")
POLICIES = ("thompson-logistic", "epsilon-greedy", "softmax", "squarecb", "linucb", "regcb", "bootstrap")


def propensities(size: Size) -> Iterator[Figure]:
    """Draws of the same request under many event ids against the probabilities that were logged with them."""
    passed, contexts, off, worst, total = 0, 0, 0.0, 0.0, 0
    for number, policy in enumerate(POLICIES[:2] if size == "quick" else POLICIES):
        draws = 600 if size == "quick" else 10_000 if number else 100_000
        loop = taught(policy, number)
        for shape in SHAPES:
            total += draws
            contexts += 1
            counts, chance, weight = drawn(loop, shape, draws)
            passed += all(_fits(counts[slot], chance[slot]) for slot in counts)
            off = max(off, *(abs(sum(one) - 1) for one in chance.values()))
            mean, error = weight
            worst = max(worst, abs(mean - 1) / error if error > 0 else abs(mean - 1) * 1e9)
    yield at_least("contexts whose draws fit (chi-square p > 0.001)", passed / contexts, 0.99, runs=contexts,
                   note=f"{total:,} draws, 100,000 a context of the default policy")  # fmt: skip
    yield at_most("probabilities' sum off 1", off, 1e-9)
    yield at_most("mean weight of a uniform target off 1, in standard errors", worst, 3.0 if size == "quick" else 3.5)


Table = dict[tuple[str, ...], list[float]]


def drawn(loop: Loop, shape: str, draws: int) -> tuple[Table, Table, tuple[float, float]]:
    """(slot and choices above -> counts, -> logged probabilities, mean weight of uniform over what was left, error).

    The error is that of the logged probabilities, not of the sample: a page that is drawn once in 250,000 times weighs
    10,000, and a sample without it looks surer than it is.
    """
    counts: Table = {}
    chance: Table = {}
    weights = np.ones(draws)
    for at in range(draws):
        made = rank(asked(f"d{at}", shape=shape), loop, id="rank:x", as_of=1, now=1, asked="")
        above: tuple[str, ...] = ()
        if made.layout is not None:
            above = (made.layout.chosen,)
            chance[("layout",)] = list(made.layout.probabilities)
            layouts = counts.setdefault(("layout",), [0.0] * len(made.layout.offered))
            layouts[made.layout.offered.index(made.layout.chosen)] += 1
        for placed in made.placed:
            key = (placed.slot, *above)
            seen = counts.setdefault(key, [0.0] * len(made.offered))
            chosen = made.offered.index(placed.chosen)
            seen[chosen] += 1
            chance[key] = list(placed.probabilities)
            left = sum(p > 0 for p in placed.probabilities)
            weights[at] *= 1 / (left * placed.probabilities[chosen])
            above = (*above, placed.chosen)
    stages = [placed.slot for placed in made.placed]
    squared = [_squared(chance, stages, (name,), made.offered) for name in made.layout.offered] if made.layout else []
    second = (
        float(np.dot(made.layout.probabilities, squared)) if made.layout else _squared(chance, stages, (), made.offered)
    )
    return counts, chance, (float(weights.mean()), float(np.sqrt(max(second - 1, 0) / draws)))


def _squared(chance: Table, stages: list[str], above: tuple[str, ...], offered: tuple[str, ...]) -> float:
    """The expected square of the weights of ``stages``, given the choices above; 1 where nobody came."""
    if not stages or (stages[0], *above) not in chance:
        return 1.0
    own = chance[(stages[0], *above)]
    left = sum(p > 0 for p in own)
    return sum(
        _squared(chance, stages[1:], (*above, name), offered) / (left * left * p)
        for name, p in zip(offered, own, strict=True)
        if p > 0
    )


def _fits(counts: list[float], chance: list[float]) -> bool:
    seen, p = np.array(counts), np.array(chance)
    if (seen[p == 0] > 0).any():
        return False
    total, open_ = seen.sum(), p > 0
    rare = open_ & (p * total < 5)  # too few to count alone
    seen = np.append(seen[open_ & ~rare], seen[rare].sum()) if rare.any() else seen[open_]
    wanted = np.append(p[open_ & ~rare], p[rare].sum()) if rare.any() else p[open_]
    if len(wanted) < 2:
        return True
    return bool(stats.chisquare(seen, wanted / wanted.sum() * total).pvalue > 0.001)


def once(size: Size) -> Iterator[Figure]:
    """One event id from many threads at once; rewards that come twice, early, late and out of order."""
    callers = 100 if size == "quick" else 1_000
    clock = [1_700_000_000_000]
    with Engine.in_memory(clock=lambda: clock[0]) as engine:
        answers: list[bytes] = []
        turn = threading.Barrier(min(callers, 50))

        def ask() -> None:
            turn.wait()
            each = range(callers // min(callers, 50))
            answers.extend(json.encode(answer(engine.decide(asked("one")))) for _ in each)

        threads = [threading.Thread(target=ask) for _ in range(min(callers, 50))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _ in range(3):
            engine.reward("one", 1.0, loop="check", reward_id="r-1")
        view = engine.loop("check")
        yield at_most(f"different answers to {len(answers):,} callers", len(set(answers)), 1)
        yield at_most("decisions logged", view.decisions, 1)
        yield Figure("lessons learned from three times the same reward", view.lessons, (1, 1))
        early = engine.reward("two", 1.0, loop="check").status
        engine.decide(structs.replace(asked("two"), defer_activation=True))
        before = engine.reward("two", 0.5, loop="check", metric="other").status
        engine.activate("two", loop="check")
        engine.decide(asked("three"))
        clock[0] += 700_000
        engine.decide(asked("four"))
        late = engine.reward("three", 1.0, loop="check").status
        told = (early, before, late)
        right = told == ("unknown", "not-activated", "late")
        yield at_least("early, unactivated and late rewards named", float(right), 1.0, note=", ".join(told))
        view = engine.loop("check")
        whole = view.rewards == view.used + view.repeated + view.early + view.orphans
        note = f"{view.rewards} = {view.used} + {view.repeated} + {view.early} + {view.orphans}"
        yield at_least("counts that reconcile", float(whole and view.late == 1), 1.0, note=note)
        ledger = engine.log.ledger()
        yield at_least("ledger balanced", float(ledger.balanced), 1.0)
        copy = Loops()
        for row, event in engine.log.read(limit=10_000):
            copy.apply(row, event)
        mine, again = (loops.of("check").learner.main for loops in (engine.follower.loops, copy))
        same = all(again.own[name].mean.tobytes() == own.mean.tobytes() for name, own in mine.own.items())
        same = same and mine.mean.tobytes() == again.mean.tobytes() and len(mine.own) == len(again.own)
        yield at_least("weights after replay, bit for bit", float(same), 1.0)


def enough(size: Size) -> Iterator[Figure]:
    """Restarts in the middle of load, decisions made again from the log, and the time of a rollback."""
    count = 60 if size == "quick" else 600
    with tempfile.TemporaryDirectory(prefix="salience-check-") as name:
        folder = Path(name) / "home"
        homes.create(folder)
        told: dict[str, bytes] = {}
        for part in range(3):
            with Engine.open(folder) as engine:
                for at in range(part * count, (part + 1) * count):
                    made = engine.decide(asked(f"e{at}", seed=at % 3))
                    told[made.id] = json.encode(answer(made))
                    engine.reward(f"e{at}", float(at % 3 == NAMES.index(made.placed[0].chosen) % 3), loop="check")
        with Engine.open(folder) as engine:
            lost = sum(engine.log.find(decision) is None for decision in told)
            yield at_most("acknowledged decisions lost over three restarts", lost, 0)
            again = sum(json.encode(answer(engine.decide(asked(f"e{at}", seed=at % 3)))) != told[f"rank:check:e{at}"]
                        for at in range(3 * count))  # fmt: skip
            yield at_most("answers that changed", again, 0)
            sample = range(0, 3 * count, max(3 * count // 20, 1))
            same = sum(engine.replay(f"e{at}", loop="check").same for at in sample)
            yield at_least("decisions made again bit for bit", same / len(sample), 1.0, runs=len(sample))
            engine.steer("check", why="set aside")
            version = engine.versions("check")[0].name
            for at in range(20):
                engine.decide(asked(f"after{at}"))
                engine.reward(f"after{at}", 1.0, loop="check")
            began = time.perf_counter()
            engine.rollback_loop("check", version)
            made = engine.decide(asked("rolled back"))
            spent = time.perf_counter() - began
            yield at_most("seconds of a rollback until the next answer", spent, 1.0, note=f"answered by {made.model}")
            yield at_least("the version answers", float(made.model == version), 1.0)


CHECKS = (
    Check(16, "propensity truth", propensities),
    Check(17, "one event id is one decision; rewards reconcile", once),
    Check(18, "restarts, replay and rollback", enough),
)
