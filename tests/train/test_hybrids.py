from __future__ import annotations

import numpy as np
import pytest

from salience.cli.bench.meter import meter
from salience.models import EASE, Blend, ItemKNN, Popularity, Stack
from salience.models.hybrid import conditional_logit
from salience.models.hybrid.held_out import cuts
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


def test_parts_that_cannot_be_told_apart_count_alike() -> None:
    own, parts = search(), (EASE(l2=1.0), EASE(l2=1.5))
    joiner = Joiner(own, parts)
    joined = joiner.join(Blend(parts, k=5))
    np.testing.assert_allclose(joined.how["weights"], [0.5, 0.5], atol=1e-6)
    best = max(values.mean() for values in joiner.alone())
    assert joined.tried.value == pytest.approx(best, abs=0.01)


def test_the_steadiest_share_is_within_one_standard_error_of_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    joiner = Joiner(search(), PARTS)
    people = len(joiner.search.people)
    noise = np.tile([0.1, -0.1], people)[:people]
    got = {
        0.0: 0.5 + 0 * noise,
        0.25: 0.499 + noise,
        0.5: 0.5 - 0.9 * 0.1 / np.sqrt(people) + noise,
        0.75: 0.4 + 0 * noise,
        1.0: 0.3 + 0 * noise,
    }
    found = iter(got.values())
    monkeypatch.setattr(joiner, "_values", lambda *_: next(found))
    share, values = joiner._steadiest(Blend(PARTS), joiner.batches, [{"weights": np.ones(3, np.float32)}])
    assert share == 0.5
    np.testing.assert_array_equal(values, got[0.5])


def test_what_every_part_gets_alone_is_what_the_search_says() -> None:
    own = search()
    for part, values in zip(PARTS[1:], Joiner(own, PARTS).alone()[1:], strict=True):
        np.testing.assert_allclose(values, own.tried(part).values, atol=1e-9)


def test_a_hybrid_is_judged_among_all_items_also_where_it_learned_from_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights below 0 lift items that no pool of each part's best holds: a pool flatters them, a ranking of all not."""
    for name, value in (("MOST_ITEMS", 4), ("NEAREST", 1), ("DRAWN", 1)):
        monkeypatch.setattr(conditional_logit, name, value)
        if name == "MOST_ITEMS":
            monkeypatch.setattr(hybrids, name, value)
    upside_down = {"weights": -np.ones((2, len(PARTS) + 1), np.float32) * [[1], [0]]}
    monkeypatch.setattr(Stack, "learned", lambda *_, **__: upside_down)
    joiner = Joiner(search(), PARTS)
    joined = joiner.join(Stack(PARTS))
    right = []
    for cut, models in zip(joiner.search.cuts, joiner.models, strict=True):
        scores = Stack(PARTS).joined(models, cut.train, upside_down).score(cut.histories)
        scores[cut.histories.toarray() > 0] = -np.inf
        wanted, k = cut.wanted.toarray() > 0, joiner.search.k
        for row, want in zip(scores, wanted, strict=True):
            ranks = [(row > row[i]).sum() + ((row == row[i]) & ~want).sum() // 2 for i in np.flatnonzero(want)]
            gain = sum(1 / np.log2(rank + 2) for rank in ranks if rank < k)
            right.append(gain / (1 / np.log2(np.arange(2, min(len(ranks), k) + 2))).sum())
    pooled = joiner._values(
        [[hybrids._first(b, 8) for b in cut] for cut in joiner.batches],
        lambda _, batch: Stack(PARTS).rated(batch, upside_down),
    )
    assert joined.tried.value == pytest.approx(np.mean(right), abs=0.02)
    assert pooled.mean() > 2 * joined.tried.value
