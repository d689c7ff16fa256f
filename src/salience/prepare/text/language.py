"""Which language a text is in: by its script where that tells, else by the words that no sentence does without.

Cavnar & Trenkle 1994 compare profiles of n-grams; for the Latin script the short function words alone are as telling in
a sentence and need no training (Grefenstette 1995, "Comparing two language identification schemes"):

    share of language l = sum over words w of 1 / (number of languages that have w) [w in l] / number of words

The letters that only some languages write (``ß``, ``ñ``, ``ő``) count as half a word each. A text of few known words is
"und" (undetermined), as ISO 639 has it: a name or a model number has no language.
"""

from __future__ import annotations

import re
from collections import Counter

from msgspec import Struct

SCRIPTS: tuple[tuple[str, str, float], ...] = (
    ("ja", r"[\u3040-\u30ff]", 0.125),
    ("ko", r"[\uac00-\ud7af\u1100-\u11ff]", 0.125),
    ("zh", r"[\u3400-\u9fff\uf900-\ufaff]", 0.125),
    ("uk", r"[іїєґІЇЄҐ]", 0.02),
    ("ru", r"[\u0400-\u04ff]", 0.125),
    ("el", r"[\u0370-\u03ff]", 0.125),
    ("he", r"[\u0590-\u05ff]", 0.125),
    ("fa", r"[پچژگ]", 0.02),
    ("ar", r"[\u0600-\u06ff]", 0.125),
    ("hi", r"[\u0900-\u097f]", 0.125),
    ("th", r"[\u0e00-\u0e7f]", 0.125),
)
"""(language, its signs, least share of the letters). The first that fits: Japanese mixes Chinese signs in, Chinese no
kana; few letters tell Ukrainian from Russian, Persian from Arabic."""

WORDS: dict[str, str] = {
    "en": "the of and to a in is it that was for on are with as i his they be at this have from or had by not but what "
    "all were we when your can an there which their if will how about out my me so would like very you he she no do",
    "de": "der die das und ist nicht ein eine ich zu den mit sich des auf für von im dem es auch als wie wir an er sie "
    "bei nur oder aber war hat noch nach werden aus sehr kann man wird mein gut wenn über",
    "fr": "le la les de des du et est un une je pas que qui dans ce il elle sur pour au avec ne se plus par mais nous "
    "vous ou très tout bien cette sont fait été aux comme son sa ses on",
    "es": "el la los las de y que en un una es no se por con para su al lo como más pero sus le ya o este sí porque "
    "muy esta entre cuando todo ser son también fue había mi del me",
    "it": "il lo la gli le di e che è un una non per con del della in si da dei ma come più anche sono questo al nel "
    "mi molto ha se alla dal delle ho quando tutto bene",
    "pt": "o a os as de e que do da em um uma não para com se por mais como mas foi ao ele das tem seu sua ou ser "
    "muito há nos já está eu também pelo isso são bom",
    "nl": "de het een en van ik te dat die in is niet zijn op aan met als voor er maar om hem dan zou wat mijn ook "
    "heb bij uit nog wel naar heeft hebben deze goed zeer geen",
    "sv": "och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke mig du man "
    "inte har mycket bra kan",
    "pl": "i w na z się nie do to jest że o jak ale po co tak za od by był mnie już jego tylko bardzo jestem dobre czy",
    "tr": "bir ve bu da de için çok ne ile o mi ben gibi daha ama var kadar sonra olarak en iyi değil",
    "vi": "và là của có không được trong một cho người những này với các tôi đã rất khi cũng như nhưng",
    "id": "yang dan di ini itu dengan untuk tidak dari saya dalam akan pada juga ada sudah bisa kami sangat",
}
SIGNS: dict[str, str] = {
    "de": "äöüß", "fr": "çèêàùœî", "es": "ñ¿¡áí", "pt": "ãõç", "sv": "åäö", "pl": "ąęłśżźńć", "tr": "ğışç",
    "vi": "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", "it": "èòù",
}  # fmt: skip
LEAST = 0.12
"""Of the words of a text, those that must be known as function words. Running text has about 40 %."""

_WORD = re.compile(r"[^\W\d_]+")
_HOLDERS = Counter(word for line in WORDS.values() for word in set(line.split()))
_OF = {name: {word: 1 / _HOLDERS[word] for word in line.split()} for name, line in WORDS.items()}
_RANGES = tuple((name, re.compile(signs), least) for name, signs, least in SCRIPTS)


class Language(Struct, frozen=True):
    """``code`` of ISO 639-1, "und" where it cannot be told; ``share`` in [0, 1] of the text that says so."""

    code: str
    share: float


def language(text: str) -> Language:
    """The language of a text, from one sentence on.

    >>> language("Das Buch ist nicht sehr gut").code, language("很快，好吃").code, language("XR-500").code
    ('de', 'zh', 'und')
    """
    found = _WORD.findall(text.casefold())
    letters = "".join(found)
    for name, signs, least in _RANGES:
        share = len(signs.findall(letters)) / max(len(letters), 1)
        if share >= least:
            return Language(name, round(min(share, 1.0), 4))
    scores = {name: sum(of.get(word, 0.0) for word in found) for name, of in _OF.items()}
    for name, signs_ in SIGNS.items():
        scores[name] += 0.5 * sum(any(sign in word for sign in signs_) for word in found)
    best = max(scores, key=lambda name: scores[name])
    share = scores[best] / max(len(found), 1)
    return Language(best, round(min(share, 1.0), 4)) if share >= LEAST else Language("und", 0.0)


FUNCTION_WORDS: frozenset[str] = frozenset(word for line in WORDS.values() for word in line.split()) | frozenset(
    [
        "don't", "it's", "i'm", "i've", "isn't", "doesn't", "didn't", "that's", "you're", "can't", "won't",
        "wasn't", "there", "them", "then", "than", "just", "only", "also", "been", "being", "because", "over",
        "into", "some", "any", "more", "most", "much", "many", "other", "these", "those", "such", "even",
        "after", "before", "could", "should", "does", "did", "am", "has", "he's", "she's", "we're", "they're",
        "i'd", "i'll", "get", "got", "one", "two", "use", "used", "using", "really", "still", "well", "up",
        "我们", "你们", "他们", "它们", "这个", "那个", "这些", "那些", "一个", "什么", "怎么", "没有",
        "不是", "就是", "还是", "但是", "因为", "所以", "如果", "可以", "已经", "而且", "或者", "自己",
        "一些", "这样", "那么", "时候", "以后", "之后", "知道", "觉得", "非常", "比较", "还有", "不过",
        "虽然", "有点", "其他",
    ]
)  # fmt: skip
"""Words that are in every text, so no topic is about them."""
