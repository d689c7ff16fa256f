from __future__ import annotations

import numpy as np
import pytest

from salience.evaluate import metrics
from salience.evaluate.sequence import gains, judge, ranks, ranks_by
from salience.events import InvalidInput


def test_ties_are_ranked_at_the_middle() -> None:
    """The target ties with two others behind one better item: places 2, 3, 4, the middle is 3."""
    assert ranks(np.array([[5, 9, 5, 5, 1]], dtype=np.float32), np.array([2])).tolist() == [3.0]


def test_ranks_agree_with_sorting() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((50, 40)).astype(np.float32)
    targets = rng.integers(0, 40, 50)
    order = np.argsort(-scores, axis=1)
    assert ranks(scores, targets).tolist() == (1 + (order == targets[:, None]).argmax(axis=1)).tolist()


@pytest.mark.parametrize("metric", ["hr", "ndcg", "mrr", "recall", "map"])
def test_gains_are_the_metrics_of_lists(metric: str) -> None:
    rank = np.arange(1, 16)
    hits = rank[:, None] == np.arange(1, 11)[None, :]
    expected = metrics.METRICS[metric](hits, np.ones(15, dtype=np.int64))
    assert np.allclose(gains(rank.astype(float), f"{metric}@10"), expected)


def test_precision_of_session_papers_is_the_hit_rate() -> None:
    assert gains(np.array([20.0, 20.5, 21.0]), "precision@20").tolist() == [1, 0, 0]


def test_batches_give_what_one_piece_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salience.evaluate.sequence.CELLS", 60)
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 5, (11, 20)).astype(np.float32)
    targets = rng.integers(0, 20, 11)
    assert ranks_by(lambda a, b: scores[a:b], targets, 20).tolist() == ranks(scores, targets).tolist()
    assert len(ranks_by(lambda a, b: scores[a:b], targets[:0], 20)) == 0


def test_judge_gives_each_metric_an_interval() -> None:
    found = judge(np.array([1.0] * 50 + [30.0] * 50), ("hr@20", "mrr@20"))
    assert found["hr@20"].value == found["mrr@20"].value == 0.5
    assert found["hr@20"].low < 0.5 < found["hr@20"].high


def test_as_many_targets_as_rows() -> None:
    with pytest.raises(InvalidInput, match="targets"):
        ranks(np.zeros((2, 3), dtype=np.float32), np.array([0]))
