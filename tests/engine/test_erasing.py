"""An erasure that was promised is carried out, whatever comes between."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience import Engine
from salience.cli import main
from salience.engine.papers import _server
from salience.events import InvalidInput, RecommendRequest
from salience.store import home
from salience.store.backup import backup
from salience.store.faults import Unavailable
from salience.store.sqlite_log import SqliteLog
from tests.trust.erasing import WHO, hits, story


def test_what_a_crash_left_undone_is_done_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home.create(tmp_path / "shop").home
    with Engine.open(made) as engine:
        engine.collect([*story(WHO, 3), *story("crowd-1", 3)], source="t")
        with monkeypatch.context() as broken:

            def fails(*_given: object, **_named: object) -> None:
                raise Unavailable("the disk is gone")

            broken.setattr(SqliteLog, "erase", fails)
            with pytest.raises(Unavailable):
                engine.erase(WHO)
    assert hits(made)
    with pytest.raises(InvalidInput, match="were erased"), Engine.open(made, read_only=True):
        pass
    with Engine.open(made) as engine:
        assert not hits(made)
        assert engine.verify_erased(WHO).clean
        assert len(engine.log.of_subject("crowd-1")) > 3
        assert [entry.action for entry in engine.audit_trail(limit=-1)][-1] == "erasure carried out"
    with Engine.open(made, read_only=True) as engine:
        assert engine.verify_erased(WHO).clean


def test_every_id_of_a_person_goes_and_nobody_elses(tmp_path: Path) -> None:
    with Engine.in_memory() as engine:
        engine.collect(
            [
                {"kind": "click", "id": "1", "anonymous": "laptop", "item": "tea"},
                {"kind": "click", "id": "2", "anonymous": "phone", "item": "cup"},
                {"kind": "identify", "id": "3", "user": "ann", "anonymous": "laptop"},
                {"kind": "alias", "id": "4", "user": "ann", "previous": "anon:phone"},
                {"kind": "click", "id": "5", "user": "anna", "item": "pot"},
            ],
            source="t",
        )
        receipt = engine.erase("ann")
        assert receipt.ids == 3
        assert {event.id for _, event in engine.log.read() if event.kind != "position"} == {"5"}
        late = {"kind": "click", "id": "6", "anonymous": "phone", "item": "cup", "time": receipt.at - 1}
        assert engine.collect([late], source="t").refused == 1


def test_somebody_who_was_never_here_gets_the_same_receipt() -> None:
    with Engine.in_memory() as engine:
        engine.collect(story("ann", 2), source="t")
        known, unknown = engine.erase("ann"), engine.erase("nobody")
        assert [place.name for place in known.places] == [place.name for place in unknown.places]
        assert unknown.complete


def test_a_second_look_names_the_backups_from_before(tmp_path: Path) -> None:
    made, archive = home.create(tmp_path / "shop").home, tmp_path / "before.tar"
    with Engine.open(made) as engine:
        engine.collect([*story(WHO, 3), *story("crowd-1", 3)], source="t")
        assert engine.home
        backup(engine.home, archive, now=engine.now(), keys=True)
        engine.know_copy(archive, "backup")
        engine.erase(WHO)
        proof = engine.verify_erased(WHO)
        assert (proof.clean, proof.places[-1].fate) == (True, "yours")
        assert "holds them still" in proof.places[-1].done
        Path(f"{archive}.tombstones").unlink()
        proof = engine.verify_erased(WHO)
        assert (proof.clean, proof.places[-1].fate) == (False, "due")
        assert "would bring them back" in proof.places[-1].done
        archive.unlink()
        assert engine.verify_erased(WHO).clean


def test_the_record_of_processing_says_what_an_authority_asks(tmp_path: Path) -> None:
    with Engine.open(home.create(tmp_path / "shop").home) as engine:
        traits = {"town": "Delft"}
        engine.collect(
            [{"kind": "identify", "id": f"i{n}", "user": f"u{n}", "traits": traits} for n in range(12)]
            + [{"kind": "identify", "id": "odd", "user": "u0", "traits": {"rank": 1}}],
            source="t",
        )
        engine.erase("u3")
        record = engine.paper("record").text
    assert record.startswith("# Record of processing: shop\n\nMade from the running system at 20")
    for said in (
        "controller",
        "rank (fewer than 10), town (11)",
        "GDPR 5(1)(e)",
        "safeguards",
        "Erasures carried out: 1",
    ):
        assert said in record


def test_the_papers_answer_what_an_authority_asks_and_keep_what_people_said(tmp_path: Path) -> None:
    told = """
    log_url = ""
    keep_models = 3
    keep_behaviour_days = 90
    keep_profiles_days = 700
    keep_decisions_days = 30
    allowed_origins = ["https://shop.example"]
    [controller]
    name = "Shop BV"
    officer = "dpo@shop.example"
    [controller.grounds]
    personalisation = "consent, GDPR 6(1)(a)"
    [controller.safeguards]
    US = "standard contractual clauses of 2021"
    [controller.limits]
    words = "complaints, for two years"
    """
    clock = [1_760_000_000_000]
    with Engine.open(home.create(tmp_path / "shop", settings=told).home, clock=lambda: clock[0]) as engine:
        engine.collect([{"kind": "search", "id": "s", "user": "u1", "query": "tea"}], source="t")
        engine.register_recipient({**MAILER, "name": "ads", "region": "US"})
        slow = engine.open_request("access", "u1", verified="letter")
        engine.open_request("objection", "u1", verified="letter")
        clock[0] += 31 * 86_400_000
        engine.close_request(slow.id, "done")
        engine.add_account("ann", "officer", "four words you know")
        record, notice = engine.paper("record").text, engine.paper("notice").text
        draft = engine.paper("assessment").text
    for said in (
        "- Controller: Shop BV", "- Officer for data protection: dpo@shop.example", "- Contact: [address, e-mail]",
        "| store, profile, train, decide | yes | consent, GDPR 6(1)(a) |", "| share | no | [to be named] |",
        "| ads | processor | US | consent | marketing | standard contractual clauses of 2021 | [contact] | fewer",
        "| words | search, message | no limit is set: complaints, for two years |", "| profiles | who has been silent",
        "| 700 days |", "| access | 1 | 0 | 0 | 1 | 31.0 days |", "| objection | 1 | 1 | 1 | 0 |  |",
        "| GDPR | 30 | 60 | not asked | 30 | 36 |", "3 newer ones are published", "1 secret, 1 write",
        "Accounts of people: 1 officer", "The public key is for pages of https://shop.example.", "lies in `log.db` in",
    ):  # fmt: skip
        assert said in record, said
    for said in (
        "Responsible: Shop BV", "| events | analytics, personalisation | 90 days |",
        "| traits | personalisation, marketing | 700 days |",
        "| decisions | analytics, personalisation | 30 days |", "| sharing | [to be named] | only if you agree |",
        "| personalisation | consent, GDPR 6(1)(a) | yes |",
    ):  # fmt: skip
        assert said in notice, said
    assert "data serves analytics, personalisation, marketing." in draft
    assert "2 keys, 1 accounts; audit chain whole" in draft


@pytest.mark.parametrize("events", [0, 1])
def test_papers_and_checks_of_a_workspace_in_which_nothing_was_noted_yet(
    tmp_path: Path, events: int, capsys: pytest.CaptureFixture[str]
) -> None:
    made = home.create(tmp_path / "shop").home
    with Engine.open(made) as engine:
        engine.collect([{"kind": "view", "id": "v", "user": "ann", "item": "tea"}][:events], source="t")
    for words in ("paper record", "paper assessment", "paper notice", "paper parameters", "audit", "requests",
                  "reviews", "notices", "recipients", "choices ann", "tags ann"):  # fmt: skip
        assert main(["privacy", *words.split(), "--home", str(made)]) == 0, (words, capsys.readouterr().err)
    assert main(["privacy", "verify", "ann", "--home", str(made)]) == 1
    assert "nobody erased them here" in capsys.readouterr().err


def test_what_is_done_at_the_command_line_closes_the_request_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = home.create(tmp_path / "shop").home
    with Engine.open(made) as engine:
        engine.collect([{"kind": "view", "id": f"v{n}", "user": f"u{n}", "item": "tea"} for n in range(3)], source="t")
        letters = {right: engine.open_request(right, "u1", verified="letter").id for right in ("access", "erasure")}
        other = engine.open_request("erasure", "u2", verified="letter").id
    assert main(["privacy", "export", "u1", "--out", str(tmp_path / "u1.json"), "--home", str(made)]) == 0
    assert main(["privacy", "export", "u0", "--out", str(tmp_path / "u0.json"), "--home", str(made)]) == 0  # a look
    assert main(["privacy", "erase", "u1", "--home", str(made)]) == 0
    assert main(["privacy", "erase", "u0", "--home", str(made)]) == 0  # nobody had noted that they asked
    capsys.readouterr()
    with Engine.open(made) as engine:
        found = {shown.request.id: shown for shown in engine.requests()}
        record = engine.paper("record").text
    assert [found[one].light for one in (*letters.values(), other)] == ["closed", "closed", "green"]
    assert sorted(shown.request.right for shown in found.values()) == ["access", "erasure", "erasure", "erasure"]
    assert "| access | 1 | 0 | 0 | 0 | 0.0 days |" in record
    assert "| erasure | 3 | 1 | 0 | 0 | 0.0 days |" in record


def test_where_the_log_is_is_said_without_what_opens_it() -> None:
    assert (
        _server("postgresql://ann:secret@db.shop.example:5432/events")
        == "PostgreSQL on db.shop.example, database events"
    )


MAILER = {"name": "mailer", "role": "processor", "region": "EU", "basis": "consent", "purposes": ["marketing"]}


def _linked(engine: Engine) -> None:
    sent: list[dict[str, object]] = [
        {"kind": "click", "id": "1", "anonymous": "laptop", "item": "tea"},
        {"kind": "identify", "id": "2", "user": "ann", "anonymous": "laptop"},
        {"kind": "consent", "id": "3", "user": "ann", "purposes": {"marketing": True, "sharing": True}},
    ]
    engine.collect(sent, source="t")
    engine.follower.catch_up(engine.now())


def test_a_delete_is_owed_under_every_id_that_was_given_away() -> None:
    """Erased by one id, given away under another: the recipient knows the person by that one alone."""
    with Engine.in_memory() as engine:
        _linked(engine)
        engine.register_recipient(MAILER)
        assert engine.release("mailer", ["ann"]).subjects == ("ann",)
        assert engine.release("mailer", ["anon:laptop"]).subjects == ("anon:laptop",)
        receipt = engine.erase("anon:laptop")
        assert sorted(name for _, name in engine.due_notices()) == ["ann", "anon:laptop"]
        assert "recipient mailer" in [place.name for place in receipt.places]
        assert engine.register.all("shared") == []


def test_what_a_person_wrote_to_contest_a_decision_goes_with_them() -> None:
    """It is sealed under the workspace's own key, which an erasure leaves: no scan of bytes would find it."""
    with Engine.in_memory() as engine:
        _linked(engine)
        for user, words in (("ann", "my ex husband reads along"), ("ann", "and my sister"), ("bob", "too dear")):
            engine.contest(engine.recommend(RecommendRequest(user=user)).decision, user, words)
        decided = engine.reviews()[0]
        engine.decide_review(decided.id, "upheld", reviewer="eve", why="as the rules say")
        engine.erase("anon:laptop")
        left = engine.reviews(open_only=False)
        assert {(one.verdict, engine.review_reason(one)) for one in left} == {("upheld", ""), ("", "too dear")}


def test_a_delete_that_a_crash_came_before_is_owed_after_the_next_start(tmp_path: Path) -> None:
    made = home.create(tmp_path / "shop").home
    with Engine.open(made) as engine, pytest.MonkeyPatch.context() as broken:
        _linked(engine)
        engine.register_recipient(MAILER)
        engine.release("mailer", ["ann"])

        def fails(*_given: object, **_named: object) -> None:
            raise Unavailable("the disk is gone")

        broken.setattr(Engine, "_notify", fails)
        with pytest.raises(Unavailable):
            engine.erase("anon:laptop")
    with Engine.open(made) as engine:
        assert [name for _, name in engine.due_notices()] == ["ann"]
