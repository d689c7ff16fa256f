from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from msgspec import json, structs

from salience.events.experiment import Arm, Method, Metric
from salience.optimise.experiments.judged import judged
from salience.optimise.experiments.measured import DAY_MS
from salience.optimise.experiments.plot import drawn
from tests.optimise.experiments.runs import BEGAN, BUYS, DESIGN, measured, run_of, world

END = BEGAN + 17 * DAY_MS


@pytest.mark.parametrize("method", ["sequential", "declared", "anytime", "fixed"])
def test_no_method_calls_more_of_nothing_than_it_may_and_each_finds_an_effect(method: Method) -> None:
    design = structs.replace(DESIGN, method=method)
    words: dict[float, Counter[str]] = {}
    for rate in (0.1, 0.14):
        found = (judged(run_of(design), world(design, 4_200, 14, (0.1, rate), seed), END) for seed in range(10))
        words[rate] = Counter(one.verdict.word for one in found)
    assert words[0.1]["no difference shown"] >= 7
    assert words[0.14]["better"] >= 7
    assert words[0.14]["worse"] == 0


def test_units_beyond_the_plan_change_nothing() -> None:
    exact, over = (world(DESIGN, 4_000, 14, (0.1, 0.105), 3), world(DESIGN, 4_000, 14, (0.1, 0.105), 3))
    late = np.full(2_000, 14.5)
    more = measured(
        DESIGN,
        np.concatenate([(over.exposed - BEGAN) / DAY_MS, late]),
        np.concatenate([over.arm, np.ones(2_000, np.int64)]),
        [(int(u), "click", (t - BEGAN) / DAY_MS, 1.0) for u, t in zip(over.unit, over.time, strict=True)],
    )
    one, two = (judged(run_of(DESIGN), run, END) for run in (exact, more))
    assert one.results[0].difference == pytest.approx(two.results[0].difference)
    assert two.counted == 4_000


def test_each_primary_metric_and_arm_costs_its_share_of_alpha() -> None:
    arms = (Arm(name="control"), Arm(name="new"), Arm(name="newer"))
    design = structs.replace(DESIGN, arms=arms, metrics=(BUYS, structs.replace(BUYS, name="again")), method="fixed")
    run = world(DESIGN, 4_200, 14, (0.1, 0.1), 5)
    found = judged(run_of(design), replace(run, arms=design.names, arm=np.arange(len(run)) % 3), END)
    assert found.results[0].looks[-1].reach == pytest.approx(2.4977, abs=1e-3)  # alpha 0.05 / 4


def test_a_winner_that_breaks_a_guardrail_is_not_shipped() -> None:
    guard = Metric(name="returns", event="view", days=1, role="guardrail", better="less", margin=0.1)
    design = structs.replace(DESIGN, metrics=(BUYS, guard))
    rng = np.random.default_rng(9)
    exposed, arm = np.sort(rng.random(4_000) * 14), np.arange(4_000) % 2
    rows = [(int(u), "click", exposed[u], 1.0) for u in range(4_000) if rng.random() < (0.1, 0.2)[arm[u]]]
    harmed = [(int(u), "view", exposed[u], 1.0) for u in range(4_000) if rng.random() < (0.2, 0.4)[arm[u]]]
    spared = [(int(u), "view", exposed[u], 1.0) for u in range(4_000) if rng.random() < 0.2]
    words = [
        judged(run_of(design), measured(design, exposed, arm, rows + beside), END).verdict.word
        for beside in (harmed, spared)
    ]
    assert words[0] == "better, but a guardrail is broken"
    assert words[1] in ("better", "better, but a guardrail is not sure yet")


def test_less_may_be_better() -> None:
    design = structs.replace(DESIGN, metrics=(structs.replace(BUYS, better="less"),))
    assert judged(run_of(design), world(design, 4_000, 14, (0.2, 0.1), 1), END).verdict.word == "better"
    assert judged(run_of(design), world(design, 4_000, 14, (0.1, 0.2), 1), END).verdict.word == "worse"


def test_a_report_of_nothing_is_a_report() -> None:
    empty = measured(DESIGN, np.zeros(0), np.zeros(0), [])
    found = judged(run_of(DESIGN), empty, BEGAN + DAY_MS)
    assert found.verdict.word == "not enough data"
    assert json.encode(found)
    assert drawn("x", found).startswith("<svg ")


def test_a_picture_escapes_what_people_wrote() -> None:
    found = judged(run_of(DESIGN), world(DESIGN, 4_000, 14, (0.1, 0.2), 2), END)
    picture = drawn("<script>alert(1)</script>", found)
    assert "<script>" not in picture
    assert picture.count("<polyline") == 1
