"""The steps of an experiment over HTTP."""

from __future__ import annotations

from typing import Any

from tests.serve.site import SECRET, WRITE, Site

DESIGN: dict[str, Any] = {
    "arms": [{"name": "control"}, {"name": "new"}],
    "metrics": [{"name": "orders", "event": "purchase", "days": 1, "role": "primary"}],
    "units": 500,
}


def test_from_the_plan_to_the_report(site: Site) -> None:
    asked = {"mean": 0.1, "sd": 0.3, "lift": 0.1, "units_a_day": 2000, "method": "fixed"}
    assert site.post("/v1/experiments/plan", asked, SECRET).json()["units_an_arm"] == 14_128
    made = site.post("/v1/experiments/define", {"name": "home", "design": DESIGN}, SECRET).json()
    assert (made["state"], made["arms"]) == ("defined", ["control", "new"])
    started = site.post("/v1/experiments/start", {"name": "home", "shares": {"control": 0.8, "new": 0.2}}, SECRET)
    assert started.json()["shares"] == {"control": 0.8, "new": 0.2}
    for number in range(20):
        path, body = "/ofrep/v1/evaluate/flags/home", {"context": {"targetingKey": f"h{number}"}}
        assert site.post(path, body).json()["reason"] == "SPLIT"
    changed = {"name": "home", "shares": {"control": 0.5, "new": 0.5}, "why": "all is well"}
    assert site.post("/v1/experiments/allocate", changed, SECRET).status_code == 200
    report = site.post("/v1/experiments/report", {"name": "home"}, SECRET).json()
    assert report["judged"]["verdict"]["word"] == "not enough data"
    assert sum(report["judged"]["units"].values()) == 20
    stopped = site.post("/v1/experiments/stop", {"name": "home", "ship": "new"}, SECRET).json()
    assert stopped["state"] == "stopped"
    answer = site.client.get("/v1/experiments", headers={"Authorization": f"Bearer {SECRET}"})
    (listed,) = [one for one in answer.json()["experiments"] if one["name"] == "home"]
    assert listed == stopped


def test_faults_name_what_is_wrong(site: Site) -> None:
    bad = {"name": "bad", "design": {**DESIGN, "metrics": [{"name": "m", "sort": "funnel"}]}}
    assert site.fault(site.post("/v1/experiments/define", bad, SECRET), 422)["parameter"] == "metrics[0].steps"
    assert "nobody defined it" in site.fault(site.post("/v1/experiments/start", {"name": "?"}, SECRET), 404)["rule"]
    unknown = {"name": "bad", "design": {**DESIGN, "unitz": 3}}
    assert site.fault(site.post("/v1/experiments/define", unknown, SECRET), 422)["parameter"] == "design.unitz"


def test_the_public_key_starts_nothing(site: Site) -> None:
    for step in ("define", "start", "allocate", "stop", "report", "plan"):
        site.fault(site.post(f"/v1/experiments/{step}", {"name": "home"}, WRITE), 403)
