"""What a search over parts must do: start from the default parts, take what helps, leave what does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from scipy import sparse

from salience.evaluate.sequence import gains
from salience.models.sequence import PARTS, Blend, Sequences
from salience.models.sequence.blend import Examples
from salience.train.bench_outcome import Bench, Cost
from salience.train.sequence_search import DRAWN, Validation, crossed, drawn, likelier, ranked, search


@contextmanager
def free() -> Iterator[Cost]:
    yield Cost()


def bench(minutes: float = 10.0, seconds: float = 0.0) -> Bench:
    ticks = iter(range(10**9))
    return Bench(minutes, 0, lambda: next(ticks) * seconds, free, lambda *_: None)


def ring(people: int = 60, keep_seen: bool = False) -> Validation:
    """Everybody walks a ring of nine; the validation targets are the fourth steps."""
    table = Sequences.of([[f"i{(s + n) % 9}" for n in range(4)] for s in range(people)])
    fit_on, targets = table.without_last()
    return Validation(fit_on, fit_on, targets, keep_seen, 2, "last")


def test_the_ring_is_found_and_the_refitted_winner_still_knows_it() -> None:
    on = ring()
    winner, trial, found = search(on, bench(seconds=0.0), None)
    assert trial.value == 1.0
    model = winner.fit(on.fit_on, 0)
    best = model.score(on.prefixes)
    best[np.repeat(np.arange(len(on.prefixes)), on.prefixes.lengths), on.prefixes.codes] = -np.inf
    assert (best.argmax(axis=1) == on.targets).all()
    assert found.complete


def test_same_seed_same_answer() -> None:
    one, two = (search(ring(), bench(), None) for _ in range(2))
    assert one[1].settings == two[1].settings
    assert [t.value for t in one[2].trials] == [t.value for t in two[2].trials]


def test_the_clock_ends_the_drawing_and_says_so() -> None:
    _, _, found = search(ring(), bench(minutes=0.001, seconds=1.0), None)
    assert not found.complete
    assert all(part in found.tried for part in PARTS)
    assert len(found.tried) == len(PARTS) + 1


def test_drawn_settings_are_new_and_the_seeds_own() -> None:
    one = drawn(0)
    assert one == drawn(0) != drawn(1)
    assert DRAWN // 2 < len(one) <= DRAWN
    assert not set(one) & set(PARTS)


def test_a_blend_without_targets_weighs_all_parts_alike() -> None:
    table = Sequences.of([["a"], ["b"]])
    winner, _, _ = search(
        Validation(table, table.rows(slice(0, 0)), np.empty(0, np.int32), keep_seen=True, k=2, holdout="newest"),
        bench(),
        None,
    )
    assert isinstance(winner.algorithm, Blend)
    assert winner.weights is not None
    assert (winner.weights == 1).all()


@pytest.mark.parametrize(("keep_seen", "expected"), [(True, [2.0, np.inf]), (False, [1.0, np.inf])])
def test_a_part_is_ranked_by_its_evidence_without_what_may_not_be_answered(
    keep_seen: bool, expected: list[float]
) -> None:
    """The first row's evidence is 3 for a (seen) and 2 for b (wanted); the second has none for c."""
    prefixes = Sequences.of([["a"], ["a"]], items=Sequences.of([["a", "b", "c"]]).items)
    column = sparse.csr_array(np.array([[3, 2, 0], [3, 2, 0]], dtype=np.float32))
    on = Validation(prefixes, prefixes, np.array([1, 2], dtype=np.int32), keep_seen, 2, "last")
    assert ranked(column, on).tolist() == expected
    assert gains(ranked(column, on), "hr@2").tolist() == [1.0, 0.0]


def test_halves_judge_each_other() -> None:
    """A feature that marks the target in one half and the wrong row in the other misleads both: all rank second."""
    values = np.array([[1, 0], [0, 0], [0, 0], [1, 0]] * 20, dtype=np.float32)
    step = np.repeat(np.arange(40), 2)
    target = np.array([True, False] * 40)
    examples = Examples(values, step, target, np.zeros(80, np.float32))
    half = np.arange(40) % 2 == 0
    logs, rank = crossed(examples, np.zeros(40, np.float32), half, 0.1)
    assert rank.tolist() == [2.0] * 40
    assert (logs < np.log(0.5)).all()


def test_a_gain_must_exceed_its_error() -> None:
    assert likelier(np.full(10, 0.1))
    assert not likelier(np.zeros(10))
    assert not likelier(np.array([1.0, -1.0]))
