"""``control=0.5,new=0.5`` as typed."""

from __future__ import annotations

from salience.cli.parser import Wrong


def shares(word: str) -> dict[str, float]:
    """Arm -> share.

    >>> shares("control=0.9,new=0.1")
    {'control': 0.9, 'new': 0.1}
    """
    found: dict[str, float] = {}
    for part in word.split(","):
        name, equals, value = part.rpartition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not (equals and name.strip()):
            raise Wrong(word, "must be ARM=SHARE, between commas", "e.g. control=0.5,new=0.5")
    return found
