from __future__ import annotations

import importlib.util
import itertools
import sys

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.sequence import Sequences
from salience.models.sequence.attention import SAMPLED, WIDTHS, Attended, Attention, batches, cut, hidden, initial
from tests.models.sequence.sequence_suite import SequenceSuite, noise, rings

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs the neural extra")
WIDE = WIDTHS[-1]


@needs_jax
class TestAttention(SequenceSuite):
    algorithm = Attention(width=16, steps=60, rate=0.01)


def untrained(data: Sequences, blocks: int = 2) -> Attended:
    return Attended(data.items, initial(np.random.default_rng(0), data, 16, blocks, 2), 2)


def test_the_future_does_not_reach_the_past() -> None:
    params = untrained(noise()).params
    items = np.array([[1, 2, 3, 4]], dtype=np.int32)
    changed = np.array([[1, 2, 3, 9]], dtype=np.int32)
    assert np.allclose(hidden(np, params, items, 2)[0, :3], hidden(np, params, changed, 2)[0, :3])
    assert not np.allclose(hidden(np, params, items, 2)[0, 3], hidden(np, params, changed, 2)[0, 3])


def test_padding_changes_nothing() -> None:
    params = untrained(noise()).params
    n = params["item"].shape[0]
    short = hidden(np, params, np.array([[3, 4]]), 2)[0, -1]
    assert np.allclose(short, hidden(np, params, np.array([[n, n, n, 3, 4]]), 2)[0, -1], atol=1e-5)


def test_distance_tells_orders_apart() -> None:
    data = noise()
    model = untrained(data)
    model.params["0.distance"][:] = np.linspace(2, -2, model.params["0.distance"].shape[1])
    a, b, c = data.items.names[:3]
    scores = model.score(Sequences.of([[a, b, c], [b, a, c]], items=data.items))
    assert not np.allclose(scores[0], scores[1], atol=1e-4)


def test_pieces_cover_every_target_once() -> None:
    names = [str(i) for i in range(2 * WIDE + 10)]
    pieces = cut(Sequences.of([names, ["0"], [], names[:2]]))
    targets = [row[1:] for row in pieces.lists()]
    assert sorted(itertools.chain(*targets)) == sorted([*names[1:], names[1]])
    assert pieces.lengths.max() <= WIDE + 1


def test_an_epoch_predicts_every_target_once() -> None:
    """8 sequences of 200 entries, in pieces of the longest width: 1,592 targets, in batches of at most 1,024 places."""
    data = Sequences.of([[str((i * 7 + s) % 50) for i in range(200)] for s in range(8)])
    pieces = cut(data)
    seen: list[tuple[int, int]] = []
    for batch in batches(pieces, np.random.default_rng(0)):
        before, real = batch.items.ravel(), batch.weight > 0
        seen += zip(before[real].tolist(), batch.targets[real].tolist(), strict=True)
        if len(seen) >= 8 * 199:
            break
    pairs = [pair for row in np.split(data.codes, 8) for pair in itertools.pairwise(row.tolist())]
    assert sorted(seen) == sorted(pairs)


@needs_jax
def test_many_items_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sampled softmax learns the rings, too: of 8 items, each draw of `SAMPLED` holds all."""
    monkeypatch.setattr("salience.models.sequence.attention.FULL", 1)
    assert SAMPLED > 8
    model = Attention(width=16, steps=60, rate=0.01).fit(rings())
    best = model.score(Sequences.of([["tea"], ["bread"]], items=model.items)).argmax(axis=1)
    assert [model.items.names[code] for code in best] == ["milk", "butter"]


def test_without_jax_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(InvalidInput, match="neural"):
        Attention(steps=1).fit(rings())


@pytest.mark.parametrize(
    "settings", [{"width": 0}, {"heads": 3}, {"dropout": 1.0}, {"steps": 0}, {"rate": 0.0}, {"blocks": 0}]
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(settings))):
        Attention(**settings).fit(rings())  # type: ignore[arg-type]
