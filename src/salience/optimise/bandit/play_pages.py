"""Play a policy on pages that are read from the top: regret against the best page, and the chances of whole pages.

What stands above a click was seen and left alone (reward 0); what stands below was not seen and teaches nothing.
Without a click nobody knows how far the reader came: the whole page counts as seen (Kveton et al. 2015).
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from salience.optimise.bandit.beliefs import Beliefs
from salience.optimise.bandit.features import NOTHING, Floats, Named
from salience.optimise.bandit.page import draw
from salience.optimise.bandit.play import Played
from salience.optimise.bandit.policies import Policy
from salience.optimise.worlds.slate import Slate


def play_pages(world: Slate, policy: Policy, *, seed: int) -> Played:
    """Regret is in percent of that of even pages; ``least`` is the smallest chance of what could stand in a slot.

    ``weight``: the mean of (chance under even drawing) / (chance it was drawn with) of pages; 1 if they are exact.
    """
    learner, rng = policy.learner(), np.random.default_rng([seed, 2])
    rounds, k = world.draw.shape
    length = world.luck.shape[1]
    names, actions = [f"a{at}" for at in range(k)], [NOTHING] * k
    features = tuple(f"x{at}" for at in range(world.x.shape[1]))
    free = np.ones((length, k), bool)
    even = float(np.prod([1.0 / (k - at) for at in range(length)]))
    regret = uniform = earned = 0.0
    least, weights, counts = 1.0, np.zeros(rounds), np.zeros(k, np.int64)
    for at in range(rounds):
        context = Named(features, tuple(world.x[at].tolist()))
        believed = learner.beliefs(context, names, actions)
        chance = partial(_chance, policy, believed)
        page = draw(free, {}, chance, rng.random((length,)).tolist())
        assert page is not None  # noqa: S101 - there are more actions than slots
        learner.vocabulary.meet(context, ())
        chosen = list(page.chosen)
        best = world.best(at, length)
        regret += best - world.value(at, chosen)
        uniform += best - world.value(at, rng.permutation(k)[:length].tolist())
        clicked = world.click(at, chosen)
        earned += clicked >= 0
        seen = chosen[: clicked + 1] if clicked >= 0 else chosen
        for place, action in enumerate(seen):
            learner.learn(context, names[action], NOTHING, float(place == clicked), key=f"{at}:{place}")
        least = min(least, float(page.chance[page.chance > 0].min()))
        weights[at] = even / page.probability
        counts[chosen] += 1
    return Played(
        policy=policy.name,
        regret=100 * regret / uniform if uniform else 0.0,
        earned=earned,
        least=least,
        weight=float(weights.mean()),
        weight_error=float(weights.std(ddof=1) / np.sqrt(rounds)),
        turns=learner.turns,
        chosen=tuple(counts.tolist()),
    )


def _chance(policy: Policy, believed: Beliefs, _: int, left: NDArray[np.int64]) -> Floats:
    """Of what is left for a slot."""
    return policy.probabilities(believed.of(left))
