"""Pseudonyms: the same under one key and version, unlinkable under another."""

from __future__ import annotations

import pytest

from salience.events import InvalidInput
from salience.privacy.pseudonym import pseudonym, version_of

KEY, OTHER = b"k" * 32, b"l" * 32


def test_known_answer() -> None:
    """HMAC-SHA-256 of "1:ann", computed with `openssl dgst -sha256 -hmac` and written in base64url."""
    assert pseudonym("ann", KEY) == "p1_" + EXPECTED


EXPECTED = "kLfG8cmtnsc28HQZHbat9JmBJ-1fQh_HV7RloQ6oU_Y"


def test_key_version_and_name_all_count() -> None:
    made = {pseudonym("ann", KEY), pseudonym("ann", OTHER), pseudonym("ann", KEY, version=2), pseudonym("Ann", KEY)}
    assert len({one.partition("_")[2] for one in made}) == 4


def test_the_version_can_be_told_and_nothing_else_passes() -> None:
    assert version_of(pseudonym("ann", KEY, version=12)) == 12
    for wrong in ("", "ann", "p1", "p_" + "a" * 43, "p1_short", "x1_" + "a" * 43):
        with pytest.raises(InvalidInput, match="pseudonym"):
            version_of(wrong)


def test_a_short_key_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidInput, match="key = '6 bytes': must have at least 32") as refused:
        pseudonym("ann", b"secret")
    assert "secret" not in str(refused.value).replace("secrets", "")
