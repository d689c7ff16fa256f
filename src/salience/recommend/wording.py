"""Reasons in people's words. A language is one entry; the codes stay the same for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from salience.events import Reason

Language: TypeAlias = Literal["en", "zh"]

_DEEDS: dict[Language, dict[str, str]] = {
    "en": {"view": "viewed", "cart": "put into your cart", "share": "shared", "purchase": "bought", "rating": "rated"},
    "zh": {"view": "浏览", "cart": "加购", "share": "分享", "purchase": "购买", "rating": "评价"},
}
_VIEWED: dict[Language, dict[str, str]] = {
    "en": {"viewed": "viewed", "watched": "watched", "read": "read", "heard": "listened to"},
    "zh": {"viewed": "浏览", "watched": "观看", "read": "阅读", "heard": "收听"},
}
_CHOSE: dict[Language, str] = {"en": "chose", "zh": "选择"}
_PLACES = frozenset({"city", "country", "region"})

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "because": "Because you {2} {0}",
        "both": "Because you {2} {0} and {1}",
        "each": "Because you {2} {0} and {3} {1}",
        "goes-with": "Goes with {0}",
        "goes-with both": "Goes with {0} and {1}",
        "popular": "Popular right now",
        "near": "Popular near you",
        "segment": "Popular with people like you",
        "pinned": "Picked by the shop",
        "explore": "Something different, to learn what you like",
        "catalogue": "From the catalogue",
        "same-topic": "About {4}, like {0}",
        "same-look": "Looks like {0}",
        "searched": "Because you searched for {4}",
        "together": "In {4} of the baskets with {0}",
        "interest": "About {4}, which you are interested in",
        "moment": "Often chosen at moments like this ({4})",
    },
    "zh": {
        "because": "因为您{2}过《{0}》",
        "both": "因为您{2}过《{0}》和《{1}》",
        "each": "因为您{2}过《{0}》，{3}过《{1}》",
        "goes-with": "与《{0}》相配",
        "goes-with both": "与《{0}》和《{1}》相配",
        "popular": "近期热门",
        "near": "您附近的热门",
        "segment": "与您相似的人都喜欢",
        "pinned": "店家精选",
        "explore": "换个口味，帮助我们了解您的喜好",
        "catalogue": "来自目录",
        "same-topic": "与《{0}》话题相同：{4}",
        "same-look": "外观与《{0}》相似",
        "searched": "因为您搜索过“{4}”",
        "together": "买《{0}》的订单中有{4}也包含它",
        "interest": "您感兴趣的话题：{4}",
        "moment": "此类时刻常被选择（{4}）",
    },
}


def words(reason: Reason, titles: Sequence[str], language: Language, viewed: str = "viewed") -> str:
    """The sentence for a reason; ``titles`` are those of ``reason.because``. ``viewed``: what a view is in this shop.

    >>> words(Reason("because", ("50",), (0.7,), ("purchase",)), ["Star Wars (1977)"], "en")
    'Because you bought Star Wars (1977)'
    >>> words(Reason("because", ("50",), (0.7,), ("view",)), ["Star Wars (1977)"], "zh", "watched")
    '因为您观看过《Star Wars (1977)》'
    """
    code: str = reason.code
    verbs = [_verb(deed, language, viewed) for deed in reason.deeds] or [_CHOSE[language]]
    if code == "because" and len(titles) > 1:
        code = "both" if verbs[0] == verbs[-1] else "each"
    elif code == "goes-with" and len(titles) > 1:
        code = "goes-with both"
    elif code == "segment" and reason.group.partition("=")[0] in _PLACES:
        code = "near"
    named = (*titles, "", "")[:2]
    return _WORDS[language][code].format(*named, verbs[0], verbs[-1], reason.group)


def _verb(deed: str, language: Language, viewed: str) -> str:
    if deed == "view":
        return _VIEWED[language][viewed]
    return _DEEDS[language].get(deed, _CHOSE[language])
