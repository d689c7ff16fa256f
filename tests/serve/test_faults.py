from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx
import pytest

from salience.serve.app import VERBS, app
from salience.serve.fault import shown
from salience.serve.run import background
from salience.settings import Settings
from salience.store.faults import Busy
from tests.serve.site import KEYS, WRITE, Site


def test_unknown_paths_and_methods_have_the_same_form(site: Site) -> None:
    fault = site.fault(site.client.get("/v1/nothing"), 404)
    assert (fault["parameter"], fault["value"]) == ("path", "/v1/nothing")
    answer = site.client.get("/v1/collect")
    assert site.fault(answer, 405)["value"] == "GET"
    assert "POST" in answer.headers["allow"]
    assert site.client.request("TRACE", "/v1/collect").status_code == 405
    assert site.client.request("BREW", "/v1/collect").status_code == 501


def test_the_allow_header_names_every_method_of_the_path(site: Site) -> None:
    for path in {verb.path for verb in VERBS}:
        answer = site.client.request("OPTIONS", path.replace("{", "").replace("}", ""))
        offered = {verb.method for verb in VERBS if verb.path == path}
        assert answer.status_code == 405
        assert offered == set(answer.headers["allow"].split(", ")) - {"HEAD"}


def test_the_message_says_all_in_one_sentence(site: Site) -> None:
    fault = site.fault(site.post("/v1/recommend", {"anonymous": "v", "k": 5000}), 422)
    assert fault["message"] == f"k = 5000: {fault['rule']}; {fault['way_out']}"


def test_values_are_shown_short_and_on_one_line() -> None:
    assert shown("a\nb\x00") == "a�b�"
    assert len(shown("x" * 10_000)) == 80
    assert shown(10**5000) == "a number"


@dataclass
class Broken:
    """An engine that raises what a healthy one does not."""

    settings = Settings()

    error: Exception

    def recommend(self, *_: Any, **__: Any) -> NoReturn:
        raise self.error


def ask(error: Exception) -> httpx.Response:
    with background(app(Broken(error), KEYS.get)) as address:  # type: ignore[arg-type]
        return httpx.post(
            f"{address}/v1/recommend", json={"anonymous": "v"}, headers={"Authorization": f"Bearer {WRITE}"}
        )


def test_a_bug_is_a_bare_500_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "salience.serve"):
        answer = ask(ZeroDivisionError("the secret sauce"))
    assert answer.status_code == 500
    assert "secret sauce" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert "the secret sauce" in caplog.text
    assert "content-security-policy" in answer.headers


def test_a_full_store_is_503_with_the_time_to_come_back() -> None:
    answer = ask(Busy(9, 5, retry_after=3))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert answer.json()["error"]["parameter"] == "server"
