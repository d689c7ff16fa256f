"""Every kind of `salience mine` on one shop: as a table, as JSON, as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from salience.cli import main
from salience.cli.mine import KINDS
from salience.engine import Engine
from salience.mine.stakes import stake
from tests.cli.mine.conftest import ITEMS

WORDS: dict[str, list[str]] = {
    "rules": ["rules", "--by", "order", "--min-support", "0.02", "--min-confidence", "0.2"],
    "sequences": ["sequences", "--within", "visit"],
    "paths": ["paths", "--goal", "purchase"],
    "funnel": ["funnel", "--steps", "view,cart,purchase", "--by", "visit"],
    "retention": ["retention", "--period", "month"],
    "trends": ["trends", "--by", "step"],
    "segments": ["segments", "--k", "2"],
    "clusters": ["clusters", "--k", "2"],
    "lookalike": ["lookalike", "--users", ",".join(f"p{n}" for n in range(1, 40, 2))],
    "rfm": ["rfm"],
    "clv": ["clv"],
    "churn": ["churn"],
    "leads": ["leads", "--goal", "cart", "--days", "30"],
}


def answer(capsys: pytest.CaptureFixture[str], home: str, *words: str) -> Any:
    capsys.readouterr()
    assert main(["mine", *words, "--json", "--home", home]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_kind_but_those_of_text_is_tried_here() -> None:
    assert set(WORDS) <= {kind.name for kind in KINDS}


@pytest.mark.parametrize("kind", WORDS)
def test_a_table_and_a_picture(kind: str, shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.svg"
    assert main(["mine", *WORDS[kind], "--plot", str(file), "--home", shop]) == 0
    out, err = capsys.readouterr()
    assert out or "nothing rose" in err
    assert "<svg" in file.read_text(encoding="utf-8")


def test_rules_of_orders_stay_within_a_taste(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, shop, *WORDS["rules"])
    assert found
    for rule in found:
        assert any({*rule["left"], rule["right"]} <= set(names) for names in ITEMS.values())
        assert 0 <= rule["q_value"] <= 1


def test_ways_and_funnels_agree_on_who_bought(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    ways = answer(capsys, shop, *WORDS["paths"])
    stages = answer(capsys, shop, *WORDS["funnel"])["stages"]
    assert stages[-1]["count"] == ways["reached"]
    assert [stage["step"] for stage in stages] == ["view", "cart", "purchase"]
    after = {(move["step"], move["after"]): move["share"] for move in ways["moves"]}
    assert after["(start)", "page /home"] == 1.0
    patterns = answer(capsys, shop, *WORDS["sequences"], "--min-support", "0.01")
    whole = next(one for one in patterns if one["steps"] == ["page /home", "view", "cart", "purchase"])
    assert whole["count"] == ways["reached"]


def test_rules_tell_baskets_and_money_beyond_chance(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["mine", *WORDS["rules"], "--home", shop]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert "beyond chance" in head
    assert "money" in head
    assert lines[-3].startswith("of ")
    assert "unlikely" in lines[0]
    with Engine.open(Path(shop), read_only=True) as engine:
        paid, bought = engine.paid("order"), engine.spent()
        rule = engine.rules(min_support=0.02, min_confidence=0.2, by="order", every=False, limit=1)[0]
        total = sum(engine.purchases().values)
    assert sum(bought.values()) == pytest.approx(total)
    assert f"{stake(rule, paid[rule.right]).money:,.0f} (" in lines[0]


def test_rules_are_sorted_by_the_money_that_is_sure(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, shop, *WORDS["rules"], "--sort", "money", "--all")
    lows = [rule["beyond_chance"]["money_low"] for rule in found]
    assert lows == sorted(lows, reverse=True)
    assert all(one["beyond_chance"]["money_low"] < one["beyond_chance"]["money"] for one in found)
    baskets = answer(capsys, shop, *WORDS["rules"], "--sort", "baskets", "--all")
    assert {(*one["left"], one["right"]) for one in baskets} == {(*one["left"], one["right"]) for one in found}
    assert baskets[0]["beyond_chance"]["baskets_low"] >= baskets[-1]["beyond_chance"]["baskets_low"]


def test_segments_and_lookalikes_follow_the_taste(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    people = answer(capsys, shop, *WORDS["segments"])["people"]
    odd = {people[name] for name in people if int(name[1:]) % 2}
    assert odd == {"tea"}
    alike = answer(capsys, shop, *WORDS["lookalike"], "--limit", "10")
    assert [int(one["user"][1:]) % 2 for one in alike["people"]] == [1] * 10


def test_money_is_counted_once_everywhere(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    rfm = answer(capsys, shop, "rfm")
    churn = answer(capsys, shop, "churn")
    clv = answer(capsys, shop, "clv")
    with Engine.open(Path(shop), read_only=True) as engine:
        whole = engine.rfm()
    buyers = set(whole.customers)
    assert buyers == {one["customer"] for one in churn["customers"]} == {one["customer"] for one in clv["customers"]}
    assert buyers >= {one["customer"] for one in rfm["customers"]}
    assert sum(group["size"] for group in rfm["groups"]) == len(rfm["customers"])
    assert min(group["size"] for group in rfm["groups"]) >= 10
    assert rfm["hidden"] == len({*whole.groups}) - len(rfm["groups"]) > 0
    assert clv["customers"][0]["value"] >= clv["customers"][-1]["value"] >= 0
    group = rfm["groups"][0]["name"]
    capsys.readouterr()
    assert main(["mine", "rfm", "--group", group, "--home", shop]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + rfm["groups"][0]["size"]


def test_clusters_of_items_and_of_a_table(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(answer(capsys, shop, "clusters", "--of", "items", "--k", "2")["of"]) == {
        n for v in ITEMS.values() for n in v
    }
    file = tmp_path / "table.csv"
    file.write_text(
        "name,x,y\n" + "\n".join(f"n{n},{n % 2 * 9 + n / 100},{n % 3}" for n in range(40)), encoding="utf-8"
    )
    found = answer(capsys, shop, "clusters", "--file", str(file), "--columns", "x", "--k", "2")
    assert [one["size"] for one in found["clusters"]] == [20, 20]


def test_columns_of_codes_are_left_out_unless_they_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shop: str
) -> None:
    file = tmp_path / "table.csv"
    rows = [f"{n % 2 + 1};{n % 3};{n % 40 + (n > 60) * 900},5;{n * 7 % 31}" for n in range(120)]
    file.write_text("channel;region;spent;visits\n" + "\n".join(rows), encoding="utf-8")
    found = answer(capsys, shop, "clusters", "--file", str(file), "--k", "2")
    assert {mark["column"] for mark in found["clusters"][0]["marks"]} == {"spent", "visits"}
    found = answer(capsys, shop, "clusters", "--file", str(file), "--columns", "channel,spent", "--k", "2")
    assert {mark["column"] for mark in found["clusters"][0]["marks"]} == {"channel", "spent"}
    file.write_text("a,b\n1,2\n3,\n" + "4,5\n" * 20, encoding="utf-8")
    capsys.readouterr()
    assert main(["mine", "clusters", "--file", str(file), "--columns", "b"]) == 2
    assert "row 2 lacks a number in 'b'" in capsys.readouterr().err


def test_figures_say_until_when(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Engine.open(Path(shop), read_only=True) as engine:
        last = engine.last_purchase().isoformat()
    for kind in ("rfm", "clv", "churn"):
        capsys.readouterr()
        assert main(["mine", kind, "--home", shop]) == 0
        assert last in capsys.readouterr().out


def test_rfm_of_a_file_keeps_returns(tmp_path: Path, capsys: pytest.CaptureFixture[str], shop: str) -> None:
    file = tmp_path / "buys.csv"
    file.write_text("customer,date,value\na,2024-01-01,50\na,2024-02-01,-20\nb,2024-01-05,-3\n", encoding="utf-8")
    found = answer(capsys, shop, "rfm", "--transactions", str(file))
    assert {one["customer"]: one["money"] for one in found["customers"]} == {"a": 30.0, "b": -3.0}


@pytest.mark.parametrize(
    "words",
    [
        ["funnel", "--steps", "view,fly"],
        ["paths", "--goal", "fly"],
        ["lookalike", "--users", "p1"],
        ["lookalike"],
        ["lookalike", "--file", "no-such-file"],
        ["clusters", "--file", "no-such-file"],
        ["rfm", "--group", "kings"],
        ["rules", "--plot", "a.pdf"],
        ["leads", "--goal", "fly"],
    ],
)
def test_faults_are_one_line_with_a_way_out(words: list[str], shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["mine", *words, "--home", shop]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
