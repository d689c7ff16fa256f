from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from salience.events.answers import Pulse
from salience.serve.app import app
from salience.serve.run import background
from salience.settings import Settings
from salience.store.faults import Unavailable
from tests.serve.site import KEYS, Site


def test_live_and_ready_without_a_key_and_without_a_model(site: Site) -> None:
    assert site.client.get("/health/live").json() == {"status": "live"}
    answer = site.client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"], answer.json()["reasons"]) == (200, "ready", [])


@dataclass
class Away:
    """An engine whose store has gone away: the only case that a healthy engine cannot show."""

    settings = Settings()

    def pulse(self) -> Pulse:
        raise Unavailable("the disk is full")


@pytest.mark.parametrize("path", ["/health/ready"])
def test_not_ready_says_why(path: str) -> None:
    with background(app(Away(), KEYS.get)) as address:  # type: ignore[arg-type]
        answer = httpx.get(address + path)
        assert (answer.status_code, answer.json()["reasons"]) == (503, ["the disk is full"])
        assert httpx.get(address + "/health/live").status_code == 200
