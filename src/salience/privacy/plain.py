"""Plain words for what a person, a regulator or a page reads: kinds of data, models, reasons, uses. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from salience.privacy.standing import Because, Use

MODELS: Final[Mapping[str, str]] = {
    "popularity": "shows what many people took lately; it looks at nobody in particular",
    "content": "shows what is described like the things you looked at",
    "user-knn": "shows what people with a similar history took",
    "item-knn": "shows what people who took the same things also took",
    "pure-svd": "finds a few hidden tastes in everybody's histories and compares yours",
    "als": "finds a few hidden tastes in everybody's histories and compares yours",
    "ease": "weighs, for each thing, which other things speak for it, and adds up yours",
    "slist": "weighs which things follow which, and adds up yours",
}
"""Algorithm -> what it does, to somebody who never heard of one."""

USES: Final[Mapping[Use, str]] = {
    "store": "keep what you do on the site",
    "count": "count it together with that of others",
    "profile": "keep a history of it under your id",
    "train": "learn from it, together with that of others, what goes well with what",
    "decide": "choose what you see by your history",
    "audience": "put you into a group for marketing",
    "push": "hand you over to a marketing channel",
    "share": "give data about you to others for their own purposes",
    "sensitive": "use what tells something sensitive about you",
}

REASONS: Final[Mapping[Because, str]] = {
    "erased": "you were erased",
    "restricted": "you asked us to restrict the use of your data",
    "minor": "you are a minor",
    "sensitive": "you did not agree to the use of sensitive data",
    "objection": "you objected to profiling for marketing",
    "opt-out": "you opted out of sale and sharing, or your browser did",
    "personalisation-off": "you switched personalisation off",
    "purpose": "this is what you chose",
    "default": "you have not chosen; this is what holds until you do",
}

LOGIC: Final = (
    "A row of recommendations is made in four steps: what may be shown at all; what is known of each thing; a score "
    "for each; and a choice, in which now and then something is tried by chance. Main parameters: your recent clicks, "
    "views, purchases and ratings (the more deliberate, the heavier), what people with similar histories took, how "
    "things are described, how popular they are lately, and rules of the shop. Where you have not agreed and the law "
    "asks for it, or with personalisation switched off, only popularity, descriptions and rules count."
)

RIGHTS_WORDS: Final = (
    "You may see, correct, take along and erase your data, restrict its use, object to profiling, switch "
    "personalisation off, remove a tag, ask a human to look at a decision, and complain to your supervisory authority."
)


def model_in_words(algorithm: str) -> str:
    """What a model does; an unknown one is named as it is.

    >>> model_in_words("item-knn")
    'shows what people who took the same things also took'
    """
    return MODELS.get(algorithm, f"is of the kind {algorithm}")
