"""Sentiment from grades, and from plain words when there are no grades."""

from __future__ import annotations

import numpy as np

from salience.models.text.sentiment import rated, seeded

THINGS = ("soup", "bread", "fish", "cake", "rice", "salad")


def test_words_beside_plain_praise_become_praise() -> None:
    rng = np.random.default_rng(0)
    texts = [
        f"{'great' if n % 2 else 'awful'} {rng.choice(THINGS)}, {'crisp' if n % 2 else 'soggy'}" for n in range(120)
    ]
    found = seeded(texts)
    assert found is not None
    crisp, soggy, unknown = found.of(["crisp", "soggy", "zzz"])
    assert crisp > 0.3 > -0.3 > soggy
    assert unknown == 0.0
    assert found.how == "seeds"


def test_grades_teach_what_plain_words_do_not() -> None:
    rng = np.random.default_rng(1)
    texts = [f"{rng.choice(THINGS)} {'zing' if n % 4 else 'zang'} {rng.choice(THINGS)}" for n in range(400)]
    found = rated(texts, np.where(np.arange(400) % 4 > 0, 1.0, 0.0))
    assert found is not None
    assert found.of(["zing"])[0] > 0.3 > -0.3 > found.of(["zang"])[0]


def test_a_happy_shop_does_not_make_every_word_happy() -> None:
    """Nine of ten are pleased, and a word that both sides use is neither."""
    texts = [f"the {THINGS[n % 6]} was {'fine' if n % 10 else 'cold'}" for n in range(600)]
    found = rated(texts, np.where(np.arange(600) % 10 > 0, 1.0, 0.0))
    assert found is not None
    assert abs(found.of(["the soup was"])[0]) < 0.5


def test_too_little_to_learn_from() -> None:
    assert seeded(["it is blue"] * 100) is None
    assert rated(["a", "b"], np.array([1.0, 0.0])) is None
    assert rated(["a"] * 99, np.full(99, np.nan)) is None
