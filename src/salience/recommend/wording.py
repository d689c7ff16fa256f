"""Reasons in people's words. A language is one entry; the codes stay the same for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from salience.events import Reason

Language: TypeAlias = Literal["en", "zh"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "because": "Because you chose {0}",
        "because2": "Because you chose {0} and {1}",
        "popular": "Popular right now",
        "explore": "Something different, to learn what you like",
        "catalogue": "From the catalogue",
    },
    "zh": {
        "because": "因为您选择过《{0}》",
        "because2": "因为您选择过《{0}》和《{1}》",
        "popular": "近期热门",
        "explore": "换个口味，帮助我们了解您的喜好",
        "catalogue": "来自目录",
    },
}


def words(reason: Reason, titles: Sequence[str], language: Language) -> str:
    """The sentence for a reason; ``titles`` are those of ``reason.because``.

    >>> words(Reason("because", ("50",), (0.7,)), ["Star Wars (1977)"], "en")
    'Because you chose Star Wars (1977)'
    >>> words(Reason("because", ("50",), (0.7,)), ["Star Wars (1977)"], "zh")
    '因为您选择过《Star Wars (1977)》'
    """
    code = "because2" if len(titles) > 1 else reason.code
    return _WORDS[language][code].format(*titles)
