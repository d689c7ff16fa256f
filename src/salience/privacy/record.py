"""The record of processing (GDPR 30, PIPL 55-56): what an authority asks first. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from salience.privacy.inventory import FOR_EVER, KEPT, RETENTION, SEALED
from salience.privacy.paper_parts import Facts, crowd, ground, kept_for, law, moment, table
from salience.privacy.plain import model_in_words
from salience.privacy.regions import CLOCKS, PURPOSES, Purpose
from salience.privacy.requests import DAY, RIGHTS, Request
from salience.privacy.standing import SERVES

WORDS: dict[Purpose, str] = {
    "analytics": "count what happens on the site and see what works",
    "personalisation": "choose what a person sees by what they did",
    "marketing": "address people outside the site",
    "sharing": "give data to others for their own purposes",
    "sensitive": "any of these with data of a special category",
}
DAYS_A_MONTH = 30


def record(facts: Facts) -> Iterable[str]:
    """Line by line."""
    yield f"# Record of processing: {facts.workspace}"
    yield f"\nMade from the running system at {moment(facts.made)}, by {facts.program or 'salience'}."
    yield "What stands in brackets only people can answer; `[controller]` in the settings keeps what they say."
    yield from _who(facts)
    yield from _whose(facts)
    yield from _purposes(facts)
    yield from _learned(facts)
    yield from _kept(facts)
    yield from _recipients(facts)
    yield from _rights(facts)
    yield from _security(facts)


def _who(facts: Facts) -> Iterable[str]:
    said = facts.controller
    yield "\n## Who is responsible\n"
    yield f"- Controller: {said.name or '[name of the controller, and of joint controllers: GDPR 30(1)(a)]'}"
    yield f"- Contact: {said.contact or '[address, e-mail]'}"
    yield f"- Representative: {said.representative or '[if the controller is outside: GDPR 27, PIPL 53]'}"
    yield f"- Officer for data protection: {said.officer or '[name and contact]'}"
    yield f"- Supervisory authority: {said.authority or '[the one in charge]'}"


def _whose(facts: Facts) -> Iterable[str]:
    yield "\n## Whose data, and which\n"
    yield f"{facts.controller.subjects}; {facts.people:,} people are known. Law by default: {law(facts)}."
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(facts.events.items()))
    yield f"\nEvents by kind: {kinds or 'none yet'}."
    traits = ", ".join(f"{name} ({crowd(count)})" for name, count in sorted(facts.traits.items()))
    yield f"\nTraits, and of how many people: {traits or 'none yet'}."
    special = ", ".join(facts.sensitive) or "[none is named in the settings: say whether there are]"
    yield f"\nSpecial categories: {special}."
    yield "\nWhere it comes from: the browsers and servers of the site, and files that were imported."


def _purposes(facts: Facts) -> Iterable[str]:
    yield "\n## Purposes\n"
    served = {
        purpose: ", ".join(use for use, purposes in SERVES.items() if purpose in purposes) for purpose in PURPOSES
    }
    silent = {purpose: "yes" if facts.silence.get(purpose) else "no" for purpose in PURPOSES}
    rows = [(p, WORDS[p], served[p], silent[p], ground(facts, p)) for p in PURPOSES]
    heads = ("purpose", "what it is", "uses", "while nothing was chosen", "legal ground")
    yield from table(heads, rows)
    yield '\n"While nothing was chosen" is for people of the workspace\'s region or of none that is known; others'
    yield "have the rules of theirs. What a person has chosen goes before, and so do refusals by a browser (GPC)."


def _learned(facts: Facts) -> Iterable[str]:
    yield "\n## What is learned of people, and decided by machine\n"
    rows = [
        (
            one.name,
            one.algorithm,
            model_in_words(one.algorithm),
            f"{one.people:,}",
            moment(one.made),
            "yes" if one.live else "no",
        )
        for one in facts.models
    ]
    heads = ("model", "kind", "it", "people", "made", "answers now")
    yield from table(heads, rows or [("none", "", "", "", "", "")])
    tried = ", ".join(f"{one.name} ({one.algorithm}, {moment(one.made)})" for one in facts.predictors)
    yield f"\nPredictors of people: {tried or 'none'}. Learned from people who allow `train` alone; after an erasure"
    yield "all of it is learned anew without the person. What is chosen are rows of things; decisions that a loop marks"
    yield "as significant are not final before a human has looked (GDPR 22)."


def _kept(facts: Facts) -> Iterable[str]:
    yield "\n## What is kept\n"
    place = facts.controller.place or "[country]"
    yield f"The log of events lies in {facts.log or 'log.db'}. This server stands in {place}.\n"
    newer = f"{facts.keep_models} newer ones"
    kept = [(f"{k.sort} `{k.name}`", k.about, k.holds, k.until.replace("ten newer ones", newer)) for k in KEPT]
    yield from table(("place", "about", "what it holds", "until"), kept)
    yield "\n## Kinds of data and how long\n"
    months = ", ".join(f"{law} {clock.keep_months}" for law, clock in CLOCKS.items())
    rows = [(name, ", ".join(kinds), kept_for(facts, name)) for name, kinds in RETENTION.items()]
    rows += [
        ("profiles", "who has been silent is forgotten whole", kept_for(facts, "profiles")),
        ("failed", "raw bytes of messages that could not be read", kept_for(facts, "failed")),
        ("what holds until it is changed", ", ".join(sorted(FOR_EVER)), "as long as the profile"),
        ("requests, receipts", "what people asked for, under pseudonyms", f"months by law: {months}"),
        ("audit chain", "who did what, under pseudonyms", "as long as the workspace"),
    ]
    yield from table(("class", "kinds of event", "kept for"), rows)


def _recipients(facts: Facts) -> Iterable[str]:
    yield "\n## Recipients and transfers\n"
    safe = facts.controller.safeguards
    none = "[if it is abroad: the safeguards, GDPR 30(1)(e)]"
    rows = [
        (r.name, r.role, r.region, r.basis, ", ".join(r.purposes), safe.get(r.region) or none,
         r.contact or "[contact]", crowd(facts.shared.get(r.name, 0)))
        for r in facts.recipients
    ]  # fmt: skip
    heads = ("recipient", "role", "country", "legal ground", "purposes", "safeguards", "contact", "people")
    yield from table(heads, rows or [("none", *[""] * (len(heads) - 1))])
    yield f"\nCountries: {', '.join(sorted({r.region for r in facts.recipients if r.region})) or 'none'}."
    owed = ", ".join(f"{count:,} {state}" for state, count in sorted(facts.notices.items()))
    yield f"Deletes that recipients were owed: {owed or 'none'}."
    if facts.provider:
        yield f"People who work here sign in at {facts.provider}, which learns when they do."


def _rights(facts: Facts) -> Iterable[str]:
    yield "\n## Rights\n"
    asked = [(right, [one for one in facts.requests if one.right == right]) for right in RIGHTS]
    rows = [(right, *_counts(ones, facts.made)) for right, ones in asked if ones]
    heads = ("right", "asked", "open", "late now", "answered late", "slowest answer")
    yield from table(heads, rows or [("none yet", *[""] * (len(heads) - 1))])
    yield "\nTime to answer, in days:\n"
    clocks = [
        (
            law,
            c.answer,
            c.longer or "none",
            f"{c.confirm} business days" if c.confirm else "not asked",
            c.opt_out,
            c.keep_months,
        )
        for law, c in CLOCKS.items()
    ]
    yield from table(("law", "answer", "once more", "confirm in", "opt-out", "months kept"), clocks)
    yield f"\nErasures carried out: {facts.erasures:,}."
    yield "Each has a receipt that names every place; `salience privacy verify` looks into every byte again."
    copies = ", ".join(f"{sort} of {moment(at)}" for sort, at in facts.copies)
    yield f"Copies outside the workspace that still exist: {copies or 'none known'}."


def _counts(ones: list[Request], now: int) -> tuple[str, ...]:
    """Of requests for one right: how many, and how punctual."""
    lights = [one.light(now) for one in ones]
    took = [one.closed - one.received for one in ones if one.closed]
    late = sum(one.closed > one.due for one in ones if one.closed)
    slowest = f"{max(took) / DAY:.1f} days" if took else ""
    return f"{len(ones):,}", f"{len(ones) - len(took):,}", f"{lights.count('late'):,}", f"{late:,}", slowest


def _security(facts: Facts) -> Iterable[str]:
    yield "\n## Security\n"
    sealed = ", ".join(sorted({field for fields in SEALED.values() for field in fields}))
    yield f"- The fields {sealed} are sealed (AES-256-GCM), each person's under a key of their own, which lies apart."
    yield "- Ids, things, times, numbers and titles of pages are not sealed; an erasure takes them out, byte by byte."
    keys = ", ".join(f"{count} {role}" for role, count in sorted(facts.keys.items()))
    people = ", ".join(f"{count} {role}" for role, count in sorted(facts.accounts.items()))
    yield f"- Keys of programs, by role: {keys or 'none'}. Accounts of people: {people or 'none'}."
    yield "- Of passwords an Argon2id hash is kept. Sessions end after half an hour of silence. A role may do what"
    yield "  docs/security.md lists, and nothing else."
    for limit in facts.limits:
        yield f"- {limit}"
    yield f"- Audit chain: {facts.audit}, {facts.rows:,} rows. Open requests of people: {facts.open_requests}."
    for measure in facts.controller.measures or (
        "[what else: TLS in front of this server, the disk's encryption, training]",
    ):
        yield f"- {measure}"
