"""Which strings may name somebody or something, and the id of an event that came without one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import msgspec
from msgspec import structs

from salience.events import Event

LONGEST = 256

_encode = msgspec.json.Encoder(order="sorted").encode
_HASH = re.compile("[0-9a-f]{64}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Marks that nobody sees: two ids that look the same would be two people. Joiners stay, some scripts need them."""

NOBODY = frozenset({"null", "undefined", "[object object]", "nan", "none"})
"""What a program writes when it has no id. Accepting one would merge strangers into one person."""

NOBODY_IN_PARTICULAR = frozenset(
    {"true", "false", "{}", "[]", '""', "''", "n/a", "-1", "not_authenticated", "unauthenticated", "distinct_id"}
    | {"anonymous", "guest", "unknown", "nil", "(null)", "(none)", "(not set)", "not set", "[object undefined]", "-"}
    | {"id", "email", "distinctid", "00000000-0000-0000-0000-000000000000"}
)
"""What is written for people without an id; as an item's or a page's name it may be right."""


def normal(name: str) -> str:
    """The one form of a name: without white space around it, and in Unicode NFC, so that the two ways of writing an
    accented letter are one id."""
    name = name.strip()
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def ordinary(names: Sequence[str]) -> bool:
    """Whether each name is surely normal and without `fault`; empty ones are. False asks for a closer look.

    >>> ordinary(["ann", "", "tea-1"]), ordinary(["ann", "Null"]), ordinary(["Zo\u00eb"])
    (True, False, False)
    """
    joined = "|".join(names)
    return (
        joined.isascii() and joined.isprintable() and " " not in joined and NOBODY.isdisjoint(joined.lower().split("|"))
    )


def fault(name: str) -> str:
    """The rule that a (non-empty, normal) id breaks, or the empty string.

    >>> fault("ann"), fault("undefined")
    ('', "must not be 'undefined': that is a missing id")
    """
    if len(name) > LONGEST:
        return f"must have at most {LONGEST} characters"
    if not name.isprintable() and _CONTROL.search(name):
        return "must not hold control characters"
    if not name.isascii() and _UNSEEN.search(name):
        return "must not hold marks that nobody can see"
    if len(name) <= 15 and name.strip().lower() in NOBODY:
        return f"must not be {name.strip()[:15]!r}: that is a missing id"
    if not name or name.isspace():
        return "must not be blank"
    return ""


def email_id(address: str) -> str:
    """What an e-mail address is known by: the SHA-256 of it in lower case, as call lists and audiences carry it.

    A hash is taken as it is. It is still personal data: whoever knows an address can make its hash.

    >>> email_id(" Ann@Example.com ") == email_id("ann@example.com"), len(email_id("ann@example.com"))
    (True, 64)
    """
    plain = address.strip().lower()
    if _HASH.fullmatch(plain):
        return plain
    if plain.count("@") != 1 or plain[0] == "@" or plain[-1] == "@":
        raise ValueError("must be an e-mail address, or the SHA-256 of one in hexadecimal")
    return hashlib.sha256(plain.encode()).hexdigest()


def content_id(event: Event) -> str:
    """An id made of what an event says, whatever its present id and whoever received it when.

    The same content has the same id from every file, format and route. It begins with the event's time, so that the
    ids of a history lie beside each other in an index, which makes taking it in several times as fast as at random.

    >>> from salience.events import View
    >>> content_id(View(id="?", user="ann", item="tea")) == content_id(View(id="!", user="ann", item="tea", source="x"))
    True
    """
    said = structs.replace(event, id="-", received=0, source="")
    return made_id(event.time, _encode(said))


def made_id(time: int, said: bytes) -> str:
    """``c-``, eleven hexadecimal digits of the time in ms, and 116 bits of the SHA-256 of what was said.

    >>> made_id(1_767_225_600_000, b"tea")
    'c-19b76daa800a9f74d1ec36ebdeb2da3f6e586809'
    """
    return f"c-{time:011x}{hashlib.sha256(said).hexdigest()[:29]}"
