"""R27: a workspace that is loud beside one that is not, both in one server process.

The quiet one gets 25 posts a second of 20 events, the loud one twenty times that: 500 a second, which is what the
documentation promises of a server. Each loud post is about 20 people and 20 property names that were never heard of.
Nothing limits it. In a second part the loud one has a limit and callers without a pause who do not heed it.

The quiet one's times are taken in turns, alone and beside the loud one, so that a machine that grows slower meanwhile
does so for both.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np

from salience.engine import Engine
from tests.faults.callers import Callers
from tests.faults.marks import expect
from tests.faults.others import Others
from tests.faults.server import Server, clicks, workspace

RATE, TIMES, MOST = 25.0, 20, 1.5
PEOPLE = 1_000_000
LIMIT, SHOUTING, CROWD = 2 * RATE, 16, 300


def noisy_tenant(folder: Path, long: bool, build: str) -> str:
    """R27, both parts; the quick form looks at everything but the times."""
    turns, few, seconds = (50, 10, 2.0) if long else (1, 1, 0.6)
    load = {"rate": RATE * TIMES} if long else {"callers": CROWD}
    free, _, people = _beside(folder / "free", build, "", turns, seconds, hold=long, **load)
    expect(not long or people >= PEOPLE, f"the loud one was about {people:,} people only")
    limit = f"rate_per_key = {LIMIT}\n"
    held, told, _ = _beside(folder / "held", build, limit, few, seconds, hold=long, callers=SHOUTING if long else CROWD)
    expect(told[429], f"the loud one was never told to wait: {dict(told)}")
    return f"{people:,} loud people: {free}; {told[429]:,} of {told.total():,} told to wait: {held}"


def _beside(
    folder: Path,
    build: str,
    settings: str,
    turns: int,
    seconds: float,
    *,
    hold: bool,
    rate: float = 0.0,
    callers: float = 0.0,
) -> tuple[str, Counter[int], int]:
    """What became of the quiet one's times, in words; how the loud one was answered; about how many people it was."""
    loud = workspace(folder / "loud", settings)
    alone: list[list[float]] = []
    beside: list[list[float]] = []
    told: Counter[int] = Counter()
    with Server(folder / "quiet", build, beside=loud.home) as server:
        server.start()
        with (
            Callers(server.port, server.secret, _quiet_body()) as quiet,
            Callers(server.port, loud.secret_key, _loud_body()) as shouting,
        ):
            for callers_ in (quiet, shouting):
                callers_.start("warm", 0.5, rate=RATE)
            expect(set(quiet.answers().statuses) == {200}, "the quiet one is refused at the start")
            told += shouting.answers().statuses
            with Others(server.pid, quiet.pid, shouting.pid) as others:
                for turn in range(turns):
                    for into, name in ((alone, "alone"), (beside, "beside")):
                        if into is beside:
                            shouting.start(f"l{turn}", seconds, rate=rate, callers=int(callers))
                        quiet.start(f"{name}{turn}", seconds, rate=RATE)
                        answers = quiet.answers()
                        expect(set(answers.statuses) == {200}, f"the quiet one got {answers.statuses} {name}")
                        into.append(answers.times)
                    heard = shouting.answers()
                    expect(not heard.bare, f"{heard.bare} refusals without Retry-After")
                    told += heard.statuses
        expect(set(told) <= {200, 429, 503}, f"the loud one was answered {dict(told)}")
        posts = sum(map(len, (*alone, *beside))) + int(RATE * 0.5)
        server.kill()
        with Engine.open(server.home) as engine:
            pulse = engine.pulse()
    expect(pulse.kinds == {"click": 20 * posts}, f"the quiet one counts {pulse.kinds}, of {posts} posts")
    expect(pulse.people <= 97 and pulse.items == 1, f"the quiet one knows {pulse.people} people, {pulse.items} items")
    ratio, least, most = _grown(alone, beside)
    words = f"p99 {_p99(alone):.1f} -> {_p99(beside):.1f} ms, {ratio:.2f} times ({least:.2f} to {most:.2f})"
    if hold:
        others.hold(ratio <= MOST, f"the quiet one's {words}")
    return words, told, 20 * told[200]


def _quiet_body() -> bytes:
    return json.dumps({"events": clicks(f"q-NUMBER-{n}" for n in range(20))}).encode()


def _loud_body() -> bytes:
    events = [clicks([f"l-NUMBER-{n}"], user=f"x-NUMBER-{n}")[0] for n in range(20)]
    names = {f"n-NUMBER-{n}": n for n in range(20)}
    events.append({"kind": "identify", "id": "i-NUMBER", "user": "y", "traits": names})
    return json.dumps({"events": events}).encode()


def _p99(turns: list[list[float]]) -> float:
    return float(1000 * np.quantile(np.concatenate(turns), 0.99))


def _grown(alone: list[list[float]], beside: list[list[float]]) -> tuple[float, float, float]:
    """How many times the p99 grew, and 95 % of what a bootstrap over turns gives."""
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(300):
        chosen = rng.integers(0, len(alone), len(alone))
        drawn.append(_p99([beside[n] for n in chosen]) / _p99([alone[n] for n in chosen]))
    least, most = np.quantile(drawn, [0.025, 0.975])
    return _p99(beside) / _p99(alone), float(least), float(most)
