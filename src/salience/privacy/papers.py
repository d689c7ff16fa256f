"""Papers for an authority or for people, made from what really runs: each says what it was made from. Pure.

Record of processing (GDPR 30, PIPL 55-56), draft of an impact assessment (GDPR 35), table for the privacy notice
(GDPR 13), main parameters of the recommender (DSA 27, Algorithm Provisions 16), and ``gpc.json``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from salience.privacy.floors import CONSOLE
from salience.privacy.inventory import FOR_EVER, KEPT, RETENTION, SEALED
from salience.privacy.plain import LOGIC, RIGHTS_WORDS, model_in_words
from salience.privacy.recipients import FIELDS, Recipient
from salience.privacy.regions import PURPOSES, Purpose, region_of
from salience.privacy.standing import SERVES

PaperName: TypeAlias = Literal["record", "assessment", "notice", "parameters"]


class Paper(Struct, frozen=True):
    """``text``: Markdown. ``hash``: SHA-256 of what it was made from; another hash now means that it is stale."""

    name: str
    made: int
    made_from: str
    hash: str
    text: str


class Facts(Struct, frozen=True):
    """What the papers speak of, as the workspace has it now.

    ``traits``: name -> people who have it. ``requests``: state -> how many. ``rows``: of the audit chain. ``copies``:
    sort of copy, and when it was written.
    """

    workspace: str
    region: str
    made: int
    people: int
    events: Mapping[str, int]
    days: Mapping[str, int]
    recipients: tuple[Recipient, ...]
    model: Mapping[str, Any]
    explore: float
    rules: int
    sensitive: tuple[str, ...]
    open_requests: int
    audit: str
    program: str = ""
    traits: Mapping[str, int] = {}
    requests: Mapping[str, int] = {}
    erasures: int = 0
    rows: int = 0
    copies: tuple[tuple[str, int], ...] = ()
    prices: tuple[tuple[str, str, str, str], ...] = ()
    """(loop, what it decides, feature, why it may differ by that); the feature is "" where it differs by nothing."""


WORDS: dict[Purpose, str] = {
    "analytics": "count what happens on the site and see what works",
    "personalisation": "choose what a person sees by what they did",
    "marketing": "address people outside the site",
    "sharing": "give data to others for their own purposes",
    "sensitive": "any of these with data of a special category",
}


def paper(name: PaperName, facts: Facts) -> Paper:
    """One paper."""
    makers = {"record": _record, "assessment": _assessment, "notice": _notice, "parameters": _parameters}
    text = "\n".join(makers[name](facts)) + "\n"
    source = f"workspace {facts.workspace}, model {facts.model.get('version') or 'none'}"
    return Paper(name, facts.made, source, stamp(facts.model), text)


def stamp(manifest: Mapping[str, Any]) -> str:
    """The hash of a deployed model's manifest; the same facts in any order give the same hash.

    >>> stamp({"a": 1, "b": 2}) == stamp({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(msgspec.json.encode(dict(manifest), order="sorted")).hexdigest()


def gpc(updated: str) -> dict[str, object]:
    """``/.well-known/gpc.json`` of the Global Privacy Control specification: the signal is honoured."""
    return {"gpc": True, "lastUpdate": updated}


def _record(facts: Facts) -> Iterable[str]:
    yield f"# Record of processing: {facts.workspace}"
    yield f"\nMade from the running system at {_moment(facts.made)}, by {facts.program or 'salience'}."
    yield "What stands in brackets only people can answer."
    yield "\n## Who is responsible\n"
    yield "[Name and contact of the controller, of joint controllers and the representative, and of the officer for"
    yield "data protection: GDPR 30(1)(a).]"
    yield "\n## Whose data, and which\n"
    yield f"Visitors and customers of the site; {facts.people:,} people are known. Law by default: {_law(facts)}."
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(facts.events.items()))
    yield f"\nEvents by kind: {kinds or 'none yet'}."
    traits = ", ".join(f"{name} ({_people(count)})" for name, count in sorted(facts.traits.items()))
    yield f"\nTraits, and of how many people: {traits or 'none yet'}."
    special = ", ".join(facts.sensitive) or "[none is named in the settings: say whether there are]"
    yield f"\nSpecial categories: {special}."
    yield "\n## Purposes\n"
    served = {
        purpose: ", ".join(use for use, purposes in SERVES.items() if purpose in purposes) for purpose in PURPOSES
    }
    ground = "[to be named]"
    yield from _table(
        ("purpose", "what it is", "uses", "legal ground"), [(p, WORDS[p], served[p], ground) for p in PURPOSES]
    )
    yield "\n## What is kept\n"
    kept = [(f"{one.sort} `{one.name}`", one.about, one.holds, one.until) for one in KEPT]
    yield from _table(("place", "about", "what it holds", "until"), kept)
    yield "\n## Kinds of data and how long\n"
    yield from _table(("class", "kinds of event", "kept for"), _retention(facts))
    yield "\n## Recipients\n"
    rows = [(r.name, r.role, r.region, r.basis, ", ".join(r.purposes)) for r in facts.recipients]
    yield from _table(("recipient", "role", "country", "legal ground", "purposes"), rows or [("none", "", "", "", "")])
    abroad = sorted({r.region for r in facts.recipients if r.region})
    yield f"\nCountries: {', '.join(abroad) or 'none'}. [For each outside your own: the safeguards, GDPR 30(1)(e).]"
    yield "\n## Rights\n"
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(facts.requests.items()))
    yield f"Requests of people: {states or 'none yet'}. Erasures carried out: {facts.erasures:,}."
    copies = ", ".join(f"{sort} of {_moment(at)}" for sort, at in facts.copies)
    yield f"Copies outside the workspace that still exist: {copies or 'none known'}."
    yield "\n## Security\n"
    sealed = ", ".join(sorted({field for fields in SEALED.values() for field in fields}))
    yield f"Fields {sealed} are sealed (AES-256-GCM), each person's under a key of their own, which lies apart."
    yield "Erasing a person destroys their keys, takes their rows out and is proven byte by byte."
    yield f"Audit chain: {facts.audit}, {facts.rows:,} rows. Open requests of people: {facts.open_requests}."


def _assessment(facts: Facts) -> Iterable[str]:
    yield f"# Data protection impact assessment (draft): {facts.workspace}"
    yield f"\nA draft from the running system at {_moment(facts.made)}. What stands in brackets only people can answer."
    yield "\n## 1. What is done\n"
    yield LOGIC
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(facts.events.items()))
    yield f"\nEvents by kind: {kinds or 'none yet'}. People known: {facts.people:,}."
    yield "\n## 2. Necessity and proportion\n"
    yield "[Why each purpose is needed, and why less would not do.] By default addresses are cut before they are kept,"
    yield "user agents are not kept, unknown properties stay out of features, silence allows what the region allows."
    yield "\n## 3. Risks and what stands against them\n"
    yield from _table(("risk", "what stands against it", "figure"), _risks(facts))
    yield "\n## 4. Views of people and of the officer\n\n[To be added.]"
    yield "\nKeep this paper for three years (PIPL 56)."


def _risks(facts: Facts) -> list[tuple[str, str, str]]:
    auc = facts.model.get("membership")
    told = "not measured" if auc is None else f"AUC {auc:.2f} of an attack on the model alone; 0.5 tells nothing"
    cost = facts.model.get("poisoning")
    price = "not measured" if cost is None else f"{cost} invented visitors put a rare item beside another, if all count"
    floors = "floors on segments, breakdowns and pushes; private counts with a budget"
    human = "flagged ones are never final by machine; contest and human review"
    sensitive = "listed classes give no tag, feature or reason without a separate consent"
    return [
        ("somebody was in the training data", "regularisation; exact unlearning; refits after erasures", told),
        ("others decide what people are shown", "few visitors of a network count for an item; alarm; purge", price),
        ("a small group is recognised", floors, "at least 10, pushes 50"),
        ("sensitive inferences", sensitive, f"{len(facts.sensitive)} classes listed"),
        ("decisions that weigh heavily", human, f"{facts.open_requests} open requests"),
        (
            "data leaves the country",
            "nothing leaves without role, country, ground",
            f"{len(facts.recipients)} recipients",
        ),
    ]


def _notice(facts: Facts) -> Iterable[str]:
    days = _days(facts.days.get("behaviour", 0))
    rows = []
    for field, purposes in FIELDS.items():
        names = [r.name for r in facts.recipients if purposes & set(r.purposes)]
        rows.append((field, ", ".join(p for p in PURPOSES if p in purposes), days, ", ".join(names) or "nobody else"))
    yield from _table(("what", "for which purposes", "kept for", "who gets it"), rows)
    yield f"\n{RIGHTS_WORDS}"


def _parameters(facts: Facts) -> Iterable[str]:
    model = facts.model
    name = str(model.get("algorithm") or "")
    told = f"{name}; it {model_in_words(name)}" if name else "none is published yet: popularity alone decides"
    yield "# How recommendations are made here"
    yield f"\n{LOGIC}"
    yield "\n## Now\n"
    yield f"- Model: {told}."
    yield f"- Learned from {model.get('users') or 0:,} people and {model.get('items') or 0:,} things."
    yield f"- Tried by chance: {facts.explore:.1%} of places. Rules of the shop: {facts.rules}."
    if fields := ", ".join((model.get("contexts") or {}).get("weights") or ()):
        yield f"- The moment counts for everybody alike: {fields}."
    for loop, about, feature, why in facts.prices:
        by = f"may differ by `{feature}`: {why}" if feature else "looks at nothing of the person"
        yield f"- The {about} that `{loop}` chooses {by}."
    yield f"- Manifest: `{stamp(model)}`"
    yield "\n## Your options\n"
    yield "Switch personalisation off, and everybody sees the same. See, correct and remove what is said of you."


def _retention(facts: Facts) -> list[tuple[str, str, str]]:
    rows = [(name, ", ".join(kinds), _days(facts.days.get(name, 0))) for name, kinds in RETENTION.items()]
    return [*rows, ("what holds until it is changed", ", ".join(sorted(FOR_EVER)), "as long as the profile")]


def _days(days: int) -> str:
    return f"{days} days" if days else "no limit is set [say why, or set one: GDPR 5(1)(e)]"


def _people(count: int) -> str:
    """How many, where that tells of nobody in particular."""
    return f"{count:,}" if count >= CONSOLE else f"fewer than {CONSOLE}"


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(" ", "minutes").replace("+00:00", " UTC")


def _law(facts: Facts) -> str:
    if not facts.region:
        return "that of the person's own region; the settings name none"
    return f"{region_of(facts.region).law} ({facts.region})"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"
