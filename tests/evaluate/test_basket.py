from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from salience.evaluate.basket import judged


def test_by_hand() -> None:
    # the first had 0 and 1, buys 0, 2 and something unheard of, and is shown 0, 3; the second buys what she had
    baskets = sparse.csr_array(np.array([[1, 0, 1, 0], [0, 1, 0, 0]], dtype=np.float32))
    had = sparse.csr_array(np.array([[1, 1, 0, 0], [0, 1, 0, 0]], dtype=np.float32))
    told = judged(np.array([[0, 3], [2, 4]]), baskets, had, np.array([1, 0]))
    assert told["recall"].tolist() == pytest.approx([1 / 3, 0])
    assert told["phr"].tolist() == [1, 0]
    assert told["ndcg"].tolist() == pytest.approx([1 / (1 + 1 / np.log2(3)), 0])
    assert told["recall_repeat"].tolist() == [1, 0]
    assert told["recall_explore"].tolist() == [0]  # the second buys nothing new
    assert told["phr_explore"].tolist() == [0]
    assert told["repeat_share"].tolist() == [0.5, 0]
