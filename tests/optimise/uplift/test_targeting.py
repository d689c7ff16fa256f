"""The columns of a mailing: typed, sorted, studied and judged, with one arm against the control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.optimise.uplift.targeting import Cells, Question, target

ASK = Question("mail", "visit", arm="b")


def mailing(rows: int, seed: int) -> dict[str, list[str]]:
    rng = np.random.default_rng(seed)
    arm = rng.choice(["none", "a", "b"], rows)
    loyal = rng.integers(2, size=rows)
    visit = (rng.random(rows) < 0.2 + 0.4 * loyal * (arm == "b")).astype(int)
    return {
        "loyal": ["yes" if v else "no" for v in loyal],
        "age": [str(v) for v in rng.integers(18, 80, rows)],
        "mail": list(arm),
        "visit": [str(v) for v in visit],
        "spend": [f"{v:.2f}" for v in visit * rng.gamma(2, 10, rows)],
    }


TRAIN, TEST = mailing(1500, 0), mailing(1500, 1)


def test_the_loyal_are_found_and_money_is_not_learned_from() -> None:
    found, gain = target(TRAIN, TEST, ASK)
    assert found.verdict == "usable"
    assert set(found.left_out) == {"spend"}
    assert found.covariates == ("loyal", "age")
    assert (found.control, found.arm, found.other_arms) == ("none", "b", ("a",))
    assert len(gain) == 1500
    loyal = np.array(TEST["loyal"]) == "yes"
    assert gain[loyal].mean() - gain[~loyal].mean() == pytest.approx(0.4, abs=0.12)
    assert found.test is not None
    assert found.test.qini.low > 0


def test_a_test_part_without_answers_is_scored_all_the_same() -> None:
    bare = {name: TEST[name] for name in ("age", "loyal")}
    found, gain = target(TRAIN, bare, replace(ASK, ignore=("spend",)))
    assert found.test is None
    assert len(np.unique(gain)) > 1


@pytest.mark.parametrize(
    ("ask", "train", "named"),
    [
        (Question("mail", "visit"), TRAIN, "arm"),
        (Question("mail", "visit", arm="c"), TRAIN, "arm"),
        (Question("post", "visit"), TRAIN, "treatment"),
        (Question("mail", "calls", arm="a"), TRAIN, "outcome"),
        (replace(ASK, ignore=("x",)), TRAIN, "ignore"),
        (Question("mail", "visit"), TRAIN | {"mail": ["p", "q", "r"] * 500}, "control"),
        (replace(ASK, ignore=("loyal", "age")), TRAIN, "train"),
    ],
)
def test_what_cannot_be_answered_names_the_way_out(ask: Question, train: Cells, named: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        target(train, TEST, ask)
    assert caught.value.parameter == named
    assert caught.value.way_out
