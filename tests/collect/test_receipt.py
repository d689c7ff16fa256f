"""The receipt: what the log answered, event by event."""

from __future__ import annotations

from salience.collect.accept import accept
from salience.collect.receipt import settle


def test_known_ids_become_duplicates_and_the_counts_add_up() -> None:
    sent = [{"kind": "click", "id": name, "user": "ann", "item": item} for name, item in _clicks()]
    receipt = settle(accept(sent, now=1, source="test"), rows=[7, 0, 8])
    assert [(result.id, result.status) for result in receipt.results] == [
        ("a", "stored"),
        ("b", "failed"),
        ("a", "duplicate"),
        ("c", "stored"),
    ]
    assert (receipt.received, receipt.stored, receipt.duplicate, receipt.failed) == (4, 2, 1, 1)


def _clicks() -> list[tuple[str, str]]:
    return [("a", "tea"), ("b", "null"), ("a", "tea"), ("c", "tea")]
