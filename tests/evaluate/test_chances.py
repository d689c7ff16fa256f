from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from salience.evaluate.chances import auc, auc_interval, best_fifth, best_first, deciles, gain, surprise, within
from salience.events import InvalidInput


def world(rows: int = 2000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 6, rows)
    return p, rng.random(rows) < p


def test_auc_and_log_loss_equal_scikit_learn_s() -> None:
    p, hit = world()
    p = p.round(2)  # with ties
    assert auc(p, hit) == pytest.approx(roc_auc_score(hit, p))
    both = np.clip(np.stack([1 - p, p], axis=1), 1e-9, 1)
    assert surprise(both, hit.astype(int)).mean() == pytest.approx(log_loss(hit, both), rel=1e-6)


def test_the_interval_of_auc_covers() -> None:
    truth = auc(*world(200_000, seed=99))
    inside = [found.low <= truth <= found.high for found in (auc_interval(*world(400, seed)) for seed in range(200))]
    assert 0.9 <= np.mean(inside) <= 0.99


def test_one_class_only_says_nothing() -> None:
    assert auc(np.arange(3.0), np.ones(3, bool)) == 0.5
    assert auc_interval(np.arange(3.0), np.ones(3, bool)).low == 0


def test_the_best_fifth_is_counted() -> None:
    hit = np.array([True, True, False, False, False, True, False, False, False, False])
    fifth, lift = best_fifth(np.arange(10.0, 0, -1), hit)
    assert fifth.value == 2
    assert lift.value == pytest.approx((2 / 2) / (3 / 10))
    assert fifth.low <= 2 <= fifth.high
    with pytest.raises(InvalidInput, match="test"):
        best_fifth(np.zeros(0), np.zeros(0, bool))


def test_equal_scores_do_not_know_the_outcome() -> None:
    hit = np.arange(1000) >= 800
    found, _ = best_fifth(np.zeros(1000), hit)
    assert 20 < found.value < 60
    assert sorted(best_first(np.zeros(50)).tolist()) == list(range(50))


def test_deciles_of_true_chances_hold_what_they_expect() -> None:
    p, hit = world(20_000)
    found = deciles(p, hit)
    assert len(found) == 10
    assert sum(one.actual for one in found) == hit.sum()
    assert sum(one.low <= one.actual <= one.high for one in found) >= 8
    assert found[0].expected > found[-1].expected
    assert deciles(p, np.zeros(20_000, bool))[0].ratio is None


def test_true_chances_have_as_many_ratios_near_one_as_is_said() -> None:
    rng = np.random.default_rng(3)
    p = rng.beta(2, 9, 3000)
    found = [within(deciles(p, rng.random(3000) < p)) for _ in range(100)]
    assert all(one is not None for one in found)
    known = [one for one in found if one is not None]
    assert abs(np.mean([one.inside for one in known]) - np.mean([one.expected for one in known])) < 0.5
    assert np.mean([one.low <= one.inside <= one.high for one in known]) > 0.85
    off = within(deciles(np.minimum(1.0, p * 1.5), rng.random(3000) < p))
    assert off is not None
    assert off.inside <= off.low < off.expected
    assert within(()) is None


def test_gain_is_what_is_saved_against_the_shares() -> None:
    p, hit = world()
    y, shares = hit.astype(int), np.array([1 - hit.mean(), hit.mean()])
    assert gain(np.tile(shares, (len(y), 1)), y, shares).value == 0
    assert gain(np.stack([1 - p, p], axis=1), y, shares).low > 0
