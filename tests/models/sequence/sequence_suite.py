"""The laws of every sequence model. An algorithm's own test inherits `SequenceSuite` and names its `algorithm`."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import numpy as np
import pytest

from salience.models.sequence import SequenceAlgorithm, Sequences
from salience.models.sequence.model import SequenceModel

RINGS = [["tea", "milk", "sugar", "spoon"], ["bread", "butter", "jam", "knife"]]
"""Two rings of four, each walked by 20 people for three places, five of them from each item on."""


def rings() -> Sequences:
    return Sequences.of([(ring + ring)[start : start + 3] for _ in range(5) for start in range(4) for ring in RINGS])


def noise(seed: int = 0, people: int = 60, items: int = 12) -> Sequences:
    rng = np.random.default_rng(seed)
    return Sequences.of([[str(i) for i in rng.integers(0, items, rng.integers(1, 9))] for _ in range(people)])


@lru_cache
def fitted(algorithm: SequenceAlgorithm) -> SequenceModel:
    """Models are immutable, so one will do for all tests of an algorithm."""
    return algorithm.fit(rings())


class SequenceSuite:
    algorithm: ClassVar[SequenceAlgorithm]
    follows: ClassVar[bool] = True
    """Whether the algorithm can learn what follows what."""

    @pytest.fixture
    def model(self) -> SequenceModel:
        return fitted(self.algorithm)

    def test_scores_are_finite_float32_of_every_item(self, model: SequenceModel) -> None:
        prefixes = Sequences.of([["tea"], [], ["jam", "jam", "tea"], ["milk"] * 300], items=model.items)
        scores = model.score(prefixes)
        assert scores.shape == (4, 8)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()

    def test_evidence_is_nowhere_negative(self, model: SequenceModel) -> None:
        evidence = model.evidence(Sequences.of([["tea"], [], ["jam", "tea"]], items=model.items))
        assert evidence.shape == (3, 8)
        assert (evidence.data >= 0).all()
        assert np.isfinite(evidence.data).all()

    def test_a_batch_scores_as_its_rows_do(self) -> None:
        data = noise()
        model = self.algorithm.fit(data)
        together = model.score(data)
        alone = np.concatenate([model.score(data.rows(slice(row, row + 1))) for row in range(len(data))])
        assert np.allclose(together, alone, rtol=1e-4, atol=1e-5)

    def test_asking_changes_nothing(self, model: SequenceModel) -> None:
        prefixes = Sequences.of([["milk", "tea", "milk"]], items=model.items)
        before = prefixes.codes.tolist()
        first = model.score(prefixes)
        assert prefixes.codes.tolist() == before
        assert np.array_equal(first, model.score(prefixes))

    def test_same_data_same_seed_same_model(self) -> None:
        one, two = (self.algorithm.fit(noise(), seed=3).arrays() for _ in range(2))
        assert one.keys() == two.keys()
        assert all(np.array_equal(one[name], two[name]) for name in one)

    def test_arrays_bring_the_model_back(self, model: SequenceModel) -> None:
        again = type(model).from_arrays(model.items, model.arrays())
        prefixes = Sequences.of([["tea", "milk"], ["butter"], []], items=model.items)
        assert type(again) is type(model)
        assert np.array_equal(again.score(prefixes), model.score(prefixes))

    def test_arrays_are_numbers_that_a_file_can_hold(self, model: SequenceModel) -> None:
        for array in model.arrays().values():
            assert array.dtype.kind in "biuf"
            assert array.dtype.kind != "f" or np.isfinite(array).all()

    def test_arrays_of_another_catalogue_are_refused(self, model: SequenceModel) -> None:
        fewer = type(model.items)(model.items.names[:3])
        with pytest.raises((ValueError, IndexError)):
            type(model).from_arrays(fewer, model.arrays())

    def test_what_follows_is_what_followed(self, model: SequenceModel) -> None:
        if not self.follows:
            return
        prefixes = Sequences.of([["tea", "milk"], ["bread", "butter"]], items=model.items)
        scores = model.score(prefixes)
        sugar, jam = model.items.codes["sugar"], model.items.codes["jam"]
        assert scores[0, sugar] > scores[0, jam]
        assert scores[1, jam] > scores[1, sugar]

    def test_sequences_of_one_entry_can_be_fitted(self) -> None:
        model = self.algorithm.fit(Sequences.of([["a"], ["b"]]))
        assert np.isfinite(model.score(Sequences.of([["a"], []], items=model.items))).all()
