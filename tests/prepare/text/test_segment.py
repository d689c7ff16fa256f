"""Words that a world of made-up Chinese repeats are found, and only those."""

from __future__ import annotations

import numpy as np

from salience.prepare.text import Lexicon, words

NOUNS = ("奶茶", "米饭", "火锅店", "外卖员")
SIGNS = [chr(0x5000 + n) for n in range(300)]


def said(seed: int = 0, sentences: int = 120) -> list[str]:
    """Sentences of nouns between signs that nothing holds together."""
    rng = np.random.default_rng(seed)
    return ["".join(str(rng.choice(NOUNS)) + "".join(rng.choice(SIGNS, 3)) for _ in range(3)) for _ in range(sentences)]


def test_what_keeps_together_is_a_word() -> None:
    lexicon = Lexicon.learned(said())
    assert {word for word in lexicon.logs if len(word) > 1} == set(NOUNS)
    assert lexicon.cut(f"{SIGNS[1]}火锅店{SIGNS[2]}奶茶") == [SIGNS[1], "火锅店", SIGNS[2], "奶茶"]


def test_the_order_of_the_texts_is_nothing_to_it() -> None:
    texts = said()
    assert Lexicon.learned(texts) == Lexicon.learned(texts[::-1])


def test_nothing_is_lost() -> None:
    lexicon = Lexicon.learned(said())
    for run in (*said(1, 20), "龘", "奶龘茶"):
        assert "".join(lexicon.cut(run)) == run


def test_mixed_text() -> None:
    assert list(words("买iPhone15奶茶 Café-au-lait isn't", Lexicon.learned(said()))) == [
        "买", "iphone15", "奶茶", "café", "au", "lait", "isn't",
    ]  # fmt: skip


def test_without_a_lexicon_there_are_pairs() -> None:
    assert list(words("茶")) == ["茶"]
    assert list(words("好喝的茶")) == ["好喝", "喝的", "的茶"]
