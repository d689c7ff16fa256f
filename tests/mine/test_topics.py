"""Texts of three made-up subjects fall into three topics; noise does not hold."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.mine.topics import factorised, segmented, topics, vocabulary

SUBJECTS = {
    "tea": ("leaf", "brew", "cup", "steep", "kettle", "aroma"),
    "guitar": ("string", "fret", "pick", "chord", "strum", "tuner"),
    "bike": ("wheel", "pedal", "chain", "brake", "saddle", "gear"),
}
SHARED = ("good", "price", "came", "quick", "box")


def said(texts: int = 120, seed: int = 0) -> tuple[list[str], list[str]]:
    """Texts of one subject each with words that all subjects have."""
    rng = np.random.default_rng(seed)
    names = [str(name) for name in rng.choice(list(SUBJECTS), texts)]
    return [" ".join([*rng.choice(SUBJECTS[n], 4), *rng.choice(SHARED, 2)]) for n in names], names


def test_subjects_are_found_named_and_stable() -> None:
    texts, names = said()
    found = topics(texts, k=3)
    main = found.main()
    for number, topic in enumerate(found.topics):
        own = {names[at] for at in np.flatnonzero(main == number)}
        assert len(own) == 1
        assert set(topic.words[:6]) == set(SUBJECTS[own.pop()])
        assert topic.stability > 0.9
    assert sum(topic.texts for topic in found.topics) == len(texts)
    assert found.caution == ""


def test_the_same_again() -> None:
    texts, _ = said()
    one, other = topics(texts, k=3, seed=1), topics(texts, k=3, seed=1)
    assert one.topics == other.topics
    np.testing.assert_array_equal(one.weights, other.weights)


def test_names_differ() -> None:
    texts, _ = said()
    words = [word for topic in topics(texts, k=5).topics for word in topic.name.split(", ")]
    assert len(words) == len(set(words))


def test_more_topics_than_there_are_do_not_hold() -> None:
    rng = np.random.default_rng(3)
    noise = [" ".join(rng.choice([f"w{chr(97 + n % 26)}{n}" for n in range(40)], 8)) for _ in range(200)]
    assert "did not come back" in topics(noise, k=8).caution


def test_a_factorisation_of_exact_parts_is_exact() -> None:
    rng = np.random.default_rng(0)
    rows = rng.random((30, 3)) @ rng.random((3, 20))
    from scipy import sparse

    W, H = factorised(sparse.csr_array(rows), 3)
    assert np.abs(rows - W @ H).max() < 0.05 * rows.max()
    assert (W >= 0).all()
    assert (H >= 0).all()


def test_function_words_and_signs_are_out() -> None:
    assert segmented(["The tea is good, and 12 of them!", "我们的奶茶"])[0] == ["tea", "good"]
    _, names = vocabulary([["tea", "cup"]] * 9 + [["car", "tea"]] * 1 + [["car", "red"]] * 20)
    assert names == ("cup", "tea")  # car and red are in more than two of five texts


def test_too_few_texts_are_refused() -> None:
    with pytest.raises(InvalidInput, match="too few"):
        topics(["green tea"] * 5)
