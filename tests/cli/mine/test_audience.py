from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from salience.cli import main
from salience.engine import Engine
from salience.events import Consent, Purchase

RULES = """
[[segments]]
name = "buyers"
when = {op = "did", what = "purchase"}

[[segments]]
name = "silent buyers"
when = {op = "and", of = [{op = "in-segment", name = "buyers"}, {op = "silent", days = 1}]}
"""


@pytest.fixture
def ruled(shop: str, tmp_path: Path) -> str:
    """The shop with two segments of its own."""
    home = Path(copytree(shop, tmp_path / "ruled"))
    with (home / "salience.toml").open("a", encoding="utf-8") as file:
        file.write(RULES)
    return str(home)


def test_sizes_members_and_segments_of_one(ruled: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["mine", "audience", "--home", ruled, "--json"]) == 0
    people = json.loads(capsys.readouterr().out)
    with Engine.open(ruled) as engine:
        bought = {event.subject for _, event in engine.log.read(limit=100_000) if isinstance(event, Purchase)}
    assert main(["mine", "rfm", "--home", ruled, "--json"]) == 0
    told = {one["customer"] for one in json.loads(capsys.readouterr().out)["customers"]}
    assert told < bought  # those of groups of fewer than ten are held back
    assert set(people["buyers"]) == bought == set(people["silent buyers"])  # the shop's weeks are long past
    one = people["buyers"][0]
    assert main(["mine", "audience", "--user", one, "--home", ruled]) == 0
    assert capsys.readouterr().out == "buyers, silent buyers\n"
    assert main(["mine", "audience", "--name", "lovers", "--home", ruled]) == 2


def test_an_event_moves_people_at_once_and_a_no_takes_them_out(ruled: str) -> None:
    with Engine.open(ruled) as engine:
        now = engine.now()
        assert engine.ruled_segments("newcomer") == []
        engine.log.append([Purchase(id="n1", user="newcomer", item="green", time=now, received=now)]).result()
        engine.follower.catch_up(now)
        assert engine.ruled_segments("newcomer") == ["buyers"]
        assert "newcomer" in engine.audience("buyers")
        engine.remove_tag("newcomer", "segment:buyers")
        assert engine.ruled_segments("newcomer") == []
        other = Purchase(id="n3", user="other", item="green", time=now, received=now)
        engine.log.append([other]).result()
        assert "other" in engine.audience("buyers")
        no = Consent(id="n2", user="other", purposes={"marketing": False}, time=now, received=now)
        engine.log.append([no]).result()
        assert not {"newcomer", "other"} & set(engine.audience("buyers"))


def test_a_rule_that_cannot_be_read_stops_the_workspace_with_its_place(
    ruled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with (Path(ruled) / "salience.toml").open("a", encoding="utf-8") as file:
        file.write('[[segments]]\nname = "x"\nwhen = {op = "in-segment", name = "nobody"}\n')
    capsys.readouterr()
    assert main(["mine", "audience", "--home", ruled]) == 2
    assert "segments[2].when" in capsys.readouterr().err


def test_what_was_mined_can_be_told_and_asked_for(ruled: str, capsys: pytest.CaptureFixture[str]) -> None:
    with (Path(ruled) / "salience.toml").open("a", encoding="utf-8") as file:
        file.write('[[segments]]\nname = "best"\nwhen = {op = "eq", field = "predicted:rfm", value = "champions"}\n')
        file.write('[[segments]]\nname = "gone"\nwhen = {op = "eq", field = "predicted:rhythm", value = "gone"}\n')
    capsys.readouterr()
    assert main(["mine", "rfm", "--tell", "--home", ruled, "--json"]) == 0
    customers = json.loads(capsys.readouterr().out)["customers"]
    assert main(["mine", "churn", "--tell", "--home", ruled, "--json"]) == 0
    states = {one["customer"]: one["state"] for one in json.loads(capsys.readouterr().out)["customers"]}
    assert main(["mine", "audience", "--home", ruled, "--json"]) == 0
    people = json.loads(capsys.readouterr().out)
    assert people["best"] == sorted(one["customer"] for one in customers if one["group"] == "champions") != []
    assert people["gone"] == sorted(who for who, state in states.items() if state == "gone") != []
    assert main(["mine", "clusters", "--tell", "--of", "items", "--home", ruled]) == 2
