"""Marks of what guards people as a group: the audit chain, floors, private counts, clocks, keys, papers, purposes."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import apsw
import msgspec
import numpy as np

from salience import Engine
from salience.cli import main
from salience.cli.mine import segments
from salience.engine import attending, breakdowns
from salience.engine.papers import Papers
from salience.events import InvalidInput, RecommendRequest
from salience.events.rights import Choices
from salience.privacy import audit, floors, noise, papers, requests
from salience.privacy.consent import ConsentState
from salience.privacy.recipients import Recipient
from salience.privacy.regions import OPT_OUT
from salience.privacy.standing import standing
from salience.privacy.vault import Vault
from salience.settings import Settings
from salience.store import home
from tests.trust.erasing import NOW, WHO, hits, story
from tests.trust.marks import Mark, Patch, expect, mark
from tests.trust.rights import shop

DAY = 86_400_000
every_group = segments.plain

# --- P31 --------------------------------------------------------------------------------------------------------------


def tampering(folder: Path, long: bool) -> str:
    """200 random changes, deletions, moves, cuts and forgeries: each is found, and the first bad row is named."""
    made = home.create(folder / "shop").home
    with Engine.open(made) as engine:
        for n in range(40):
            engine.note(f"action {n % 7}", about=engine.pseudonym(f"who{n % 5}"), detail=f"rows={n}")
        expect(engine.audit_check() == "", "the chain is broken before anybody touched it")
        rows = [tuple(row) for row in engine.register.audited()]
        head, key = engine.register.head(), engine.vault.secret("audit")
    rng, tries = np.random.default_rng(31), 200
    found = named = 0
    for _ in range(tries):
        changed, first = _tampered(rows, rng)
        said = audit.broken(
            key, [audit.Entry(*row) for row in changed], msgspec.json.decode(head or b"", type=audit.Head)
        )
        found += bool(said)
        named += said.startswith(f"row {first}:")
    expect(found == tries, f"{tries - found} of {tries} tamperings were not found")
    expect(named == tries, f"the first bad row was named in {named} of {tries}")
    with apsw.Connection(str(made / "privacy.db")) as db:
        db.execute("UPDATE audit SET detail = 'rows=0' WHERE seq = 17")
    with Engine.open(made, read_only=True) as engine:
        expect(engine.audit_check().startswith("row 17:"), f"on the disk: {engine.audit_check()}")
    return f"{found} of {tries} found, the first bad row named in each; {len(rows)} rows hold no personal value"


def _tampered(rows: list[Any], rng: np.random.Generator) -> tuple[list[Any], int]:
    """The rows with one thing wrong, and the number of the first row that is."""
    at = int(rng.integers(len(rows) - 1))
    changed = list(rows)
    match int(rng.integers(5)):
        case 0:
            column = int(rng.integers(1, 6))
            row = list(rows[at])
            row[column] = row[column] + 1 if isinstance(row[column], int) else row[column] + "x"
            changed[at] = tuple(row)
        case 1:
            del changed[at]
        case 2:
            changed[at], changed[at + 1] = changed[at + 1], changed[at]
        case 3:
            return changed[: at + 1], at + 2
        case _:  # forged without the key: hashes that fit each other
            row = list(rows[at])
            row[5] = "rows=999"
            row[6] = hashlib.sha256(str(row[:6]).encode()).hexdigest()
            changed[at] = tuple(row)
    return changed, at + 1


def _unkeyed(patch: Patch) -> None:
    patch(hmac, "compare_digest", lambda one, other: len(one) == len(other))


# --- P32 --------------------------------------------------------------------------------------------------------------


def small_groups(folder: Path, long: bool) -> str:
    """Floors hide small groups and what could be worked out; counts are noisy, and the budget ends."""
    few = floors.shown({"a": 60, "b": 30, "c": 9})
    expect(few.groups == {"a": 60}, f"shown: {few.groups}: the hidden one can be worked out")
    expect(
        floors.shown({"a": 20, "b": 20, "c": 20}, values={"a": 1, "b": 2, "c": 2}).groups.get("a") is None, "one value"
    )
    try:
        floors.enough_for_push([f"u{n}" for n in range(49)])
        expect(False, "49 people are pushed")  # noqa: FBT003
    except InvalidInput:
        pass
    draws = 100_000 if long else 20_000
    rng = np.random.default_rng(32)
    numbers = np.array([noise.discrete_laplace(1.0, lambda n: int(rng.integers(1 << n))) for _ in range(draws)])
    mean, variance, zeros = numbers.mean(), numbers.var(), (numbers == 0).mean()
    wide = 1 if long else 2.5
    expect(abs(mean) <= 0.02 * wide, f"the mean is {mean:.3f}")
    expect(abs(variance - 1.84) <= 0.05 * wide, f"the variance is {variance:.3f}")
    expect(abs(zeros - 0.462) <= 0.006 * wide, f"zeros are {zeros:.3f}")
    with shop(12) as engine:
        one = engine.private_count("purchase", epsilon=0.4)
        expect(engine.private_count("purchase", epsilon=0.4) == one, "the same question gets another answer")
        engine.private_count("click", epsilon=0.4)
        try:
            engine.private_count("message", epsilon=0.4)
            expect(False, "the budget has no end")  # noqa: FBT003
        except noise.Exhausted:
            pass
        expect(noise.bounded_count([WHO] * 50 + ["x"]) == 2, "one person counts fifty times")
    _breakdowns(folder / "towns")
    figures = f"{draws:,} draws at epsilon 1: mean {mean:.3f}, variance {variance:.2f}, zeros {zeros:.3f}"
    return f"{figures}; the same question the same answer; budget of 1 spent: refused"


def _breakdowns(place: Path) -> None:
    """Attention by trait and segments, as programs read them: no group of fewer than ten, none to be worked out."""
    with Engine.open(home.create(place).home) as engine:
        for town, people in (("Delft", 40), ("Gouda", 4), ("Zutphen", 3)):
            for n in range(people):
                who, item = f"{town}-{n}", f"{town}-tea-{n % 3}"
                engine.collect(
                    [
                        {"kind": "identify", "id": f"t-{who}", "user": who, "traits": {"town": town}},
                        {
                            "kind": "impression",
                            "id": f"i-{who}",
                            "user": who,
                            "slot": "row",
                            "item": item,
                            "decision": "d",
                        },
                        *(
                            {"kind": "view", "id": f"v-{who}-{m}", "user": who, "item": f"{town}-tea-{m}"}
                            for m in range(3)
                        ),
                    ],
                    source="t",
                )
        told = {one.name: one.people for one in engine.attention("segment:town")}
        expect(told == {"(small groups)": 47}, f"attention tells {told}, of which 7 follow from the total")
    found = _mined(place, "segments", "--k", "3")
    sizes = {one["name"]: one["size"] for one in found["segments"]}
    expect(found["hidden"] > 0 and min(sizes.values(), default=10) >= 10, f"segments tell {sizes}")
    expect(set(found["people"].values()) <= sizes.keys(), "members of hidden segments are listed")
    _mined_breakdowns(place)


def _mined_breakdowns(place: Path) -> None:
    """Groups by value, a funnel and retention: 40 people buy three times, 7 in weeks of their own, 3 of them again."""
    first = 1_704_067_200_000
    with Engine.open(place) as engine:
        for n in range(47):
            days = (1, 9, 17) if n < 40 else (30, 44, 58)[: 1 + 2 * (n >= 44)]
            deeds = [("purchase", day) for day in days] + [("click", 60)] * (n >= 44)
            engine.collect(
                [
                    {
                        "kind": kind,
                        "id": f"{kind}-{n}-{day}",
                        "user": f"buyer-{n}",
                        "item": "tea",
                        "time": first + day * DAY,
                    }
                    for kind, day in deeds
                ],
                source="t",
            )
    groups = _mined(place, "rfm")
    held = [one["size"] for one in groups["groups"]]
    few = 47 - sum(held)
    expect(min(held, default=10) >= 10 and (few == 0 or few >= 10), f"groups by value hold {held} of 47 people")
    expect(len(groups["customers"]) == 47 - few, "customers of hidden groups are listed")
    steps = _mined(place, "funnel", "--steps", "purchase,click")
    counts = [one["count"] for one in steps["stages"]]
    expect(counts == [47] and steps["hidden"] == ["click"], f"a funnel tells {counts}")
    back = _mined(place, "retention", "--periods", "6")
    sizes = [one["size"] for one in back["cohorts"]]
    expect(min(sizes, default=10) >= 10 and back["hidden"] > 0, f"cohorts of {sizes} people")


def _mined(place: Path, *words: str) -> dict[str, Any]:
    spoken = io.StringIO()
    with redirect_stdout(spoken):
        main(["mine", *words, "--json", "--home", str(place)])
    found: dict[str, Any] = json.loads(spoken.getvalue())
    return found


def _open_json(patch: Patch) -> None:
    patch(segments, "plain", lambda found, _shown, _hidden: every_group(found, [s.name for s in found.segments], 1))


def _open_attention(patch: Patch) -> None:
    patch(attending, "shown", lambda counts: floors.Shown(dict(counts), 0))


def _open_values(patch: Patch) -> None:
    patch(breakdowns, "rfm_groups", lambda found: (found.summary(), 0))


def _open_funnel(patch: Patch) -> None:
    patch(breakdowns, "funnel_steps", lambda found: found)


def _open_cohorts(patch: Patch) -> None:
    patch(breakdowns, "retention_cells", lambda found: found)


def _low_floor(patch: Patch) -> None:
    patch(floors.shown, "__kwdefaults__", {"k": 1, "values": None})


def _weak_noise(patch: Patch) -> None:
    patch(noise, "geometric", lambda epsilon, sensitivity, bits: bits(1))


# --- P21, P27, P25, P30 -----------------------------------------------------------------------------------------------


def clocks(_folder: Path, long: bool) -> str:
    """Due dates by law, red at four fifths, late, extended once, closed with an outcome only."""
    now = [NOW]
    with Engine.in_memory(clock=lambda: now[0]) as engine:
        for law, days, longer in (("GDPR", 30, 60), ("CCPA", 45, 45), ("PIPL", 15, 0)):
            one = engine.open_request("access", f"who-{law}", verified="e-mail", law=law)  # type: ignore[arg-type]
            expect(one.due == NOW + days * DAY, f"{law}: due after {(one.due - NOW) / DAY} days")
            expect(bool(one.confirm_by) == (law == "CCPA"), f"{law}: to be confirmed")
            lights = {share: one.light(int(NOW + share * days * DAY)) for share in (0.2, 0.79, 0.81)}
            if law != "CCPA":
                expect(list(lights.values()) == ["green", "green", "red"], f"{law}: {lights}")
            expect(one.light(one.due + 1) == "late", f"{law}: not late")
            if longer:
                expect(one.extend("many requests", NOW).due == one.due + longer * DAY, f"{law}: extension")
        out = engine.open_request("opt-out", "who", verified="browser", law="CCPA")
        expect((out.due - NOW) // DAY == 21, f"15 business days are {(out.due - NOW) / DAY} days")
        try:
            engine.close_request(out.id, "")  # type: ignore[arg-type]
            expect(False, "it can be closed without an outcome")  # noqa: FBT003
        except InvalidInput:
            pass
        try:
            engine.open_request("access", "who", verified="")
            expect(False, "nobody asks who is asking")  # noqa: FBT003
        except InvalidInput:
            pass
        engine.close_request(out.id, "done")
        now[0] += 750 * DAY
        expect(engine.expire_requests(now[0]) == 1, "records are kept for ever")
    return "GDPR 30+60, CCPA 45+45 and 10 business days, PIPL 15 days; red at 80 %; outcome needed; kept 24 months"


def _lazy_clock(patch: Patch) -> None:
    patch(requests, "RED_AT", 1.0)


def limits(folder: Path, long: bool) -> str:
    """P27: nothing older than its class allows is left anywhere, models included."""
    now = [NOW]
    settings = "keep_behaviour_days = 30\nkeep_words_days = 30\nkeep_decisions_days = 30\nkeep_failed_days = 30\n"
    made = home.create(folder / "shop", settings=settings + "keep_profiles_days = 60\n").home
    with Engine.open(made, clock=lambda: now[0]) as engine:
        # Event ids stay when events expire, because an id counts once for ever: they must say nothing of a person.
        engine.collect([{**event, "id": f"e{n}"} for n, event in enumerate(story(WHO, 6))], source="t")
        now[0] += 31 * DAY
        engine.housekeep(now[0])
        kinds = {event.kind for _, event in engine.log.of_subject(WHO)}
        expect(kinds <= {"identify", "consent", "alias"}, f"left after 31 days: {kinds}")
        now[0] += 31 * DAY
        engine.housekeep(now[0])
        expect(not engine.log.of_subject(WHO), "an idle profile outlives its days")
        expect(not hits(made), f"bytes are left in {hits(made)}")
        expect(not engine.people.suppression.covers(WHO, now[0]), "who was idle is treated as erased")
    return "events after 30 days, idle profiles after 60: 0 rows, 0 bytes"


def _no_limits(patch: Patch) -> None:
    from salience.engine.forgetting import Forgetting

    patch(Forgetting, "forget_idle", lambda _self, _now: 0)


def purposes(_folder: Path, long: bool) -> str:
    """P25 and P30: nothing leaves without role, country and ground, nor for a purpose it was not collected for."""
    with shop(6) as engine:
        whole = {"name": "ads", "role": "third party", "region": "US", "basis": "consent", "purposes": ["sharing"]}
        refused = 0
        for lacking in ("role", "region", "basis", "purposes"):
            try:
                engine.register_recipient({**whole, lacking: [] if lacking == "purposes" else ""})
            except InvalidInput as fault:
                refused += fault.parameter == f"recipient.{lacking}"
        expect(refused == 4, f"{4 - refused} recipients without all papers were registered")
        engine.register_recipient(whole)
        try:
            engine.release("ads", [WHO], ["id", "scores"])
            expect(False, "scores are shared")  # noqa: FBT003
        except InvalidInput as fault:
            expect(fault.parameter == "fields", str(fault))
        expect(engine.release("ads", [WHO]).withheld == {"default": 1}, "shared without consent")
        engine.choose(WHO, Choices(purposes={"sharing": True}))
        expect(engine.release("ads", [WHO]).subjects == (WHO,), "withheld in spite of consent")
        record = engine.paper("record").text
        expect("| ads | third party | US | consent | sharing |" in record, "the record of processing does not name it")
    return "4 kinds of incomplete recipients and a foreign field refused; consent opens; the record names them"


def _any_purpose(patch: Patch) -> None:
    from salience.engine import notifying

    patch(notifying, "foreign", lambda _fields, _purposes: [])


def _any_recipient(patch: Patch) -> None:
    patch(Recipient, "checked", lambda self: self)


# --- P17, P28, P29, keys ----------------------------------------------------------------------------------------------


def parameters(_folder: Path, long: bool) -> str:
    """P17: the page of main parameters is of the model that answers; after the next one the old page is stale."""
    with shop(12) as engine:
        page = engine.paper("parameters")
        expect(not engine.parameters_stale(page), "a fresh page is stale")
        expect(page.hash in page.text and page.hash == papers.stamp(engine.manifest()), "the hash is another")
        expect(str(engine.manifest()["algorithm"]) in page.text and "Switch personalisation off" in page.text, "words")
        engine.refit()
        expect(engine.parameters_stale(page), "the old page passes for fresh")
        for name in ("record", "assessment", "notice"):
            expect(len(engine.paper(name).text) > 300, f"the paper {name} is empty")
        expect(engine.gpc_file()["gpc"] is True, "gpc.json")
    return (
        "hash equals the deployed manifest; a new model makes the old page stale; four papers from the running system"
    )


def _never_stale(patch: Patch) -> None:
    patch(Papers, "parameters_stale", lambda _self, _page: False)


def sensitive(_folder: Path, long: bool) -> str:
    """P28: what tells something sensitive gives no tag, feature, row or reason without a separate consent."""
    count = 1_000 if long else 60
    rng = np.random.default_rng(28)
    with Engine.in_memory(
        Settings(explore=0.0, sensitive_categories=("Health",), sensitive_traits=("faith",))
    ) as engine:
        goods = [
            {"kind": "item", "id": f"g{n}", "item": f"i{n}", "categories": ["Health" if n % 4 == 0 else "Games"]}
            for n in range(24)
        ]
        sent: list[dict[str, Any]] = []
        for n in range(count):
            taken = rng.choice(24, 5, replace=False)
            sent += [{"kind": "purchase", "id": f"p{n}-{i}", "user": f"u{n}", "item": f"i{i}"} for i in taken]
            sent.append({"kind": "identify", "id": f"t{n}", "user": f"u{n}", "traits": {"faith": "x"}})
        sent += [{"kind": "consent", "id": "yes", "user": "u1", "purposes": {"sensitive": True}}]
        engine.collect([*goods, *sent], source="t")
        data, _ = engine.interactions()
        health = {f"i{n}" for n in range(0, 24, 4)}
        rows = {(data.users.names[u], data.items.names[i]) for u, i in zip(data.user, data.item, strict=True)}
        leaks = [pair for pair in rows if pair[1] in health and pair[0] != "u1"]
        expect(not leaks, f"{len(leaks)} training rows tell something sensitive")
        engine.train(minutes=0.003)
        because: list[int] = []
        for n in range(count):
            person = engine.state.person(f"u{n}")
            expect("trait:faith" not in person.fields, f"u{n} has a sensitive tag")
            answer = engine.recommend(RecommendRequest(user=f"u{n}", k=5))
            told = sum(bool(health & set(item.reason.because)) for item in answer.items)
            because += [n] * told if n != 1 else []  # u1 has agreed, so u1's own reasons may name them
        expect(not because, f"{len(because)} reasons name sensitive things to {because[:5]}")
    return f"{count:,} random profiles: 0 tags, 0 training rows, 0 reasons; one consent opens only its person"


def _careless_categories(patch: Patch) -> None:
    from salience.engine.learning import Learning

    patch(Learning, "_without_sensitive", lambda _self, data: data)


def minors(_folder: Path, long: bool) -> str:
    """P29: no push, no audience, no sharing; without a guardian's consent no profile either."""
    young = ConsentState().after(1, _said(1, signals={"minor": True}, purposes={"marketing": True, "sharing": True}))
    blocked = {use for use in ("audience", "push", "share", "profile", "train", "decide") if not _may(young, use)}
    expect(len(blocked) == 6, f"a minor without guardian: only {sorted(blocked)} are stopped")
    guarded = ConsentState().after(1, _said(1, signals={"minor": True}, guardian="g-1", purposes={"marketing": True}))
    left = {use for use in ("audience", "push", "share", "profile", "train", "decide") if not _may(guarded, use)}
    expect(left == {"audience", "push", "share"}, f"with a guardian: {sorted(left)} are stopped")
    return "6 uses stopped without a guardian's consent, 3 with it"


def _may(state: ConsentState, use: Any) -> bool:
    return standing(state, use, OPT_OUT).allowed


def _said(row: int, **fields: Any) -> Any:
    from salience.events import Consent

    return Consent(id=f"c{row}", user="ann", received=row, **fields)


def _ageless(patch: Patch) -> None:
    from salience.privacy import standing as room

    patch(room, "LADDER", tuple(rung for rung in room.LADDER if rung.because != "minor"))


def new_keys(folder: Path, long: bool) -> str:
    """Field keys rotate while readers read; pseudonyms get a version; the workspace's own keys stay."""
    rows = 20_000 if long else 1_500
    made = home.create(folder / "shop").home
    with Engine.open(made) as engine:
        sent = [{"kind": "search", "id": f"s{n}", "user": f"u{n % 50}", "query": f"word{n}"} for n in range(rows)]
        engine.collect([*sent, *story(WHO, 2)], source="t")
        engine.note("before")
        before = {id_: event for _, event in engine.log.read(limit=rows) for id_ in [event.id]}
        old = {person: engine.vault.keys.keys_of(person) for person in ("u1", WHO)}
        fails = [0]

        def read() -> None:
            for _, event in engine.log.read(limit=500):
                fails[0] += event != before.get(event.id, event)

        real = engine.vault.reseal
        count = [0]

        def slowly(body: bytes) -> bytes | None:
            count[0] += 1
            if count[0] % 500 == 0:
                read()
            return real(body)

        engine.vault.reseal = slowly  # type: ignore[method-assign]
        changed = engine.rotate_fields()
        after = {event.id: event for _, event in engine.log.read(limit=rows)}
        expect(after == before, f"{sum(after[i] != before[i] for i in before)} events read otherwise")
        expect(fails[0] == 0, f"{fails[0]} reads failed meanwhile")
        expect(
            all(not set(engine.vault.keys.keys_of(p)) & set(keys) for p, keys in old.items()),
            "old keys are still there",
        )
        expect(engine.audit_check() == "", f"the workspace's own keys were rotated away: {engine.audit_check()}")
        first = engine.pseudonym(WHO)
        engine.rotate_pseudonyms()
        expect(first.startswith("p1_") and engine.pseudonym(WHO).startswith("p2_"), "no version")
        expect(first in engine.vault.pseudonyms(WHO), "the old pseudonym is unknown")
        engine.erase(WHO)
        expect(not hits(made), f"after an erasure under two versions: {hits(made)}")
    with Engine.open(made) as engine:
        expect(
            engine.log.find("s7") is not None and engine.audit_check() == "", "after a restart something is unreadable"
        )
    return (
        f"{changed:,} rows sealed anew with {count[0] // 500} reads meanwhile: 0 failed; old keys gone; p1 and p2 known"
    )


def _keeps_no_old(patch: Patch) -> None:
    real = Vault.pseudonyms
    patch(Vault, "pseudonyms", lambda self, name: real(self, name)[:1])


def _own_keys_too(patch: Patch) -> None:
    from salience.engine import auditing

    patch(auditing, "personal", lambda _person: True)


MARKS: tuple[Mark, ...] = (
    mark("P17", "main parameters", parameters, {"never-stale": _never_stale}),
    mark("P21", "clocks of the laws", clocks, {"lazy-clock": _lazy_clock}),
    mark(
        "P25", "purposes and recipients (P30)", purposes, {"any-purpose": _any_purpose, "any-recipient": _any_recipient}
    ),
    mark("P27", "storage limits", limits, {"no-limits": _no_limits}),
    mark("P28", "sensitive classes", sensitive, {"careless": _careless_categories}),
    mark("P29", "minors", minors, {"ageless": _ageless}),
    mark("P31", "the audit chain", tampering, {"unkeyed": _unkeyed}),
    mark(
        "P32",
        "small groups",
        small_groups,
        {
            "low-floor": _low_floor,
            "weak-noise": _weak_noise,
            "open-json": _open_json,
            "open-attention": _open_attention,
            "open-values": _open_values,
            "open-funnel": _open_funnel,
            "open-cohorts": _open_cohorts,
        },
    ),
    mark("P33", "keys renewed", new_keys, {"keeps-no-old": _keeps_no_old, "own-keys-too": _own_keys_too}),
)
