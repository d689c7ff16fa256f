from __future__ import annotations

from typing import Any

from tests.serve.site import Site


def ask(site: Site, visitor: str) -> dict[str, Any]:
    request = {"anonymous": visitor, "slot": "shelf", "layouts": ["posters", "list"], "k": 2}
    answer: dict[str, Any] = site.post("/v1/recommend", request).json()
    return answer


def trials(site: Site, arm: str) -> tuple[int, float]:
    found = {a.name: (a.trials, a.reward) for a in site.engine.pulse().arms if a.slot == "shelf"}
    return found.get(arm, (0, 0.0))


def test_an_outcome_teaches_the_arm_that_was_drawn(site: Site) -> None:
    answer = ask(site, "o-1")
    arm = answer["layout"]["chosen"]
    before = trials(site, arm)
    report = {"decision": answer["decision"], "value": 0.5, "anonymous": "o-1"}
    assert site.post("/v1/outcomes", {"outcomes": [report]}).json()["stored"] == 1
    assert trials(site, arm) == (before[0] + 1, before[1] + 0.5)


def test_the_same_report_again_is_a_duplicate(site: Site) -> None:
    report = {"decision": ask(site, "o-2")["decision"], "value": 1, "anonymous": "o-2"}
    sent = [site.post("/v1/outcomes", {"outcomes": [report]}).json() for _ in range(2)]
    assert [(receipt["stored"], receipt["duplicate"]) for receipt in sent] == [(1, 0), (0, 1)]
    assert site.post("/v1/outcomes", {"outcomes": [{**report, "id": "its-own"}]}).json()["stored"] == 1


def test_an_outcome_of_an_unknown_decision_is_stored_and_counted(site: Site) -> None:
    before = site.engine.pulse().orphans
    receipt = site.post("/v1/outcomes", {"outcomes": [{"decision": "gone", "value": 1, "anonymous": "o-3"}]}).json()
    assert receipt["stored"] == 1
    assert site.engine.pulse().orphans == before + 1


def test_each_report_is_judged_on_its_own(site: Site) -> None:
    good = {"decision": "d", "value": 1, "anonymous": "o-4", "metric": "m"}
    sent = {"outcomes": [good, {**good, "value": 2, "id": "x"}, {**good, "colour": "red", "id": "y"}, 7]}
    receipt = site.post("/v1/outcomes", sent).json()
    assert [result["status"] for result in receipt["results"]] == ["stored", "failed", "failed", "failed"]
    assert receipt["results"][1]["reason"].startswith("value: ")


def test_a_body_of_another_form_is_400(site: Site) -> None:
    bodies: list[Any] = [{}, {"outcomes": []}, {"outcomes": 1}, [], {"outcomes": [1], "more": 1}]
    for body in bodies:
        assert site.fault(site.post("/v1/outcomes", body), 400)["parameter"] == "body"
