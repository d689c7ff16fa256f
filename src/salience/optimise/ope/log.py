"""A log of choices with their probabilities, and what a target policy would have done at each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.models.predictor.columns import encoder, numbers

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Log:
    """n choices among K actions, logged by the policy b that made them.

    ``action``: (n,) codes. ``reward``: (n,). ``chance``: (n,) b(action | x), exact, above 0. ``x``: (n, p) contexts, p
    may be 0. ``offered``: (n, K) True where an action could be chosen; by default all.
    """

    action: Codes
    reward: Floats
    chance: Floats
    x: Floats
    offered: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        action: NDArray[np.generic],
        reward: NDArray[np.generic],
        chance: NDArray[np.generic],
        *,
        actions: int | None = None,
        x: Floats | None = None,
        offered: NDArray[np.bool_] | None = None,
    ) -> Log:
        """Checked. A probability of 0 for what was chosen is refused: it was logged wrongly, or at another place."""
        a, r, b = np.asarray(action, np.int64), np.asarray(reward, np.float64), np.asarray(chance, np.float64)
        n = len(a)
        if n < 2 or len(r) != n or len(b) != n:
            raise InvalidInput("log", n, "needs two choices, each with a reward and a probability", "one row a choice")
        if not np.isfinite(r).all():
            raise InvalidInput("reward", "", "is missing or not finite in some row", "drop choices nobody saw")
        if not ((b > 0) & (b <= 1)).all():
            rule = "is not above 0 and at most 1 in every row"
            raise InvalidInput("probability", float(np.nanmin(b)), rule, "log it at the last point of choice")
        k = int(actions if actions is not None else a.max() + 1)
        return cls(a, r, b, np.zeros((n, 0)) if x is None else x, np.ones((n, k), bool) if offered is None else offered)

    def __len__(self) -> int:
        return len(self.action)

    def rows(self, chosen: NDArray[np.generic]) -> Log:
        """These choices."""
        parts = (self.action, self.reward, self.chance, self.x, self.offered)
        return Log(*(part[chosen] for part in parts))

    def weights(self, target: Floats) -> Floats:
        """(n,) pi(a | x) / b(a | x) of the logged actions; ``target``: (n, K) or, of the logged actions alone, (n,)."""
        return taken(self, target) / self.chance


class Estimate(Struct, frozen=True):
    """A value of the target policy, its 95 % interval and the standard error it was made of. ``settings``: as tuned."""

    name: str
    value: float
    low: float
    high: float
    error: float
    settings: dict[str, float] = {}

    @property
    def width(self) -> float:
        """Of the interval."""
        return self.high - self.low


def taken(log: Log, target: Floats) -> Floats:
    """(n,) the target's probability of each logged action."""
    return target if target.ndim == 1 else np.asarray(target[np.arange(len(log)), log.action])


def checked(log: Log, target: Floats) -> Floats:
    """The target policy; `InvalidInput` if a row is no distribution over what was offered."""
    target = np.asarray(target, np.float64)
    if len(target) != len(log) or (target < 0).any() or not np.isfinite(target).all():
        raise InvalidInput("target", len(target), "is not one row of probabilities a choice", "give (choices, actions)")
    if target.ndim == 2 and not np.allclose(target.sum(1), 1, atol=1e-6):
        raise InvalidInput("target", float(target.sum(1).min()), "rows do not add up to 1", "normalise them")
    return target


__all__ = ["Codes", "Estimate", "Floats", "Log", "checked", "encoder", "numbers", "taken"]
