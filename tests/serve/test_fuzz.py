"""The quick form of scripts/fuzz.py: 2,000 bodies against the server of the other tests."""

from __future__ import annotations

import runpy
from pathlib import Path

from tests.serve.site import SECRET, WRITE, Site

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "fuzz.py"))


def test_two_thousand_broken_bodies_break_nothing(site: Site) -> None:
    before = site.engine.log.ledger()
    statuses, fates = SCRIPT["fuzz"](site.client, 7, 2_000, (SECRET, WRITE))
    after = site.engine.log.ledger()
    assert after.balanced
    assert max(statuses) < 500, statuses
    assert {200, 400, 422} <= set(statuses)
    assert after.stored - before.stored == fates["stored"]
    assert after.duplicate - before.duplicate == fates["duplicate"]
    kept_alone = (after.received - before.received) - fates["received"]
    assert kept_alone == (after.failed - before.failed) - fates["failed"]
    assert 0 < kept_alone <= 4 * statuses[422]  # an order alone may be several events
    assert site.click("after-the-fuzz").json()["stored"] == 1
