"""What people wrote, without what programs added: markup, addresses, invisible signs, one letter held for a line."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,500}>", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"\u3000-\u9fff\uff00-\uffef]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII
)
_HELD = re.compile(r"(\D)\1{3,}")
_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """Markup, web and mail addresses and control signs are out; full-width letters are plain ones; runs end at three.

    Addresses go because they are names of people or places of the net, never a taste. An emoji stays: it is said.

    >>> plain("<p>Soooooo good &amp; cheap!</p> see https://a.example/x?y or ann@example.org")
    'Sooo good & cheap! see or'
    >>> plain("好吃！！！！！！ＡＢＣ")
    '好吃!!!ABC'
    """
    text = unescape(_TAG.sub(" ", _SCRIPT.sub(" ", text)))
    text = unicodedata.normalize("NFKC", text)
    text = _ADDRESS.sub(" ", text)
    kept = "".join(" " if _invisible(sign) else sign for sign in text)
    return _SPACES.sub(" ", _HELD.sub(r"\1\1\1", kept)).strip()


def _invisible(sign: str) -> bool:
    """Controls, private use and unassigned; the joiner inside an emoji is kept."""
    return unicodedata.category(sign) in ("Cc", "Cn", "Co", "Cs") or sign in "\u200b\u200e\u200f\ufeff\u00ad"
