from __future__ import annotations

import numpy as np
import pytest

from salience.cli.bench.meter import meter
from salience.models import EASE, Blend, ItemKNN, Popularity, Stack
from salience.models.held_out import cuts
from salience.train import hybrids
from salience.train.bench_outcome import Bench
from salience.train.halving import Halving
from salience.train.hybrids import Joiner
from tests.train.worlds import two_tastes

PARTS = (Popularity(), EASE(l2=1.0), ItemKNN())


def search() -> Halving:
    return Halving(cuts(two_tastes(people=40), 2, 0.2, 0), 5, Bench(1.0, 0, lambda: 0.0, meter, lambda *_: None))


def test_a_part_that_knows_the_tastes_gets_the_weight() -> None:
    joined = Joiner(search(), PARTS).join(Blend(PARTS, k=5))
    weights = joined.how["weights"]
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    assert weights[0] < 0.2
    assert joined.tried.value > search().tried(Popularity()).value


def test_a_blend_of_one_part_is_judged_as_the_part_alone() -> None:
    own = search()
    alone = own.tried(EASE(l2=1.0)).values
    joined = Joiner(own, PARTS[1:2]).join(Blend(PARTS[1:2], k=5))
    np.testing.assert_allclose(joined.tried.values, alone, atol=1e-9)


def test_nobody_is_judged_by_weights_that_were_learned_from_them(monkeypatch: pytest.MonkeyPatch) -> None:
    joiner, learned_from = Joiner(search(), PARTS), []
    real = Blend.learned

    def watched(self: Blend, batches, *, seed: int = 0):  # type: ignore[no-untyped-def]
        learned_from.append(sum(len(batch.closed) for batch in batches))
        return real(self, batches, seed=seed)

    monkeypatch.setattr(Blend, "learned", watched)
    joiner.join(Blend(PARTS, k=5))
    everybody = sum(len(batch.closed) for cut in joiner.batches for batch in cut)
    assert len(learned_from) == hybrids.FOLDS
    assert sum(everybody - n for n in learned_from) == everybody  # each is left out exactly once


def test_a_stack_has_its_own_features() -> None:
    joined = Joiner(search(), PARTS).join(Stack(PARTS))
    assert joined.how["weights"].shape == (2, len(PARTS) + 1)
