from __future__ import annotations

import msgspec

from salience.events.answers import Answer
from tests.serve.site import SECRET, Site


def test_an_anonymous_visitor_is_answered_with_the_public_key(site: Site) -> None:
    answer = site.post("/v1/recommend", {"anonymous": "v-9", "k": 3, "layouts": ["posters", "list"]})
    found = msgspec.json.decode(answer.content, type=Answer)
    assert len(found.items) == 3
    assert all(0 < item.probability <= 1 and item.reason.text for item in found.items)
    assert found.layout is not None
    assert found.layout.offered == ("posters", "list")
    assert site.engine.explain(found.decision).decision.slot == "for-you"


def test_the_click_of_a_moment_ago_counts(site: Site) -> None:
    first = site.post("/v1/recommend", {"anonymous": "v-fresh", "k": 8, "explore": False}).json()
    assert "green" in [item["item"] for item in first["items"]]
    site.click("r-1", anonymous="v-fresh", item="green")
    second = site.post("/v1/recommend", {"anonymous": "v-fresh", "k": 8, "explore": False}).json()
    assert "green" not in [item["item"] for item in second["items"]]


def test_a_known_user_needs_the_secret_key(site: Site) -> None:
    fault = site.fault(site.post("/v1/recommend", {"user": "u-1"}), 403)
    assert (fault["parameter"], fault["value"]) == ("user", "u-1")
    assert site.post("/v1/recommend", {"user": "u-1", "k": 2}, SECRET).status_code == 200


def test_an_unknown_user_is_answered_with_what_is_popular(site: Site) -> None:
    answer = site.post("/v1/recommend", {"user": "nobody", "k": 2}, SECRET).json()
    assert answer["rung"] == "popular"
    assert answer["why_rung"]


def test_reasons_come_in_the_language_that_was_asked_for(site: Site) -> None:
    answer = site.post("/v1/recommend", {"anonymous": "v-zh", "k": 1, "language": "zh", "explore": False}).json()
    assert answer["items"][0]["reason"]["text"] == "近期热门"


def test_a_broken_rule_names_parameter_value_and_rule(site: Site) -> None:
    fault = site.fault(site.post("/v1/recommend", {"anonymous": "v", "k": 0}), 422)
    assert (fault["parameter"], fault["value"]) == ("k", "0")
    assert ">= 1" in fault["rule"]
    assert site.fault(site.post("/v1/recommend", {"anonymous": "v", "kk": 3}), 422)["parameter"] == "kk"
    assert site.fault(site.post("/v1/recommend", {"anonymous": "v", "k": "3"}), 422)["parameter"] == "k"
    assert site.fault(site.post("/v1/recommend", {"anonymous": "v", "exclude": [""]}), 422)["parameter"] == "exclude[0]"
    assert site.fault(site.post("/v1/recommend", {"k": 3}), 422)["parameter"]


def test_what_is_asked_of_a_row_is_accepted_or_refused_with_a_suggestion(site: Site) -> None:
    site.engine.collect(
        [{"kind": "item", "id": "ask-1", "item": "oat", "categories": ["porridge"], "attributes": {"brand": "mill"}}],
        source="test",
    )
    body = {"anonymous": "v-ask", "where": {"op": "eq", "field": "brand", "value": "mill"}}
    assert [item["item"] for item in site.post("/v1/recommend", body).json()["items"]] == ["oat"]
    body["where"] = {"op": "eq", "field": "brnad", "value": "mill"}
    fault = site.fault(site.post("/v1/recommend", body), 422)
    assert (fault["parameter"], fault["way_out"]) == ("where.field", "did you mean brand?")
    fault = site.fault(site.post("/v1/recommend", {"anonymous": "v", "categories": ["porige"]}), 422)
    assert fault["way_out"] == "did you mean porridge?"
    assert site.fault(site.post("/v1/recommend", {"anonymous": "v", "calibrate": 2}), 422)["parameter"] == "calibrate"
    too_long = {"anonymous": "v", "exclude": [str(n) for n in range(10_001)]}
    assert site.fault(site.post("/v1/recommend", too_long), 422)["parameter"] == "exclude"
