from __future__ import annotations

from tests.serve.site import SECRET, Site


def test_the_budget_ends_with_429_and_says_when_there_is_a_new_one(site: Site) -> None:
    first = site.post("/v1/counts", {"kind": "purchase", "epsilon": 0.6}, SECRET).json()
    assert (first["kind"], first["epsilon"], first["left"]) == ("purchase", 0.6, 0.4)
    assert site.post("/v1/counts", {"kind": "purchase", "epsilon": 0.6}, SECRET).json() == first
    refused = site.post("/v1/counts", {"kind": "click", "epsilon": 0.6}, SECRET)
    assert site.fault(refused, 429)["parameter"] == "epsilon"
    assert 0 < int(refused.headers["retry-after"]) <= 30 * 86_400


def test_what_is_no_deed_is_refused_and_costs_nothing(site: Site) -> None:
    assert site.fault(site.post("/v1/counts", {"kind": "identify"}, SECRET), 422)["parameter"] == "kind"
    assert site.post("/v1/counts", {"kind": "purchase"}).status_code == 403


def test_an_epsilon_of_nothing_is_refused_before_any_noise_is_drawn(site: Site) -> None:
    for epsilon in (5e-324, 1e-300, 0, -1):
        refused = site.post("/v1/counts", {"kind": "purchase", "epsilon": epsilon}, SECRET)
        assert site.fault(refused, 422)["parameter"] == "epsilon"
    assert site.post("/v1/counts", {"kind": "purchase", "epsilon": 1e-6}, SECRET).status_code == 200
