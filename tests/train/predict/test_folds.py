from __future__ import annotations

import numpy as np

from salience.train.predict.folds import dealt, forward


def test_every_row_is_judged_once_and_classes_are_even() -> None:
    y = np.repeat([0, 1], [90, 10])
    folds = dealt(y, seed=3)
    assert sorted(np.concatenate([fold.judge for fold in folds]).tolist()) == list(range(100))
    assert [int(y[fold.judge].sum()) for fold in folds] == [2] * 5
    assert all(not set(fold.learn) & set(fold.judge) for fold in folds)


def test_time_is_never_learned_backwards() -> None:
    folds = forward(1000, horizon=50)
    assert len(folds) == 6
    assert all(fold.learn.max() < fold.judge.min() for fold in folds)
    assert folds[-1].judge[-1] == 999
    assert len(forward(1000, horizon=10_000)[0].judge) == 166
    assert len(forward(1000, horizon=1)[0].judge) == 40
