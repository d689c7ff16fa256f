"""Words that set groups apart, and no words where nothing does."""

from __future__ import annotations

import numpy as np

from salience.mine.keywords import keywords


def test_only_what_differs_is_told() -> None:
    rng = np.random.default_rng(0)
    common = ["parcel", "came", "quick", "nice"]
    texts = [" ".join([*rng.choice(common, 5), *(["leaky"] if n % 2 else ["sturdy"])]) for n in range(80)]
    found = keywords(texts, [["pots"] if n % 2 else ["pans"] for n in range(80)])
    assert {(one.group, one.word.split()[-1]) for one in found} == {("pots", "leaky"), ("pans", "sturdy")}
    assert all(one.times > 10 for one in found)


def test_chance_says_nothing() -> None:
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice([f"word{chr(97 + n)}" for n in range(26)], 6)) for _ in range(200)]
    found = keywords(texts, [[str(rng.integers(4))] for _ in range(200)])
    assert len(found) <= 2


def test_a_word_said_twice_is_no_keyword() -> None:
    assert [one.word for one in keywords(["rare thing"] * 2 + ["usual stuff"] * 50, [["a"]] * 2 + [["b"]] * 50)] == []
