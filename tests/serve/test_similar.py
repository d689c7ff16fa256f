from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serve.site import SECRET, WRITE, Site, open_site


@pytest.fixture(scope="module")
def learned() -> Iterator[Site]:
    with open_site() as site:
        site.engine.train(minutes=0.02)
        yield site


def test_the_items_most_like_a_tea_are_teas(learned: Site) -> None:
    answer = learned.post("/v1/similar", {"item": "green", "k": 3}, SECRET)
    assert answer.status_code == 200
    found = answer.json()["items"]
    assert {item["item"] for item in found} <= {"black", "white", "mint"}
    assert found
    assert found == sorted(found, key=lambda item: -item["score"])


def test_an_unknown_item_is_404_and_the_public_key_403(learned: Site) -> None:
    fault = learned.fault(learned.post("/v1/similar", {"item": "rum"}, SECRET), 404)
    assert (fault["parameter"], fault["value"]) == ("item", "rum")
    assert learned.fault(learned.post("/v1/similar", {"item": "green"}, WRITE), 403)["parameter"] == "key"


def test_without_a_model_the_way_out_is_named(site: Site) -> None:
    assert "train" in site.fault(site.post("/v1/similar", {"item": "green"}, SECRET), 422)["way_out"]
