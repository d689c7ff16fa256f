"""Marks of what people choose: the order of signals, consent that can be shown, Global Privacy Control."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import get_args

import numpy as np

from salience.collect import gpc
from salience.events import Consent, Signal
from salience.privacy import consent, standing
from salience.privacy.consent import ConsentState
from salience.privacy.regions import OPT_IN, OPT_OUT, PURPOSES, Default
from salience.privacy.standing import LADDER, USES
from tests.trust.marks import Mark, Patch, expect, mark


def said(row: int, **fields: object) -> Consent:
    return Consent(id=f"c{row}", user="ann", received=row * 10, **fields)  # type: ignore[arg-type]


# --- the order of signals ---------------------------------------------------------------------------------------------

TOLD: dict[str, dict[str, object]] = {
    **{signal: {"signals": {signal: True}} for signal in get_args(Signal)},
    **{f"{purpose} granted": {"purposes": {purpose: True}} for purpose in PURPOSES},
    **{f"{purpose} refused": {"purposes": {purpose: False}} for purpose in PURPOSES},
}
"""Everything that can be said, by name."""

ORDER = ["restricted", "minor", "objection", "opt-out", "personalisation-off"]
"""Between erasure above and purposes below."""


def expected(names: tuple[str, ...], use: str, default: Default, *, erased: bool) -> tuple[bool, str]:
    """The table of TRUST: the first rung of what was said that forbids the use; then the purposes; then silence."""
    if erased:
        return False, "erased"
    for rung in LADDER:
        if rung.signal in names and (
            use in rung.forbids or (rung.signal == "minor" and use in ("profile", "train", "decide"))
        ):
            return False, rung.because
    purposes = standing.SERVES[use]  # type: ignore[index]
    chosen = {p: f"{p} granted" in names for p in purposes if {f"{p} granted", f"{p} refused"} & set(names)}
    granted = any(chosen.get(purpose, default[purpose]) for purpose in purposes)
    if use == "sensitive" and not granted:
        return False, "sensitive"
    return granted, "purpose" if chosen else "default"


def precedence(_folder: Path, long: bool) -> str:
    """All pairs, both arrival orders, every use, both kinds of default, erased or not."""
    expect([rung.because for rung in standing.LADDER] == ORDER, "the ladder has another order")
    looked = 0
    for pair in permutations(TOLD, 2):
        if pair[0].split()[0] == pair[1].split()[0]:
            continue  # a grant and a refusal of one purpose: the later wins, see P18
        state = ConsentState()
        for row, name in enumerate(pair, 1):
            state = state.after(row, said(row, **TOLD[name]))
        for use in USES:
            for default in (OPT_IN, OPT_OUT):
                for erased in (False, True):
                    found = standing.standing(state, use, default, erased=erased)
                    wanted = expected(pair, use, default, erased=erased)
                    expect(found == wanted, f"{pair} for {use}: {found}, not {wanted}")
                    looked += 1
    return f"{looked:,} rulings over {len(TOLD)} signals, all pairs in both orders: 0 differ from the ladder"


def _last_signal_wins(patch: Patch) -> None:
    patch(standing, "LADDER", LADDER[1:])


def _consent_beats_gpc(patch: Patch) -> None:
    real = ConsentState.after

    def after(self: ConsentState, row: int, event: Consent) -> ConsentState:
        from msgspec import structs

        loud = event.purposes.get("sharing") is True
        return real(self, row, structs.replace(event, signals={**event.signals, "opt_out": False}) if loud else event)

    patch(ConsentState, "after", after)


# --- P18 and P19 ------------------------------------------------------------------------------------------------------


def shown(_folder: Path, long: bool) -> str:
    """The state at any time, of histories drawn at random, against the plain definition of it."""
    rng, histories = np.random.default_rng(18), 1_000 if long else 200
    for number in range(histories):
        rows = [
            said(row, purposes={PURPOSES[rng.integers(5)]: bool(rng.integers(2))}, notice=f"n{row}")
            for row in range(1, int(rng.integers(2, 12)))
        ]
        state = ConsentState()
        for at in rng.permutation(len(rows)):
            state = state.after(rows[at].received // 10, rows[at])
        for time in range(5, 10 * len(rows) + 10, 5):
            for purpose in PURPOSES:
                heard = [row.purposes[purpose] for row in rows if purpose in row.purposes and row.received <= time]
                wanted = heard[-1] if heard else None
                expect(state.choice(purpose, at=time) == wanted, f"history {number} at {time}: {purpose}")
        expect(
            [choice.notice for choice in state.choices] == [row.notice for row in rows], f"history {number}: receipts"
        )
    return f"{histories:,} histories asked at every time: 0 wrong; every receipt kept in order"


def _later_date_wins(patch: Patch) -> None:
    patch(consent, "_in_order", lambda choices: tuple(sorted(choices, key=lambda c: (c.granted, c.row))))


# --- P20 --------------------------------------------------------------------------------------------------------------

HEADERS: tuple[tuple[tuple[str, ...], bool], ...] = (
    (("1",), True),
    (("1, 1",), True),
    (("0", "1"), True),
    (("1", "0"), True),
    (("0",), False),
    (("true",), False),
    (("2",), False),
    (("11",), False),
    (("",), False),
    ((), False),
)


def global_privacy_control(_folder: Path, long: bool) -> str:
    """The header's rules, what it stops and what it does not, and what can take it back."""
    for values, wanted in HEADERS:
        expect(gpc.opted_out(values) is wanted, f"Sec-GPC {values}: {not wanted}")
    on = ConsentState().after(1, said(1, purposes={"sharing": True})).after(2, said(2, signals={"opt_out": True}))
    stopped = {use for use in USES if not standing.standing(on, use, OPT_OUT).allowed}
    expect(stopped == {"push", "share", "sensitive"}, f"it stops {sorted(stopped)}")
    silent = on.after(3, said(3, purposes={"analytics": True})).after(4, said(4, purposes={"sharing": True}))
    expect(silent.on("opt_out"), "a later grant that shows no conflict took it back")
    fresh = silent.after(5, said(5, purposes={"sharing": True}, after_conflict=True))
    expect(not fresh.on("opt_out"), "a fresh consent after the conflict was shown does not count")
    stranger = Consent(id="x", anonymous="v", received=60, purposes={"sharing": True}, after_conflict=True)
    expect(silent.after(6, stranger).on("opt_out"), "somebody unknown overrode it")
    merged = ConsentState().after(1, said(1, purposes={"sharing": True})).merged(on, row=9, received=90, event="a")
    expect(merged.on("opt_out"), "the merge with a known person lost it")
    figures = f"{len(HEADERS)} headers read right; push and share stopped, same-site personalisation not"
    return f"{figures}; absence says nothing"


def _truthy_header(patch: Patch) -> None:
    patch(gpc, "opted_out", lambda values: any(value.strip() not in ("", "0") for value in values))


MARKS: tuple[Mark, ...] = (
    mark(
        "P00",
        "the order of signals",
        precedence,
        {"last-signal-wins": _last_signal_wins, "consent-beats-gpc": _consent_beats_gpc},
    ),
    mark("P18", "consent can be shown", shown, {"later-date-wins": _later_date_wins}),
    mark(
        "P20",
        "Global Privacy Control",
        global_privacy_control,
        {"truthy-header": _truthy_header, "consent-takes-gpc-back": _consent_beats_gpc},
    ),
)
