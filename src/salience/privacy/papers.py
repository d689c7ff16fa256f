"""Papers for an authority or for people, made from what really runs: each says what it was made from. Pure.

Record of processing (`record`; GDPR 30, PIPL 55-56), draft of an impact assessment (GDPR 35), table for the privacy
notice (GDPR 13), main parameters of the recommender (DSA 27, Algorithm Provisions 16), and ``gpc.json``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from salience.privacy.inventory import SEALED
from salience.privacy.paper_parts import Facts, Paper, ground, kept_for, moment, table
from salience.privacy.plain import LOGIC, RIGHTS_WORDS, model_in_words
from salience.privacy.recipients import FIELDS
from salience.privacy.record import WORDS, record
from salience.privacy.regions import PURPOSES

__all__ = ["Facts", "Paper", "PaperName", "gpc", "paper", "stamp"]

PaperName: TypeAlias = Literal["record", "assessment", "notice", "parameters"]


def paper(name: PaperName, facts: Facts) -> Paper:
    """One paper."""
    makers = {"record": record, "assessment": _assessment, "notice": _notice, "parameters": _parameters}
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


def _assessment(facts: Facts) -> Iterable[str]:
    yield f"# Data protection impact assessment (draft): {facts.workspace}"
    yield f"\nA draft from the running system at {moment(facts.made)}. What stands in brackets only people can answer."
    yield "\n## 1. What is done\n"
    yield LOGIC
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(facts.events.items()))
    yield f"\nEvents by kind: {kinds or 'none yet'}. People known: {facts.people:,}."
    yield "\n## 2. Necessity and proportion\n"
    served = [p for p in PURPOSES if facts.silence.get(p)]
    for purpose in PURPOSES:
        why = facts.controller.necessity.get(purpose) or "[why it is needed, and why less would not do]"
        yield f"- {purpose} ({WORDS[purpose]}; legal ground: {ground(facts, purpose)}): {why}"
    said = ", ".join(served) or "none of them"
    yield f"\nOf people who have chosen nothing, in no known region: data serves {said}."
    yield "Unless told otherwise addresses and user agents are not kept, and unknown properties stay out of features."
    yield "\n## 3. Risks and what stands against them\n"
    yield from table(("risk", "what stands against it", "figure"), _risks(facts))
    yield "\n## 4. Views of people and of the officer\n\n[To be added.]"
    yield "\nKeep this paper for three years (PIPL 56)."


def _risks(facts: Facts) -> list[tuple[str, str, str]]:
    auc = facts.model.get("membership")
    told = "not measured" if auc is None else f"AUC {auc:.2f} of an attack on the model alone; 0.5 tells nothing"
    cost = facts.model.get("poisoning")
    price = "not measured" if cost is None else f"{cost} invented visitors put a rare item beside another, if all count"
    copies = f"{len(facts.copies)} copies outside the workspace"
    doors = f"{sum(facts.keys.values())} keys, {sum(facts.accounts.values())} accounts; audit chain {facts.audit}"
    sealed = f"{len({field for fields in SEALED.values() for field in fields})} sealed fields"
    floors = "floors on segments, breakdowns and pushes; private counts with a budget"
    human = "flagged ones are never final by machine; contest and human review"
    sensitive = "listed classes give no tag, feature or reason without a separate consent"
    return [
        ("somebody was in the training data", "regularisation; exact unlearning; refits after erasures", told),
        ("others decide what people are shown", "few visitors of a network count for an item; alarm; purge", price),
        ("a small group is recognised", floors, "at least 10, pushes 50"),
        ("sensitive inferences", sensitive, f"{len(facts.sensitive)} classes listed"),
        ("decisions that weigh heavily", human, f"{facts.open_requests} open requests"),
        ("somebody gets in, from outside or inside", "roles, limits, sessions that end, an audit chain", doors),
        ("files are stolen", "personal fields sealed, keys apart; ids and times are not", sealed),
        ("what was erased comes back", "keys destroyed; every restore erases those people again", copies),
        ("two people are taken for one", "merges by proof alone, alarms, splits", "`salience identity alarms`"),
        ("minors are profiled", "no marketing or sharing; for the rest a guardian has to agree", "only if age is told"),
        ("prices differ by who one is", "only by features declared with a reason", f"{len(facts.prices)} declared"),
        (
            "data leaves the country",
            "nothing leaves without role, country, ground",
            f"{len(facts.recipients)} recipients",
        ),
    ]


NOTICE_CLASS = {
    "id": "profiles", "events": "behaviour", "traits": "profiles", "segments": "", "scores": "",
    "decisions": "decisions",
}  # fmt: skip
"""Field of the notice -> class of data whose time it has; "" for what is worked out anew from the rest."""


def _notice(facts: Facts) -> Iterable[str]:
    said = facts.controller
    yield f"Responsible: {said.name or '[controller]'}, {said.contact or '[contact]'}."
    yield f"Officer for data protection: {said.officer or '[name and contact]'}.\n"
    rows = []
    for field, purposes in FIELDS.items():
        names = [r.name for r in facts.recipients if purposes & set(r.purposes)]
        kept = NOTICE_CLASS[field]
        days = kept_for(facts, kept) if kept else "worked out anew from the others"
        rows.append((field, ", ".join(p for p in PURPOSES if p in purposes), days, ", ".join(names) or "nobody else"))
    rows.append(("searches and messages", "analytics, personalisation", kept_for(facts, "words"), "nobody else"))
    rows.append(("your choices and requests", "to keep to them", "as long as the law asks for", "nobody else"))
    yield from table(("what", "for which purposes", "kept for", "who gets it"), rows)
    yield ""
    grounds = [(p, ground(facts, p), "yes" if facts.silence.get(p) else "only if you agree") for p in PURPOSES]
    yield from table(("purpose", "legal ground", "while you have chosen nothing"), grounds)
    abroad = sorted({r.region for r in facts.recipients if r.region})
    yield f"\nCountries of recipients: {', '.join(abroad) or 'none'}."
    yield f"\n{LOGIC}"
    yield f"\n{RIGHTS_WORDS} The authority: {said.authority or '[name]'}."
    yield "What you agreed to you may take back at any time."


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
