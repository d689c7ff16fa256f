"""A text by its frequent words, and the shapes of all the others: what kind of thing is named, whatever its name.

"What is BPH?" and "What is ADSL?" share no word that tells them from "What is Australia Day?", but their shapes do. A
word that few training texts have is replaced by its shape (Bikel, Schwartz & Weischedel 1999, "An algorithm that learns
what's in a name"), and so is every capitalised word but the first; runs of one shape also count as one. The grams are 1
to 4 of these in a row, the first with each later one, the whole line, each word with its shape, and the length.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby

PLAIN = "<a>"
LONGEST = 4
LENGTHS = 15  # words; longer texts are all alike


def shape(word: str) -> str:
    """Digits, capitals, a capital first, or plain.

    >>> [shape(word) for word in ("1984", "35", "mp3", "BPH", "Day", "tea")]
    ['<9999>', '<9>', '<a9>', '<AA>', '<Aa>', '<a>']
    """
    if word.isdigit():
        return "<9999>" if len(word) == LONGEST else "<9>"
    if any(sign.isdigit() for sign in word):
        return "<a9>"
    if word.isupper() and len(word) > 1:
        return "<AA>"
    return "<Aa>" if word[:1].isupper() else PLAIN


def shaped(words: Sequence[str], frequent: Collection[str]) -> list[str]:
    """Each word, or its shape; marks as they are.

    >>> shaped(["What", "is", "Australia", "Day", "?"], {"what", "is", "day"})
    ['what', 'is', '<Aa>', '<Aa>', '?']
    """
    line = []
    for at, word in enumerate(words):
        kind, known = shape(word), word.lower() in frequent
        kept = not word[:1].isalnum() or (known and (at == 0 or kind == PLAIN))
        line.append(word.lower() if kept else kind)
    return line


def shape_grams(words: Sequence[str], frequent: Collection[str]) -> set[str]:
    """The different grams of a text cut into words, with their capitals."""
    line = shaped(words, frequent)
    short = [part for key, run in groupby(line) for part in ([key] if key.startswith("<") else run)]
    found = {f"{word.lower()}{shape(word)}" for word in words}
    for mark, row in (("", line), ("~", short)):
        framed = ["<s>", *row, "</s>"]
        found |= {
            f"{mark} {' '.join(framed[at : at + n])}"
            for n in range(1, LONGEST + 1)
            for at in range(len(framed) - n + 1)
        }
    found |= {f"^ {short[0]} {later}" for later in short[1:]}
    return found | {f"# {min(len(words), LENGTHS)}", f"= {' '.join(short)}"}
