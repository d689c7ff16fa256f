"""Loops over HTTP: how they stand, a trial from its beginning to its end, and the alarms."""

from __future__ import annotations

from typing import Any

from tests.serve.site import SECRET, Site

ACTIONS = [{"id": "tea"}, {"id": "rice"}]


def got(site: Site, path: str) -> Any:
    return site.client.get(path, headers={"Authorization": f"Bearer {SECRET}"})


def test_a_trial_over_http(site: Site) -> None:
    def ask(at: int) -> dict[str, Any]:
        body = {"eventId": f"e{at}", "unitId": f"u{at}", "actions": ACTIONS, "loopId": "home"}
        told: dict[str, Any] = site.post("/v1/decide", body, SECRET).json()
        return told

    assert ask(0)["side"] is None
    refused = site.post("/v1/loops/canary", {"loopId": "home", "share": 0.2}, SECRET)
    assert refused.status_code == 422
    assert "answers already" in refused.text
    begun = site.post("/v1/loops/canary", {"loopId": "home", "share": 0.5, "policy": "squarecb", "why": "try"}, SECRET)
    assert begun.status_code == 200, begun.text
    told = [ask(at) for at in range(1, 30)]
    sides = {(one["side"]["arm"], one["policy"]) for one in told}
    assert sides == {("stable", "thompson-logistic"), ("canary", "squarecb")}
    seen = got(site, "/v1/loops/home/canary").json()
    assert seen["report"]["metrics"][0]["verdict"] == "not enough data"
    assert got(site, "/v1/guardrails").json() == {"experiments": [], "loops": []}
    assert site.post("/v1/guardrails", {}, SECRET).json() == {"experiments": [], "loops": []}
    early = site.post("/v1/loops/canary/end", {"loopId": "home", "adopt": True}, SECRET)
    assert early.status_code == 422
    assert "too early" in early.text
    ended = site.post("/v1/loops/canary/end", {"loopId": "home", "adopt": True, "force": True}, SECRET).json()
    assert ended["settings"]["policy"] == "squarecb"
    assert [one["loop"] for one in got(site, "/v1/loops").json()["loops"]] == ["home"]
    assert got(site, "/v1/loops/home/canary").status_code == 422


def test_wrong_words_are_named(site: Site) -> None:
    for body, word in (
        ({"share": 0.9}, "share"),
        ({"share": 0.1, "polcy": "softmax"}, "polcy"),
        ({"share": 0.1, "policy": "softmaxx"}, "policy"),
        ({"share": 0.1, "version": "v9"}, "version"),
        ({"share": 0.1, "policy": "softmax", "margins": {"reward": 3}}, "margins"),
    ):
        told = site.post("/v1/loops/canary", body, SECRET)
        assert told.status_code == 422, told.text
        assert word in told.json()["error"]["parameter"] + told.text
