from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.serve.site import SECRET, Site


def samples(site: Site) -> dict[str, float]:
    answer = site.client.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_figures_are_those_of_the_engine_and_move_with_it(site: Site) -> None:
    before = samples(site)
    answer = site.post("/v1/recommend", {"anonymous": "m", "slot": "s", "layouts": ["a", "b"]}).json()
    site.click("m-1")
    site.click("m-1")
    seen = {"kind": "impression", "id": "m-2", "anonymous": "m", "slot": "s", "visible_ms": 1500}
    click = {"kind": "click", "id": "m-3", "anonymous": "m", "item": "green", "decision": answer["decision"]}
    site.post("/v1/collect", {"events": [seen, click, {"kind": "?"}]})
    after = samples(site)
    moved = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert moved["salience_events_total duplicate"] == 1
    assert moved["salience_events_total failed"] == 1
    assert moved["salience_events_total stored"] == 4  # a decision, two clicks, an impression
    assert moved["salience_decisions_total popular"] == 1
    assert moved["salience_rewards_total"] == 1
    assert moved["salience_attention_seconds_total s"] == 1.5
    assert moved[f"salience_arm_trials_total {answer['layout']['chosen']} s"] == 1
    assert after["salience_ledger_balanced"] == 1


def test_it_is_not_in_prometheus_global_registry() -> None:
    from prometheus_client import REGISTRY

    assert not [name for family in REGISTRY.collect() for name in [family.name] if name.startswith("salience")]
