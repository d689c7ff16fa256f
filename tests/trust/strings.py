"""Marks of the strings that consent platforms hand over: TC strings (TCF) and GPP strings."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from salience.privacy import gpp, tcf
from salience.privacy.regions import PURPOSES
from tests.trust.marks import Mark, Patch, expect, mark


def bits(*fields: tuple[int, int]) -> str:
    """Fields of (value, width) as base64url text."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "0" * (-len(text) % 6)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return "".join(alphabet[int(text[at : at + 6], 2)] for at in range(0, len(text), 6))


def tc_string(
    purposes: Collection[int],
    *,
    interests: frozenset[int] = frozenset(),
    policy: int = 4,
    vendors: frozenset[int] = frozenset({7}),
    disclosed: Collection[int] | None = None,
) -> str:
    """A TC string of version 2, written from the specification and not from our reader."""

    def field(members: Collection[int], size: int) -> tuple[int, int]:
        return sum(1 << (size - n) for n in members), size

    core = bits(
        (2, 6), (0, 36), (0, 36), (1, 12), (1, 12), (1, 6), (0, 12), (50, 12), (policy, 6), (1, 1), (0, 1), (0, 12),
        field(purposes, 24), field(interests, 24), (0, 1), (0, 12),
        (8, 16), (0, 1), field(vendors, 8), (0, 16), (0, 1), (0, 12),
    )  # fmt: skip
    return core if disclosed is None else core + "." + bits((1, 3), (8, 16), (0, 1), field(disclosed, 8))


EVERY = set(range(1, 11))


def tc_strings(_folder: Path, long: bool) -> str:
    """What counts as consent in a TC string, and that everything else is none."""
    yes = tcf.granted(tc_string(EVERY), vendor=7)
    expect(yes == dict.fromkeys(PURPOSES, True) | {"sensitive": False}, f"all consents give {yes}")
    nothing = {
        "legitimate interest for 3 to 6": tcf.granted(tc_string({1, 8}, interests=frozenset({3, 4, 5, 6})), vendor=7)[
            "personalisation"
        ],
        "policy version 3": any(tcf.granted(tc_string(EVERY, policy=3), vendor=7).values()),
        "2.3 without disclosed vendors": any(tcf.granted(tc_string(EVERY, policy=5), vendor=7).values()),
        "2.3, another vendor disclosed": any(tcf.granted(tc_string(EVERY, policy=5, disclosed={3}), vendor=7).values()),
        "no consent to storing": any(tcf.granted(tc_string(EVERY - {1}), vendor=7).values()),
        "vendor not consented": any(tcf.granted(tc_string(EVERY, vendors=frozenset({3})), vendor=7).values()),
        "an empty string": any(tcf.granted("", vendor=7).values()),
    }
    expect(not any(nothing.values()), f"taken for consent: {[name for name, got in nothing.items() if got]}")
    expect(
        tcf.granted(tc_string(EVERY, policy=5, disclosed={7}), vendor=7)["marketing"], "2.3 with its segment is refused"
    )
    whole, rng = tc_string(EVERY), np.random.default_rng(22)
    cut = [whole[: int(rng.integers(len(whole) - 12))] for _ in range(500 if long else 100)]
    expect(
        not any(any(tcf.granted(text, vendor=7).values()) for text in cut), "a string that was cut off gives consent"
    )
    return f"{len(nothing)} kinds of no consent refused; {len(cut)} strings cut off: 0 give consent"


def gpp_strings(_folder: Path, long: bool) -> str:
    """US sections, their GPC bit, zero, and everything that cannot be read."""

    def header(section: int) -> str:
        coded = {7: "01011", 8: "000011", 9: "100011"}[section]  # Fibonacci, ended by two ones
        return bits((3, 6), (1, 6), (1, 12), (0, 1), *((int(bit), 1) for bit in coded))

    def national(*choices: int, children: int = 0, gpc_bit: int | None = None) -> str:
        core = bits((1, 6), (0, 12), *((choice, 2) for choice in choices), (0, 24), (children, 2), (0, 2), (0, 8))
        return f"{header(7)}~{core}" + ("" if gpc_bit is None else "." + bits((1, 2), (gpc_bit, 1)))

    def opted(string: str) -> bool:
        return gpp.said(string).signals.get("opt_out", False)

    for at in range(3):
        choices = [2, 2, 2]
        choices[at] = 1
        expect(opted(national(*choices)), f"opt-out number {at} was not seen")
    expect(not opted(national(2, 2, 2)), "nobody opted out, and pushes are blocked")
    expect(not opted(national(0, 0, 0)), "0 was taken for an opt-out")
    expect(not gpp.said(national(0, 0, 0)).purposes, "0 was taken for consent")
    expect(opted(national(2, 2, 2, gpc_bit=1)), "the GPC sub-section was not seen")
    expect(not opted(national(2, 2, 2, gpc_bit=0)), "a GPC bit of 0 opts out")
    expect(gpp.said(national(2, 2, 2, children=1)).signals.get("minor"), "a known child was not seen")
    california = f"{header(8)}~" + bits((1, 6), (0, 6), (2, 2), (1, 2), (0, 18), (0, 4), (0, 8))
    expect(opted(california), "California's opt-out of sharing was not seen")
    broken = ["", "~", "nonsense", header(7), national(2, 2, 2)[:-6], f"{header(9)}~BAAA", "DBABLA~", "\x00", "é~é"]
    expect(all(opted(text) for text in broken), f"read too kindly: {[text for text in broken if not opted(text)]}")
    return f"sale, sharing, advertising, GPC and child seen; 0 is no consent; {len(broken)} broken strings: all strict"


def _trusting_strings(patch: Patch) -> None:
    patch(tcf, "NOTHING", dict.fromkeys(PURPOSES, True))
    patch(gpp, "STRICT", gpp.Said({}, {}))


def _undisclosed(patch: Patch) -> None:
    patch(tcf, "DISCLOSING_POLICY", 99)


MARKS: tuple[Mark, ...] = (
    mark("P22", "TC strings", tc_strings, {"trusting-strings": _trusting_strings, "undisclosed": _undisclosed}),
    mark("P23", "GPP strings", gpp_strings, {"trusting-strings": _trusting_strings}),
)
