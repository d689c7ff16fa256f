"""Against an independent evaluator (trec_eval by way of pytrec_eval) on random lists, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import pytrec_eval

from salience.evaluate import METRICS, parse
from salience.evaluate.metrics import coverage, gini, novelty
from salience.events import InvalidInput

TREC = {"ndcg": "ndcg_cut", "recall": "recall", "precision": "P", "map": "map_cut", "hr": "success"}


@pytest.mark.parametrize("k", [1, 3, 10, 25])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_equals_trec_eval(k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    users, items = 40, 60
    ranked = np.stack([rng.permutation(items)[:k] for _ in range(users)])
    relevant = rng.random((users, items)) < rng.random((users, 1)) * 0.3
    relevant[:, 0] = True
    hits = np.take_along_axis(relevant, ranked, axis=1)
    truth = {str(u): {str(i): 1 for i in np.flatnonzero(relevant[u])} for u in range(users)}
    run = {str(u): {str(i): float(k - rank) for rank, i in enumerate(ranked[u])} for u in range(users)}
    measures = {f"{name}.{k}" for name in TREC.values()} | {"recip_rank"}
    theirs = pytrec_eval.RelevanceEvaluator(truth, measures).evaluate(run)
    for name, metric in METRICS.items():
        ours = metric(hits, relevant.sum(axis=1))
        key = "recip_rank" if name == "mrr" else f"{TREC[name]}_{k}"
        np.testing.assert_allclose(ours, [theirs[str(u)][key] for u in range(users)], atol=1e-9, err_msg=name)


def test_a_perfect_list_of_fewer_relevant_items_than_places_is_perfect() -> None:
    hits = np.array([[True, True, False, False]])
    assert METRICS["ndcg"](hits, np.array([2])).tolist() == [1.0]
    assert METRICS["map"](hits, np.array([2])).tolist() == [1.0]
    assert METRICS["precision"](hits, np.array([2])).tolist() == [0.5]


def test_nothing_found_is_zero_everywhere() -> None:
    for metric in METRICS.values():
        assert metric(np.zeros((1, 5), dtype=bool), np.array([3])).tolist() == [0.0]


@pytest.mark.parametrize("wrong", ["ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "auc@10", "ndcg@ten", "@10", "ndcg@1001"])
def test_metrics_that_there_are_not_are_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="metric"):
        parse(wrong)


def test_padding_is_shown_to_nobody() -> None:
    ranked = np.array([[0, 3], [3, 3]])
    assert coverage(ranked, 3) == pytest.approx(1 / 3)
    assert gini(ranked, 3) == pytest.approx(2 / 3)
    assert gini(np.array([[3]]), 3) == 0.0
    assert novelty(ranked, np.array([1.0, 1.0, 1.0]), 8) == pytest.approx(3.0)
