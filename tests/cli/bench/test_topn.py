"""Two tastes of six items; everybody lacks one of their own: it must be found, and what was seen not come again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from salience.train.ranked import Asked
from tests.cli.bench.worlds import columns, put, refused, rows, told


def world(folder: Path) -> tuple[str, str]:
    train, test = [], []
    for person in range(24):
        own = [f"{'tea' if person % 2 else 'saw'}-{n}" for n in range(6)]
        lacking = own.pop(person // 2 % 6)
        train.append(f"p{person:02d} {' '.join(own)}")
        test.append(f"p{person:02d} {lacking}")
    return put(folder / "train.txt.gz", train), put(folder / "test.txt", [*test, "new saw-1"])


def test_the_lacking_item_is_first_and_nothing_seen_comes_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, test = world(tmp_path)
    out = tmp_path / "out.parquet"
    outcome = told(capsys, "topn", "--train", train, "--test", test, "--k", "2", "--out", str(out))
    assert columns(out) == [("user", "VARCHAR"), ("item", "VARCHAR"), ("rank", "INTEGER"), ("score", "FLOAT")]
    lists: dict[str, list[str]] = {}
    for user, item, rank, _ in rows(out):
        lists.setdefault(user, []).append(item)
        assert rank == len(lists[user])
    wanted = dict(line.split() for line in Path(test).read_text(encoding="utf-8").splitlines())
    assert set(lists) == set(wanted)
    assert all(lists[user][0] == item for user, item in wanted.items() if user != "new")
    found = sum(item in lists[user] for user, item in wanted.items()) / len(wanted)
    assert outcome["metrics"]["recall@2"]["value"] == pytest.approx(found)
    assert outcome["metrics"]["f1@2"]["value"] == pytest.approx(found * 2 / 3)  # precision 1/2, recall 1
    assert outcome["totals"]["coverage@2"] == 1.0
    groups = outcome["segments"]["recall@2"]
    assert [(name, group["users"]) for name, group in groups.items()] == [("5 to 5 items", 24)]  # one is too few
    assert groups["5 to 5 items"]["value"] == 1.0
    assert outcome["totals"]["popularity@2"] == pytest.approx(10.0)  # of 12 people with a taste, two lack each item


def test_the_leaderboard_has_settings_seconds_and_bytes_and_the_same_seed_the_same_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, _ = world(tmp_path)
    first, second = (told(capsys, "topn", "--train", train, "--seed", "3") for _ in range(2))
    assert {"popularity", "ease", "slim", "p3alpha"} <= {trial["name"] for trial in first["leaderboard"]}
    assert all({"settings", "seconds", "peak_bytes", "low", "high"} <= set(trial) for trial in first["leaderboard"])
    assert first["metrics"] == {}
    assert (first["seed"], first["chosen"], first["settings"]) == (3, second["chosen"], second["settings"])
    values = [[(t["name"], t["value"]) for t in found["leaderboard"]] for found in (first, second)]
    assert values[0] == values[1]


def test_a_given_validation_part_is_used_and_not_recommended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, test = world(tmp_path)
    out = tmp_path / "out.parquet"
    outcome = told(capsys, "topn", "--train", train, "--valid", test, "--k", "20", "--out", str(out))
    assert "given validation file" in outcome["judged_on"]
    own = {item for user, item, _, _ in rows(out) if user == "p00"}
    assert own == {f"tea-{n}" for n in range(6)}  # five saws are in train, the sixth is in the validation part


def test_an_item_of_the_test_alone_counts_as_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, _ = world(tmp_path)
    test = put(tmp_path / "odd.txt", ["p00 saw-0 never-seen"])
    outcome = told(capsys, "topn", "--train", train, "--test", test, "--k", "1")
    assert outcome["metrics"]["recall@1"]["value"] == 0.5


def test_a_blend_is_tried_when_there_is_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from salience.cli.bench.meter import meter
    from salience.train.bench_outcome import Bench
    from salience.train.bench_topn import topn

    train = {f"p{n}": [f"{n % 2}-{m}" for m in range(6) if m != n // 2 % 6] for n in range(24)}
    outcome, _ = topn(train, {}, {}, 3, Bench(1.0, 0, lambda: 0.0, meter, lambda *_: None))
    assert "blend" in {trial.name for trial in outcome.leaderboard}
    assert outcome.complete


def test_rivals_are_compared_on_some_people_of_a_large_test_part(monkeypatch: pytest.MonkeyPatch) -> None:
    from salience.cli.bench.meter import meter
    from salience.train import bench_topn
    from salience.train.bench_outcome import Bench

    monkeypatch.setattr(bench_topn, "JUDGED", 7)
    people = range(24)
    train = {f"p{n}": [f"{n % 2}-{m}" for m in range(6) if m != n // 2 % 6] for n in people}
    test = {f"p{n}": [f"{n % 2}-{n // 2 % 6}"] for n in people}
    bench = Bench(1.0, 0, lambda: 0.0, meter, lambda *_: None)
    outcome, found = bench_topn.topn(train, {}, test, 3, bench)
    assert {rival.behind.users for rival in outcome.compared} == {7}
    assert outcome.metrics["ndcg@3"].users == 24
    assert len(set(found["user"])) == 24
    everybody = Asked(np.arange(3), sparse.csr_array(np.eye(3, dtype=np.float32)), 3)
    places, few = everybody.some(2, 0)
    assert few.relevant.toarray().tolist() == np.eye(3)[places].tolist()
    assert few.who.tolist() == places.tolist()


def test_with_a_test_part_the_usual_rivals_are_judged_beside_the_winner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, test = world(tmp_path)
    outcome = told(capsys, "topn", "--train", train, "--test", test, "--k", "3")
    names = {rival["name"] for rival in outcome["compared"]} | {outcome["chosen"]}
    assert {"ease", "item-knn", "als"} <= names
    for rival in outcome["compared"]:
        gap = outcome["metrics"]["ndcg@3"]["value"] - rival["metrics"]["ndcg@3"]["value"]
        assert rival["behind"]["value"] == pytest.approx(gap)


@pytest.mark.parametrize("lines", [["ann tea"], ["ann tea milk"], ["ann tea", "bob tea"], ["ann tea", "bob"]])
def test_where_nothing_can_be_held_out_the_popular_is_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str]
) -> None:
    test = put(tmp_path / "test.txt", ["new tea", "ann tea cup"])
    outcome = told(capsys, "topn", "--train", put(tmp_path / "train.txt", lines), "--test", test, "--k", "2")
    assert outcome["chosen"] == "popularity"
    assert 0 < outcome["metrics"]["recall@2"]["value"] < 1  # the tea of the new one; nobody could know the cup


def test_a_validation_part_that_says_nothing_new_leaves_popularity(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train, _ = world(tmp_path)
    outcome = told(capsys, "topn", "--train", train, "--valid", put(tmp_path / "v.txt", ["p00 saw-1"]), "--k", "2")
    assert outcome["chosen"] == "popularity"


def test_a_test_part_that_asks_for_nothing_new_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, _ = world(tmp_path)
    test = put(tmp_path / "old.txt", ["p00 saw-1"])
    assert "did not have in train" in refused(capsys, "topn", "--train", train, "--test", test)


def test_a_missing_file_and_a_broken_one_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "does not exist" in refused(capsys, "topn", "--train", str(tmp_path / "none.txt"))
    (tmp_path / "broken.txt").write_bytes(b"ann tea\nbob \xff\n")
    assert "line 2 is not UTF-8" in refused(capsys, "topn", "--train", str(tmp_path / "broken.txt"))
    assert "holds no items" in refused(capsys, "topn", "--train", put(tmp_path / "empty.txt", ["ann"]))


def test_friends_who_share_a_taste_are_used() -> None:
    from salience.cli.bench.meter import meter
    from salience.train.bench_outcome import Bench
    from salience.train.bench_topn import topn

    # in ten circles of six everybody took their circle's own thing and a hit, and the hit says nothing of the circle
    train = {f"c{n // 6}-{n % 6}": [f"own-{n // 6}", f"hit-{n % 5}"] for n in range(60)}
    pairs = [(f"c{n // 6}-{n % 6}", f"c{n // 6}-{m}") for n in range(60) for m in range(6) if m != n % 6]
    outcome, _ = topn(train, {}, {}, 3, Bench(1.0, 0, lambda: 0.0, meter, lambda *_: None), pairs)
    found = {trial.name: trial for trial in outcome.leaderboard}
    assert found["linked"].value > found["blend"].value
    assert found["linked"].settings["links"] == 300
    assert outcome.chosen == "linked"


def test_links_are_two_words_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train, _ = world(tmp_path)
    friends = put(tmp_path / "friends.txt", ["p00 p02", "p01 p03"])
    outcome = told(capsys, "topn", "--train", train, "--users", friends)
    assert "popularity" in {trial["name"] for trial in outcome["leaderboard"]}
    wrong = put(tmp_path / "wrong.txt", ["p00 p02", "p00"])
    assert "line 2" in str(refused(capsys, "topn", "--train", train, "--users", wrong))


def test_of_parts_that_are_all_alike_four_are_joined() -> None:
    from salience.models import ALS, EASE, SLIM, ItemKNN, NearEASE, P3Alpha, RP3Beta
    from salience.train.bench_topn import _unlike
    from salience.train.halving import Tried

    best = [Tried(kind(), np.ones(1), 0.0, 0) for kind in (EASE, SLIM, ItemKNN, NearEASE, P3Alpha, RP3Beta, ALS)]
    assert [one.algorithm.name for one in _unlike(best)] == ["ease", "slim", "item-knn", "near-ease", "als"]
