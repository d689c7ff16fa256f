"""Families of grams see what the others miss, and the blend leans on those that see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.models.text.classifier import Floats, centred, counted, dense, joined
from salience.models.text.embedder import TextEmbedder
from salience.train.bench_outcome import Bench, Cost
from salience.train.bench_text import folded, text

THINGS = ("tea", "coffee", "bread", "rice", "soup", "fruit", "milk", "juice")
PRAISE = ("good", "nice", "fresh", "tasty", "great", "warm")


@contextmanager
def free() -> Iterator[Cost]:
    yield Cost()


BENCH = Bench(minutes=1.0, seed=0, clock=lambda: 0.0, meter=free, progress=lambda *_: None)


def said(numbers: Sequence[int]) -> list[tuple[str, str]]:
    """Praise is denied by a word further ahead than three in a row can see."""
    return [
        (label, f"the {THINGS[n % 8]} was {denial} really in any way {PRAISE[n % 6]} or {PRAISE[(n // 6) % 6]}, {end}")
        for n in numbers
        for label, denial in (("good", "always"), ("bad", "never"))
        for end in ("i never complain", "always full")
    ]


def test_a_denial_reaches_as_far_as_its_clause() -> None:
    outcome, columns = text(said(range(24)), said(range(24, 30)), BENCH)
    board = {trial.name: trial.value for trial in outcome.leaderboard}
    assert board["denied logistic"] == 1.0
    assert board["blend"] == 1.0
    assert outcome.metrics["accuracy"].value == 1.0
    assert columns["prediction"].tolist()[:2] == ["good", "good"]
    assert outcome.complete


class Oracle:
    """Knows the answer, as a vector."""

    name, width = "oracle", 2

    def embed(self, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.array([[float("yes" in text), float("yes" not in text)] for text in texts], np.float32)


def test_an_embedder_is_one_more_part() -> None:
    rng = np.random.default_rng(0)
    rows = [(str(answer), " ".join(rng.choice(THINGS, 4)) + f" {n}{'yes' if answer else 'no'}{n}")
            for n in range(40) for answer in (0, 1)]  # fmt: skip
    embedder: TextEmbedder = Oracle()
    outcome, _ = text(rows[:60], rows[60:], BENCH, embedder)
    assert outcome.metrics["accuracy"].value == 1.0
    assert max(outcome.settings, key=lambda name: outcome.settings[name]).startswith("oracle")


def test_folds_tell_every_text_by_the_others() -> None:
    rows = said(range(24))
    outcome, columns = folded(rows, 4, BENCH)
    assert columns["prediction"].tolist() == [label for label, _ in rows]
    assert outcome.sizes["folds"] == 4
    assert {trial.name for trial in outcome.leaderboard} >= {"denied logistic", "shapes counted", "blend"}
    luck = np.random.default_rng(2).permutation([label for label, _ in rows]).tolist()
    guessed, _ = folded([(label, f"{text} {n}") for n, (label, (_, text)) in enumerate(zip(luck, rows, strict=True))],
                        4, BENCH)  # fmt: skip
    assert guessed.metrics["accuracy"].value < 0.75  # what was learned from the labels themselves would be sure


def test_folds_ask_an_embedder_once_a_text() -> None:
    asked: list[str] = []

    class Counting(Oracle):
        def embed(self, texts: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
            asked.extend(texts)
            return super().embed(texts)

    rows = [(str(n % 2), f"{n}{'yes' if n % 2 else 'no'}") for n in range(40)]
    outcome, _ = folded(rows, 4, BENCH, Counting())
    assert outcome.metrics["accuracy"].value == 1.0
    assert sorted(asked) == sorted(text for _, text in rows)


def test_things_never_seen_are_told_by_their_shape() -> None:
    rng = np.random.default_rng(3)

    def name(*, capitals: bool) -> str:
        letters = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 5))
        return letters.upper() if capitals else letters.capitalize()

    rows = [(label, f"What is {name(capitals=label == 'short')} ?") for _ in range(40) for label in ("short", "place")]
    outcome, _ = text(rows[:60], rows[60:], BENCH)
    assert outcome.metrics["accuracy"].value == 1.0
    board = {trial.name: trial.value for trial in outcome.leaderboard}
    assert board["shapes logistic"] == 1.0
    assert board["words logistic"] < 0.9


def test_texts_of_one_label_are_refused() -> None:
    with pytest.raises(InvalidInput, match="one label"):
        text([("a", "b")] * 9, [("a", "b")], BENCH)


def test_weights_go_to_the_part_that_knows() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 600)
    knows: Floats = centred(np.eye(3)[labels] * 2 + rng.normal(size=(600, 3)))
    guesses: Floats = centred(rng.normal(size=(600, 3)))
    weights = joined([knows, guesses], labels)
    assert weights[0] > 5 * weights[1] >= 0


def test_naive_bayes_is_a_sum_of_log_ratios() -> None:
    rows = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    made = counted(rows, np.array([0, 0, 1]), 2)
    ratio = np.log((3 / 4) / (1 / 3))  # class 0: shares 3/4 and 1/4; the rest: 1/3 and 2/3
    assert made.weights[0, 0] == pytest.approx(ratio)
    assert made.log_odds(np.array([[5.0, 0.0]]))[0, 0] == pytest.approx(ratio + made.bias[0])


def test_dense_rows_may_have_any_scale() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1], 50)
    rows = rng.normal(size=(100, 3)) + labels[:, None]
    one, other = dense(rows, labels, 2, 4.0), dense(rows * 1000 + 7, labels, 2, 4.0)
    np.testing.assert_allclose(one.log_odds(rows), other.log_odds(rows * 1000 + 7), atol=1e-6)
