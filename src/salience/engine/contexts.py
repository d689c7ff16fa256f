"""In which moments things are chosen: the deeds of the log as a model's choices, and whether the moment helps."""

from __future__ import annotations

import numpy as np

from salience.engine.pairing import in_both
from salience.events.interactions import Interactions
from salience.models.cold.contexts import Contexts
from salience.prepare.clock import moments
from salience.prepare.deeds import CONTEXT, Deeds
from salience.settings import Settings
from salience.train.card import Card
from salience.train.contexts import VALUES, Choices, ContextWorth, contexts
from salience.train.tuning import refit

BY_THE_CLOCK = ("daytime", "week")
CHOSEN = ("view", "click", "cart", "purchase", "rating", "share")


def said(settings: Settings) -> list[str]:
    """The fields that events must tell."""
    return [name for name in settings.context if name not in BY_THE_CLOCK]


def in_context(
    did: Deeds, data: Interactions, card: Card, settings: Settings, *, seed: int = 0
) -> tuple[Contexts | None, ContextWorth]:
    """Lifts over the items of ``data``, weighed beside the published algorithm."""
    choices = choices_of(did, data, settings)
    return contexts(data, choices, lambda rows: refit(card.algorithm, card.settings, rows, seed=seed), seed=seed)


def choices_of(did: Deeds, data: Interactions, settings: Settings) -> Choices:
    """Deeds whose person and item are in ``data`` together, with the fields that the settings name."""
    kept, user, item = in_both(did, data)
    kept &= did.of(*CHOSEN)
    time = did.columns["time"][kept]
    by_clock = moments(time, settings.timezone)
    fields = {name: by_clock[name] for name in settings.context if name in by_clock}
    for name, values in did.contexts.items():
        codes = did.columns[CONTEXT + name][kept]
        most = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(values)), kind="stable")[:VALUES]
        place = np.full(len(values) + 1, -1, np.int32)  # the last is what -1 points to
        place[most] = np.arange(len(most))
        fields[name] = tuple(values[at] for at in most.tolist()), place[codes]
    return Choices(user[kept], item[kept], time, fields)
