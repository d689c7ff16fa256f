"""``kill -9`` while importing, then again from the start of the file: nothing lost, nothing twice, every count right.

And the proof that this can be trusted: the same campaign finds bugs that are planted for it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.killer import Campaign


def test_killed_imports_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path, seed=20)
    assert campaign.run(kills=5) == []
    assert campaign.kills == 5
    assert campaign.acknowledged == campaign.ids


@pytest.mark.parametrize(
    ("build", "found"),
    [
        ("early-ack", "acknowledged events lost"),
        ("split-counter", "the ledger counts"),
        ("no-deduplication", "events stored twice"),
    ],
)
def test_the_campaign_finds_a_planted_bug(tmp_path: Path, build: str, found: str) -> None:
    campaign = Campaign(tmp_path, build=build, events=5000, seed=1)
    assert any(found in fault for fault in campaign.run(kills=30)), campaign.faults
