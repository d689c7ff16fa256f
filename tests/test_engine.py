"""The engine on a real folder and a real log: what the walk does not show."""

from pathlib import Path

import pytest

from salience import Engine, InvalidInput
from salience.events import NotFound, RecommendRequest, SimilarRequest
from salience.settings import Settings
from salience.store import home
from salience.store.faults import Damaged, Unavailable

TASTES = {"tea": ["green", "black", "oolong", "mate"], "bread": ["rye", "wheat", "spelt", "corn"]}


def shop() -> list[dict[str, object]]:
    """Forty people, half of whom buy teas and half breads, each three of four; and one of each that sells best."""
    events: list[dict[str, object]] = [
        {"kind": "item", "id": f"i-{item}", "item": item, "title": item.title(), "categories": [taste]}
        for taste, items in TASTES.items()
        for item in items
    ]
    for person in range(40):
        items = TASTES["tea" if person % 2 else "bread"]
        for nth in range(3):
            item = items[(person // 2 + nth) % 4]
            event = {"kind": "purchase", "id": f"{person}-{nth}", "user": f"p{person}", "item": item}
            events.append({**event, "time": 1_700_000_000_000 + 3_600_000 * (nth * 40 + person)})
    return events


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    home.create(tmp_path / "shop", settings="explore = 0.0\n")
    return tmp_path / "shop"


def test_training_publishes_and_the_next_answer_uses_it(workspace: Path) -> None:
    with Engine.open(workspace) as engine:
        assert engine.collect(shop(), source="test").stored == len(shop())
        report = engine.train(minutes=1, seed=0)
        assert engine.snapshot.version == report.version
        assert engine.models()[0].live
        engine.collect([{"kind": "click", "id": "c1", "anonymous": "visitor", "item": "green"}], source="test")
        answer = engine.recommend(RecommendRequest(anonymous="visitor", k=3), public=True)
        assert {item.categories for item in answer.items} == {("tea",)}
        assert answer.rung == "model"
        assert all(item.reason.because == ("Green",) for item in answer.items)


def test_what_was_published_answers_after_a_restart(workspace: Path) -> None:
    with Engine.open(workspace) as engine:
        engine.collect(shop(), source="test")
        engine.train(minutes=1)
        before = engine.recommend(RecommendRequest(user="p1", k=3), preview=True)
    with Engine.open(workspace) as engine:
        after = engine.recommend(RecommendRequest(user="p1", k=3), preview=True)
    assert [item.item for item in after.items] == [item.item for item in before.items]
    assert after.model == before.model


def test_rollback_is_a_flip_of_the_pointer(workspace: Path) -> None:
    with Engine.open(workspace) as engine:
        engine.collect(shop(), source="test")
        first, second = engine.train(minutes=1).version, engine.train(minutes=1, seed=1).version
        assert [model.version for model in engine.models()] == [second, first]
        assert engine.rollback(first).version == first
        assert engine.recommend(RecommendRequest(user="p1")).model == first
        with pytest.raises(NotFound, match="nothing-of-that-name"):
            engine.rollback("nothing-of-that-name")


def test_a_published_model_carries_no_person(workspace: Path) -> None:
    with Engine.open(workspace) as engine:
        engine.collect(shop(), source="test")
        version = engine.train(minutes=1).version
        files = [path for path in engine.artefacts.path(version).rglob("*") if path.is_file()]
        assert files
        assert not any(b"p17" in path.read_bytes() for path in files)


def test_a_public_key_answers_anonymous_visitors_only() -> None:
    with Engine.in_memory() as engine, pytest.raises(InvalidInput, match="anonymous visitors only"):
        engine.recommend(RecommendRequest(user="ann"), public=True)


def test_a_preview_is_not_logged_and_teaches_nothing() -> None:
    with Engine.in_memory() as engine:
        engine.collect(shop(), source="test")
        answer = engine.recommend(RecommendRequest(user="p1"), preview=True)
        assert answer.mode == "preview"
        assert engine.pulse().decisions == 0
        with pytest.raises(NotFound, match=answer.decision):
            engine.explain(answer.decision)


def test_a_second_writer_is_refused_and_a_reader_only_previews(workspace: Path) -> None:
    with Engine.open(workspace) as engine:
        engine.collect(shop(), source="test")
        with pytest.raises(InvalidInput, match="in use by process"):
            Engine.open(workspace)
        with Engine.open(workspace, read_only=True) as reader:
            assert reader.recommend(RecommendRequest(user="p1")).mode == "preview"
            assert reader.pulse().stored == len(shop())


@pytest.mark.parametrize(
    ("file", "broken"),
    [("salience.toml", "explore = 'often'"), ("mappings.toml", "= no rule"), ("keys/workspace.json", "{")],
)
def test_a_folder_that_could_not_be_opened_is_free_again(workspace: Path, file: str, broken: str) -> None:
    whole = (workspace / file).read_text() if (workspace / file).exists() else ""
    (workspace / file).write_text(broken)
    with pytest.raises((InvalidInput, Damaged)) as kept:  # the traceback keeps what was opened alive
        Engine.open(workspace)
    (workspace / file).write_text(whole)
    with Engine.open(workspace) as engine:
        assert engine.collect(shop(), source="test").failed == 0
    assert kept.value


def test_switching_personalisation_off_counts_in_the_next_answer() -> None:
    with Engine.in_memory(Settings(explore=0.0)) as engine:
        engine.collect(shop(), source="test")
        engine.train(minutes=1)
        request = RecommendRequest(user="p1", k=8)
        assert engine.recommend(request).personalised
        choice = {"kind": "consent", "id": "c1", "user": "p1", "purposes": {"personalisation": False}}
        engine.collect([choice], source="test")
        off = engine.recommend(request)
        stranger = engine.recommend(RecommendRequest(user="nobody", k=8, personalise=False))
        assert (off.personalised, off.rung, off.why_rung) == (False, "popular", "personalisation is off")
        assert off.items == stranger.items
        assert engine.interactions()[0].users.codes.get("p1") is None


def test_similar_items_and_unknown_ones() -> None:
    with Engine.in_memory() as engine:
        engine.collect(shop(), source="test")
        with pytest.raises(InvalidInput, match="no model is published yet"):
            engine.similar(SimilarRequest(item="green"))
        engine.train(minutes=1)
        assert {like.item for like in engine.similar(SimilarRequest(item="green", k=3))} == {"black", "oolong", "mate"}
        with pytest.raises(NotFound, match="no event ever named it"):
            engine.similar(SimilarRequest(item="cocoa"))


def test_the_catalogue_is_searched_by_word_and_category() -> None:
    with Engine.in_memory() as engine:
        engine.collect(shop(), source="test")
        assert [found.item for found in engine.catalogue(query="GREEN")] == ["green"]
        assert {found.item for found in engine.catalogue(category="bread")} == set(TASTES["bread"])
        assert len(engine.catalogue(limit=3, offset=6)) == 2


def test_doctor_finds_a_whole_loop_and_says_what_is_missing() -> None:
    with Engine.in_memory() as engine:
        checks = {check.name: check for check in engine.doctor()}
        assert checks["ledger"].ok
        assert checks["log"].ok
        assert not checks["model"].ok


def test_when_the_disk_refuses_people_still_get_an_answer_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("the disk is full")

    with Engine.in_memory() as engine:
        engine.collect(shop(), source="test")
        monkeypatch.setattr(engine.log, "append", refuse)  # tests/faults fills real disks; here only the answer matters
        answer = engine.recommend(RecommendRequest(user="p1", k=3))
        assert (answer.mode, len(answer.items)) == ("unlogged", 3)
        assert engine.pulse().decisions == 0


def test_a_follower_in_trouble_is_seen_by_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int, **_how: object) -> int:
        raise RuntimeError("a row that cannot be folded")

    with Engine.in_memory() as engine:
        monkeypatch.setattr(engine.follower, "catch_up", fail)
        while not engine.trouble:
            engine._thread.join(0.01)
        monkeypatch.undo()
        assert "a row that cannot be folded" in engine.trouble
