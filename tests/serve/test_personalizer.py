"""The two official clients of Azure AI Personalizer, unchanged but for address and key, against a running server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from azure.ai.personalizer import PersonalizerAdministrationClient, PersonalizerClient
from azure.cognitiveservices.personalizer import PersonalizerClient as OldClient
from azure.cognitiveservices.personalizer.models import RankableAction, RankRequest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from msrest.authentication import CognitiveServicesCredentials

from salience import Engine
from salience.serve.app import app
from salience.serve.run import background
from tests.serve.site import KEYS, SECRET

ACTIONS = [
    {"id": "Video1", "features": [{"videoType": "documentary", "videoLength": 35}, {"mostWatchedByAge": "50-55"}]},
    {"id": "Video2", "features": [{"videoType": "movie", "videoLength": 120}, {"mostWatchedByAge": "40-45"}]},
]
CONTEXT = [{"currentContext": {"day": "tuesday", "time": "night"}}, {"userContext": {"payingUser": True, "hours": 0.1}}]
SLOTS = [
    {"id": "Main Article", "baselineAction": "Video1", "positionFeatures": [{"Size": "Large"}]},
    {"id": "Side Bar", "baselineAction": "Video2", "positionFeatures": [{"Size": "Small"}]},
]
DEFAULT = "--cb_explore_adf --epsilon 0.2 --power_t 0 -l 0.001 --cb_type mtr -q ::"


class Clients:
    """All three, of one server."""

    def __init__(self, engine: Engine, address: str, key: str = SECRET) -> None:
        self.engine = engine
        self.old: Any = OldClient(  # type: ignore[no-untyped-call]
            address, CognitiveServicesCredentials(key)
        )
        self.new: Any = PersonalizerClient(address, AzureKeyCredential(key))
        self.admin: Any = PersonalizerAdministrationClient(address, AzureKeyCredential(key))


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    with Engine.in_memory() as engine, background(app(engine, KEYS.get)) as address:
        yield Clients(engine, address)


def test_the_sample_of_version_1(clients: Clients) -> None:
    actions = [RankableAction(id="pasta", features=[{"taste": "salty"}]), RankableAction(id="ice", features=[{"a": 1}])]
    event = str(uuid.uuid4())
    request = RankRequest(
        actions=actions, context_features=[{"timeOfDay": "noon"}], excluded_actions=["ice"], event_id=event
    )
    told = clients.old.rank(rank_request=request)
    assert (told.event_id, told.reward_action_id) == (event, "pasta")
    assert {one.id: one.probability for one in told.ranking} == {"pasta": 1.0, "ice": 0.0}
    clients.old.events.reward(event_id=event, value=1.0)
    clients.old.events.activate(event_id=event)
    assert clients.engine.loop().used >= 1


def test_rank_and_reward_of_the_preview(clients: Clients) -> None:
    request = {"actions": ACTIONS, "contextFeatures": CONTEXT}
    told = clients.new.rank(request)
    assert told["rewardActionId"] == told["ranking"][0]["id"]
    assert sum(one["probability"] for one in told["ranking"]) == pytest.approx(1)
    before = clients.engine.loop().lessons
    clients.new.reward(told["eventId"], {"value": 1.0})
    assert clients.engine.loop().lessons == before + 1
    again = clients.new.rank({**request, "eventId": told["eventId"]})
    assert again == told


def test_a_deferred_event_learns_only_once_it_is_activated(clients: Clients) -> None:
    told = clients.new.rank({"actions": ACTIONS, "deferActivation": True})
    before = clients.engine.loop().lessons
    clients.new.reward(told["eventId"], {"value": 1.0})
    assert clients.engine.loop().lessons == before
    clients.new.activate(told["eventId"])
    assert clients.engine.loop().lessons == before + 1


def test_several_slots_and_their_probabilities(clients: Clients) -> None:
    told = clients.new.rank_multi_slot({"slots": SLOTS, "actions": ACTIONS, "contextFeatures": CONTEXT})
    assert [slot["id"] for slot in told["slots"]] == ["Main Article", "Side Bar"]
    assert {slot["rewardActionId"] for slot in told["slots"]} == {"Video1", "Video2"}
    first, second = (slot["probability"] for slot in told["slots"])
    assert told["probability"] == pytest.approx(first * second)
    assert second == 1.0
    clients.new.reward_multi_slot(told["eventId"], {"reward": [{"slotId": "Main Article", "value": 1.0}]})
    clients.new.activate_multi_slot(told["eventId"])


def test_the_configuration_comes_back_as_it_was_sent(clients: Clients) -> None:
    sent = {
        "rewardAggregation": "average", "modelExportFrequency": "PT3M", "defaultReward": 0.5, "modelRetrainDays": 2,
        "rewardWaitTime": "PT4H", "explorationPercentage": 0.3, "logRetentionDays": -1, "learningMode": "Online",
    }  # fmt: skip
    clients.admin.update_service_configuration(sent)
    told = clients.admin.get_service_configuration()
    assert {name: told[name] for name in sent} == sent


def test_learning_settings_are_kept_understood_and_reset(clients: Clients) -> None:
    line = "--cb_explore_adf --quadratic GT --ignore A --cb_type ips --bag 4"
    assert clients.admin.update_policy({"name": "app1", "arguments": line})["arguments"] == line
    assert clients.admin.get_policy()["arguments"] == line
    assert clients.engine.loop().settings.policy == "bootstrap"
    assert clients.admin.reset_policy()["arguments"] == DEFAULT
    assert clients.engine.loop().settings.policy == "thompson-logistic"


def test_apprentice_mode_answers_the_baseline_and_counts_agreement(clients: Clients) -> None:
    clients.admin.update_service_configuration({"learningMode": "Apprentice"})
    for _ in range(5):
        assert clients.new.rank({"actions": ACTIONS})["rewardActionId"] == "Video1"
    told = clients.admin.get_service_configuration()["latestApprenticeModeMetrics"]
    assert told["numberOfEvents"] == 5
    clients.admin.update_service_configuration({"learningMode": "Online"})


def test_the_model_goes_out_and_comes_back(clients: Clients) -> None:
    told = clients.new.rank({"actions": ACTIONS})
    clients.new.reward(told["eventId"], {"value": 1.0})
    plain = b"".join(clients.admin.export_model(signed=False))
    clients.admin.import_model(iter([b"".join(clients.admin.export_model(signed=True))]))
    assert b"".join(clients.admin.export_model(signed=False)) == plain
    assert clients.engine.loop().pinned
    assert clients.admin.get_model_properties()["lastModifiedTime"]
    with pytest.raises(HttpResponseError):
        clients.admin.import_model(iter([plain.replace(b'"loop":"default"', b'"loop":"another"')]))
    clients.admin.reset_model()
    assert (clients.engine.loop().lessons, clients.engine.loop().pinned) == (0, "")


def test_an_evaluation_compares_policies_and_can_be_applied(clients: Clients) -> None:
    for at in range(60):
        told = clients.new.rank({"actions": ACTIONS, "contextFeatures": [{"odd": bool(at % 2)}]})
        clients.new.reward(told["eventId"], {"value": float(told["rewardActionId"] == "Video2")})
    wanted = {
        "name": "sample", "startTime": date.fromisoformat("2022-09-20"), "endTime": date.fromisoformat("2090-09-30"),
        "enableOfflineExperimentation": True, "policies": [{"name": "mine", "arguments": "--cb_explore_adf --bag 3"}],
    }  # fmt: skip
    clients.admin.create_evaluation("e-1", wanted)
    told = clients.admin.get_evaluation("e-1", start_time="20220920T000000", end_time="20900930T000000")
    assert (told["id"], told["name"], told["status"]) == ("e-1", "sample", "Succeeded")
    sources = {one["policySource"] for one in told["content"]["value"] if one["slotId"] == ""}
    assert sources == {"Online", "Baseline", "Random", "Custom", "OfflineExperimentation"}
    assert all(len(one["summary"]["confidenceInterval"]) == 2 for one in told["content"]["value"])
    assert "e-1" in [one["id"] for one in clients.admin.list_evaluations()]
    clients.admin.apply_from_evaluation({"evaluationId": "e-1", "policyName": "mine"})
    assert clients.engine.loop().settings.policy == "bootstrap"
    clients.admin.delete_evaluation("e-1")
    assert list(clients.admin.list_evaluations()) == []


def test_feature_importances(clients: Clients) -> None:
    clients.admin.create_feature_importance("f-1", {"name": "f", "startTime": "2022-09-20", "endTime": "2090-09-30"})
    told = clients.admin.get_feature_importance("f-1")
    assert told["status"] == "Succeeded"
    assert max(one["score"] for one in told["featureScores"]) == pytest.approx(100)
    assert [one["id"] for one in clients.admin.list_feature_importances()] == ["f-1"]
    clients.admin.delete_feature_importance("f-1")


def test_the_log_has_a_range_until_it_is_deleted(clients: Clients) -> None:
    assert clients.admin.get_log_properties()["dateRange"]["from"]
    clients.admin.delete_logs()
    assert clients.admin.get_log_properties()["dateRange"] == {"from": None, "to": None}


def test_a_wrong_key_is_refused(clients: Clients) -> None:
    other = Clients(clients.engine, clients.new._client._config.endpoint, key="nobody")
    with pytest.raises(HttpResponseError) as caught:
        other.new.rank({"actions": ACTIONS})
    assert caught.value.status_code == 401
    with pytest.raises(HttpResponseError) as caught:
        clients.new.rank({"actions": []})
    assert caught.value.status_code == 422
