"""`salience attention` on a small shop whose people look, click and tire."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from salience import Engine
from salience.cli import main
from salience.cli.attention.when import span
from salience.cli.parser import Wrong
from salience.events import AnyEvent, Click, Identify, Impression
from salience.store import home as homes

HOUR = 3_600_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = homes.create(tmp_path_factory.mktemp("attention") / "shop").home
    rng = np.random.default_rng(1)
    events: list[AnyEvent] = []
    for number in range(1_500):
        user, order = f"u{number % 300}", rng.permutation(4)
        if number < 300:
            events.append(Identify(id=f"t{number}", user=user, traits={"land": ("nl", "de")[number % 2]}))
        at = (24 * number + 19) * HOUR
        for place, item in enumerate(order.tolist()):
            seen = Impression(
                id=f"i{number}-{place}",
                user=user,
                slot="row",
                item=f"tea-{item}",
                position=place,
                visible_ms=2_000,
                decision=f"d{number}",
                time=at,
                received=at,
            )
            events.append(seen)
            if rng.random() < (0.5 - 0.1 * item) / (place + 1):
                events.append(
                    Click(id=f"c{number}-{place}", user=user, item=f"tea-{item}", decision=f"d{number}", time=at)
                )
    with Engine.open(folder) as engine:
        engine.log.append(events).result()
    return folder


def told(capsys: pytest.CaptureFixture[str], shop: Path, *words: str) -> str:
    assert main(["attention", *words, "--home", str(shop)]) == 0
    return capsys.readouterr().out


def test_the_ledger_by_slot_and_by_group(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = json.loads(told(capsys, shop, "ledger", "--json"))
    assert (row["name"], row["impressions"], round(row["visible_seconds"])) == ("row", 6_000, 12_000)
    assert row["low"] < row["value_per_minute"] < row["high"]
    groups = told(capsys, shop, "ledger", "--by", "segment:land")
    assert "nl" in groups
    assert "Attention is the price" in groups


def test_small_groups_of_people_stand_together_or_not_at_all() -> None:
    def by_town(sizes: dict[str, int]) -> dict[str, int]:
        events: list[AnyEvent] = []
        for town, size in sizes.items():
            for n in range(size):
                who = f"{town}-{n}"
                events.append(Identify(id=f"t-{who}", user=who, traits={"town": town}))
                events.append(Impression(id=f"i-{who}", user=who, slot="row", item="tea", visible_ms=9, decision="d"))
        with Engine.in_memory() as engine:
            engine.log.append(events).result()
            assert len(engine.attention("slot")) == 1
            return {one.name: one.people for one in engine.attention("segment:town")}

    assert by_town({"Delft": 40, "Gouda": 12}) == {"Delft": 40, "Gouda": 12}
    assert by_town({"Delft": 40, "Gouda": 12, "Zutphen": 1}) == {"Delft": 40, "(small groups)": 13}
    assert by_town({"Delft": 40, "Gouda": 4, "Zutphen": 3}) == {"(small groups)": 47}  # 7 follow from the total
    assert by_town({"Delft": 4, "Gouda": 3}) == {}


def test_places_are_worth_what_was_planted(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(told(capsys, shop, "positions", "row", "--json"))
    assert found["identifiable"]
    assert [one["seen"] for one in found["positions"]] == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4], rel=0.2)
    assert "looked at" in told(capsys, shop, "positions", "row")


def test_fatigue_and_the_hour(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "impression" in told(capsys, shop, "fatigue")
    assert told(capsys, shop, "when", "u1").startswith("19:00")
    assert told(capsys, shop, "when", "u1", "--hours", "8-12").startswith(("08", "09", "10", "11"))


def test_faults_say_the_way_out(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("ledger", "--by", "colour"), ("positions", "nowhere"), ("when", "u1", "--hours", "x")):
        assert main(["attention", *words, "--home", str(shop)]) == 2
        assert "e.g." in (said := capsys.readouterr().err) or "send impressions" in said


def test_hours_as_they_are_typed() -> None:
    assert span("8-10") == (8, 9)
    assert span("23-2") == (23, 0, 1)
    for word in ("8", "8-25", "a-b", "3-3"):
        with pytest.raises(Wrong):
            span(word)
