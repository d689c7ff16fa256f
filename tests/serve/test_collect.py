from __future__ import annotations

import gzip

import msgspec

from salience.collect.receipt import Receipt
from tests.serve.site import SECRET, Site


def test_every_event_gets_its_own_result(site: Site) -> None:
    good = {"kind": "click", "id": "c-1", "anonymous": "v-1", "item": "green"}
    answer = site.post("/v1/collect", {"events": [good, {**good, "id": "c-2", "item": 7}, good]})
    assert answer.status_code == 200
    receipt = msgspec.json.decode(answer.content, type=Receipt)
    assert (receipt.received, receipt.stored, receipt.duplicate, receipt.failed) == (3, 1, 1, 1)
    assert [result.status for result in receipt.results] == ["stored", "failed", "duplicate"]
    assert receipt.results[1].reason.startswith("item: ")


def test_what_was_acknowledged_is_in_the_log(site: Site) -> None:
    assert site.click("c-in-log").status_code == 200
    found = site.engine.log.find("c-in-log")
    assert found is not None
    assert (found[1].kind, found[1].source, found[1].anonymous) == ("click", "http", "v-1")


def test_a_failed_event_is_kept_and_the_ledger_balances(site: Site) -> None:
    before = site.engine.pulse().failed
    answer = site.post("/v1/collect", {"events": [{"kind": "purchase", "id": "c-bad", "anonymous": "v", "price": -1}]})
    assert answer.json()["failed"] == 1
    pulse = site.engine.pulse()
    assert (pulse.failed, pulse.balanced) == (before + 1, True)


def test_a_bare_list_lines_and_gzip_are_taken_too(site: Site) -> None:
    event = b'{"kind":"click","id":"%s","anonymous":"v","item":"green"}'
    answers = [
        site.post("/v1/collect", b"[" + event % b"c-list" + b"]"),
        site.post(
            "/v1/collect",
            event % b"c-l1" + b"\n" + event % b"c-l2" + b"\n",
            **{"Content-Type": "application/x-ndjson"},
        ),
        site.post("/v1/collect", gzip.compress(b"[" + event % b"c-gz" + b"]"), **{"Content-Encoding": "gzip"}),
        site.post("/v1/collect", b"[" + event % b"c-beacon" + b"]", **{"Content-Type": "text/plain;charset=UTF-8"}),
    ]
    assert [answer.json()["stored"] for answer in answers] == [1, 2, 1, 1]


def test_a_large_batch_is_read_off_the_loop_with_the_same_result(site: Site) -> None:
    events = [{"kind": "view", "id": f"c-many-{n}", "user": f"u-{n}", "item": "green"} for n in range(2_000)]
    assert site.post("/v1/collect", {"events": events}, SECRET).json()["stored"] == 2_000


def test_the_public_key_speaks_for_its_own_browser_only(site: Site) -> None:
    known = {"kind": "click", "id": "c-known", "user": "u-1", "item": "green"}
    item = {"kind": "item", "id": "c-item", "item": "rum", "title": "Rum"}
    assert site.post("/v1/collect", {"events": [known, item]}).json()["failed"] == 2
    assert site.post("/v1/collect", {"events": [known]}, SECRET).json()["stored"] == 1
