"""The verdict in words."""

from __future__ import annotations

from functools import lru_cache

from salience.optimise.experiments.spending import power


@lru_cache(maxsize=64)
def inflated(looks: int, alpha_z: float = 1.959963984540054) -> float:
    """How often "p < 0.05" is seen at least once in so many equally spaced looks at nothing."""
    looks = min(max(looks, 1), 500)
    fractions = tuple((at + 1) / looks for at in range(looks))
    return power(fractions, (alpha_z,) * looks, 0.0)[0]
