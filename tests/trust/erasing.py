"""Marks of erasure: the inventory, every byte, the models, backups, recipients, and what arrives late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from salience.engine import Engine
from salience.events import InvalidInput, RecommendRequest
from salience.privacy import erasure, inventory
from salience.privacy.recipients import Recipient
from salience.privacy.suppression import Suppression
from salience.store import backup as backups
from salience.store import home, keyring, schema, sqlite_log
from salience.store.keyring import Keyring, Stone
from salience.store.log import Erased, Failed
from tests.trust.marks import Mark, Patch, expect, mark

CANARY = "canary7f3a"
WHO = f"who-{CANARY}"
NOW = 1_700_000_000_000


def story(user: str, count: int = 30) -> list[dict[str, Any]]:
    """Events of every kind that could hold something of a person, each value a canary."""
    return [
        {
            "kind": "identify",
            "id": f"in-{user}",
            "user": user,
            "anonymous": f"browser-{user}",
            "traits": {"town": user},
        },
        {"kind": "search", "id": f"s-{user}", "user": user, "query": f"for {user}"},
        {"kind": "message", "id": f"m-{user}", "user": user, "text": f"I am {user}", "item": "i1"},
        {"kind": "page", "id": f"p-{user}", "anonymous": f"browser-{user}", "page": f"/of/{user}", "referrer": user},
        {"kind": "action", "id": f"a-{user}", "user": user, "name": "quiz", "properties": {"said": user}},
        {"kind": "click", "id": f"x-{user}", "user": user, "item": "i2", "context": {"note": user}},
        {"kind": "consent", "id": f"c-{user}", "user": user, "purposes": {"marketing": True}, "page": user},
        *(
            {
                "kind": "purchase",
                "id": f"b-{n}-{user}",
                "user": user,
                "item": f"i{(n + len(user)) % 15}",
                "order": f"o-{n}-{user}",
            }
            for n in range(count)
        ),
    ]


def shop(folder: Path, people: int = 40) -> Path:
    """A used workspace: a crowd, a model, and one person who is everywhere that the inventory names."""
    made = home.create(folder / "shop", settings="explore = 0.0\n").home
    with Engine.open(made) as engine:
        crowd = [event for n in range(people) for event in story(f"crowd-{n}", 6 + n % 5)]
        engine.collect([*crowd, *story(WHO)], source="file")
        engine.collect([{"kind": "follow", "id": "f", "user": "crowd-1", "target": WHO}], source="file")
        engine.log.append(
            [], [Failed(f'{{"user": "{WHO}", "kind": "clck"}}'.encode(), "bad", NOW, source="http")]
        ).result()
        engine.train(minutes=0.003)
        engine.recommend(RecommendRequest(user=WHO, k=3))
        engine.add_recipient(
            Recipient(name="crm", role="processor", region="DE", basis="contract", purposes=("marketing",))
        )
        engine.release("crm", [WHO])
    return made


def hits(folder: Path) -> list[str]:
    """Files of which any byte is the canary's."""
    return [p.name for p in sorted(folder.rglob("*")) if p.is_file() and CANARY.encode() in p.read_bytes()]


# --- P02 and P06 ------------------------------------------------------------------------------------------------------


def everything_is_listed(folder: Path, long: bool) -> str:
    """Whatever a used workspace holds stands in the inventory, and a stranger does not."""
    made = shop(folder, 20)
    names = [(p.relative_to(made).as_posix(), "folder" if p.is_dir() else "file") for p in made.rglob("*")]
    strange = [name for name, sort in names if inventory.listed(sort, name) is None]  # type: ignore[arg-type]
    expect(not strange, f"kept, and not listed: {strange}")
    (made / "diary.txt").touch()
    expect(inventory.listed("file", "diary.txt") is None, "a stranger is listed")
    return f"{len(names)} files and folders, all listed in {len(inventory.KEPT)} entries"


def _list_anything(patch: Patch) -> None:
    patch(inventory, "listed", lambda _sort, _name: inventory.KEPT[0])


def every_byte(folder: Path, long: bool) -> str:
    """Plant a canary everywhere, erase, look at every byte of every file, while it is open and once it is closed."""
    made = shop(folder)
    before = hits(made)
    expect(before, "the canary was never planted")
    with Engine.open(made) as engine:
        ledger = engine.log.ledger()
        receipt = engine.erase(WHO, actor="test")
        proof = engine.verify_erased(WHO)
        left = hits(made)
        expect(not left, f"while it runs the canary is in {left}")
        expect(proof.erased and proof.clean, f"verify says {[p for p in proof.places if p.fate == 'due']}")
        after = engine.log.ledger()
        expect(after.balanced and after.stored == ledger.stored + 1, "more than the mark of the erasure was counted")
        missing = {k.name for k in inventory.KEPT if k.personal} - {p.name.split(" ", 1)[1] for p in receipt.places}
        expect(not missing, f"the receipt names no {missing}")
        holes = [place.name for place in receipt.places if place.done == erasure.UNKNOWN]
        expect(not holes, f"nobody erases from {holes}")
        expect(not engine.log.damages(), "the log is damaged")
    expect(not hits(made), f"once it is closed the canary is in {hits(made)}")
    with Engine.open(made) as engine:
        expect(engine.verify_erased(WHO).clean, "after a restart something is back")
    return f"{len(before)} files held it, 0 do; {len(receipt.places)} places on the receipt; the ledger is as it was"


def _rows_stay(patch: Patch) -> None:
    patch(sqlite_log.SqliteLog, "erase", lambda *_given, **_named: Erased(1, 0, 0))


def _ids_stay(patch: Patch) -> None:
    patch(sqlite_log, "_GONE", sqlite_log._GONE.replace("id = 'erased-' || lower(hex(randomblob(16))), ", ""))


def _old_pages_stay(patch: Patch) -> None:
    real = schema.connect

    def connect(*given: Any, **named: Any) -> Any:
        db = real(*given, **named)
        if not named.get("read_only") and given[0] != schema.MEMORY:
            db.execute("PRAGMA secure_delete = OFF")
        return db

    from salience.store import connections

    patch(connections, "connect", connect)
    patch(sqlite_log, "scrub", lambda *_given: None)
    patch(keyring, "scrub", lambda *_given: None)


def _a_place_more(patch: Patch) -> None:
    patch(erasure, "KEPT", (*inventory.KEPT, inventory.Kept("file", "diary.db", "people", "everything", "never")))


def _keys_stay(patch: Patch) -> None:
    patch(Keyring, "destroy", lambda _self, _person: 1)


# --- P08, P09, P10 ----------------------------------------------------------------------------------------------------


def old_backups(folder: Path, long: bool) -> str:
    """A backup from before the erasure is restored: nothing of the person is there once it answers."""
    made, archive = shop(folder), folder / "before.tar"
    with home.open(made, read_only=True) as opened:
        backups.backup(opened, archive, now=NOW, keys=True)
    with Engine.open(made) as engine:
        engine.know_copy(archive, "backup")
        engine.erase(WHO)
    back = folder / "back"
    backups.restore([archive], back)
    expect(hits(back), "the backup never held the canary")
    with Engine.open(back) as engine:
        expect(not hits(back), f"after the start the canary is in {hits(back)}")
        expect(engine.verify_erased(WHO).clean, "verify finds something")
        expect(len(engine.log.of_subject("crowd-1")) > 3, "others are gone as well")
    _without_keys(folder, made)
    return "restored with the tombstones beside it: 0 hits after the start, others untouched; without keys: refused"


def _without_keys(folder: Path, made: Path) -> None:
    """The data alone, from before an erasure: nobody could tell whose rows to leave out, so nobody is served."""
    archive = folder / "data.tar"
    with home.open(made, read_only=True) as opened:
        backups.backup(opened, archive, now=NOW)
    with Engine.open(made) as engine:
        engine.know_copy(archive, "backup")
        engine.erase("crowd-1")
    try:
        backups.restore([archive], folder / "bare")
        with Engine.open(folder / "bare") as engine:
            expect(not engine.log.of_subject("crowd-1"), "the data without its keys brings an erased person back")
    except InvalidInput:
        expect(not (folder / "bare").exists(), "what was refused is there")


def _keyless(patch: Patch) -> None:
    def bury(archives: Any, folder: Path) -> None:
        lists = [archive.with_name(archive.name + backups.TOMBSTONES) for archive in archives]
        ring = Keyring(folder / home.RING)
        ring.bury([s for p in lists if p.is_file() for s in msgspec.json.decode(p.read_bytes(), type=list[Stone])])
        ring.close()

    patch(backups, "_bury", bury)


def _no_tombstones(patch: Patch) -> None:
    patch(Engine, "finish_erasures", lambda _self: 0)


def notices(folder: Path, long: bool) -> str:
    """Who got the person is owed a delete; failures are tried again and alarm, and are never given up."""
    made, clock = shop(folder, 20), [NOW]
    with Engine.open(made, clock=lambda: clock[0]) as engine:
        receipt = engine.erase(WHO)
        owed = engine.notices(status="pending")
        expect([one.recipient for one in owed] == ["crm"], f"owed to {[one.recipient for one in owed]}")
        expect(any(place.name == "recipient crm" for place in receipt.places), "the receipt does not name it")
        expect(not hits(made), "the pending notice holds the id in the clear")
        tries = 0
        for _ in range(12):
            clock[0] += 86_400_000
            due = engine.due_notices()
            expect(len(due) == 1 and due[0][1] == WHO, "a failed notice was given up")
            engine.notice_answered(due[0][0].id, "timeout")
            tries += 1
        expect(engine.notices(status="failed")[0].alert, "twelve failures raise no alarm")
        engine.notice_answered(owed[0].id)
        expect(not engine.due_notices() and engine.notices()[0].status == "done", "a confirmed notice is not done")
    return f"1 recipient told; {tries} failures: tried again each time, alarm set; done once confirmed"


def _quietly_aborted(patch: Patch) -> None:
    from salience.engine.notifying import Notifying

    real = Notifying.due_notices
    patch(Notifying, "due_notices", lambda self: [one for one in real(self) if one[0].tries < 3])


def late_data(folder: Path, long: bool) -> str:
    """What happened before the erasure and comes after it is refused and counted; the same id is a new person."""
    made = shop(folder, 20)
    with Engine.open(made) as engine:
        then = engine.now()  # before it: on a busy machine an erasure takes longer than five seconds
        engine.erase(WHO)
        old = {"kind": "click", "id": "late", "user": WHO, "item": "i1", "time": then - 5_000}
        receipt = engine.collect([old, {**old, "id": "late2", "user": "crowd-2"}], source="file")
        expect(receipt.results[0].status == "refused", f"late data is {receipt.results[0].status}")
        expect("suppressed" in receipt.results[0].reason, "it does not say why")
        expect((receipt.refused, receipt.stored) == (1, 1), "the neighbour suffered")
        expect(engine.log.ledger().refused == 1 and engine.log.ledger().balanced, "it was not counted")
        new = engine.collect([{**old, "id": "new", "time": engine.now() + 1_000}], source="file")
        expect(new.stored == 1, "the same id may not come back")
        expect(len(engine.state.person(WHO).items) <= 1, "the new person has the old one's history")
        expect(engine.people.suppression.of(WHO) is not None, "nobody is on the list")
        pseudonyms = [stone.pseudonym for stone in engine.ring.buried()]
        expect(all(name.startswith("p1_") for name in pseudonyms), "the list holds ids")
    return f"refused as suppressed and counted; the list holds {len(pseudonyms)} keyed hashes; the id begins anew"


def _no_suppression(patch: Patch) -> None:
    patch(Suppression, "covers", lambda _self, _name, _time: False)


MARKS: tuple[Mark, ...] = (
    mark("P02", "the inventory is complete", everything_is_listed, {"lists-anything": _list_anything}),
    mark(
        "P06",
        "erasure, byte by byte",
        every_byte,
        {
            "rows-stay": _rows_stay,
            "ids-stay": _ids_stay,
            "old-pages-stay": _old_pages_stay,
            "keys-stay": _keys_stay,
            "a-place-more": _a_place_more,
        },
    ),
    mark("P08", "backups from before", old_backups, {"no-tombstones": _no_tombstones, "keyless": _keyless}),
    mark("P09", "recipients are told", notices, {"quietly-aborted": _quietly_aborted}),
    mark("P10", "late data", late_data, {"no-suppression": _no_suppression}),
)
