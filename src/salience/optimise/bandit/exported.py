"""A loop's weights as JSON: to look at, to keep, and to name the version that shall answer again.

The same weights give the same bytes. Numbers are written so that reading them gives back every bit.
"""

from __future__ import annotations

import hashlib

import numpy as np
from msgspec import DecodeError, Struct, ValidationError, json, structs

from salience.events.fault import InvalidInput
from salience.optimise.bandit.loop import Loop

FORMAT = "salience loop 1"


class Exported(Struct, frozen=True):
    """``features``: what each place of a weight vector stands for; ``shared``: table place -> weight."""

    format: str
    loop: str
    version: str
    policy: str
    lessons: int
    features: tuple[str, ...]
    weights: dict[str, list[float]]
    shared: dict[int, float]
    digest: str = ""


def exported(loop: Loop) -> bytes:
    """What answers now."""
    learner = loop.answering
    newest = next(reversed(loop.versions.values()), None)
    version = loop.pin or (newest.name if newest and newest.lessons == learner.main.lessons else "")
    places = np.flatnonzero(learner.main.mean)
    told = Exported(
        FORMAT,
        loop.name,
        version,
        loop.policy.name,
        learner.main.lessons,
        tuple(name.strip("\x00") for name in learner.vocabulary.places),
        {name: own.mean.tolist() for name, own in sorted(learner.main.own.items())},
        {int(at): float(learner.main.mean[at]) for at in places},
    )
    digest = hashlib.sha256(json.encode(told)).hexdigest()
    return json.encode(structs.replace(told, digest=digest))


def version_in(data: bytes) -> str:
    """The version that a file holds. `InvalidInput` if it is no such file, or was changed."""
    way = "send what the export gave"
    try:
        told = json.decode(data, type=Exported)
    except (DecodeError, ValidationError):
        raise InvalidInput("model", f"{len(data)} bytes", "is no exported model", way) from None
    plain = structs.replace(told, digest="")
    if told.format != FORMAT or hashlib.sha256(json.encode(plain)).hexdigest() != told.digest:
        raise InvalidInput("model", told.version, "was changed, or is of another format", way)
    return told.version
