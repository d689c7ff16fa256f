"""Position bias: how much of a click is due to the place. Or: "not identifiable", where the log cannot say.

The position-based model (Richardson, Dominowska, Ragno 2007): click = seen at the position and liked,
P(click at k) = theta_k alpha_item. Maximum likelihood by EM (Wang et al., WSDM 2018), on counts by item and position:

    seen = theta (1 - alpha) / (1 - theta alpha) of the impressions without a click, and all of those with one; ...

theta is known up to a factor, so theta_1 = 1. It is identified only through items that were shown at several positions.
In the Poisson approximation the information on log theta, the items profiled out, is the Laplacian L = diag(sum_i w_ik)
- sum_i w_ik w_il / sum_m w_im,  w_ik = n_ik alpha_i theta_k, singular where positions share no items: a ranker that
always gives the same order shows every item in one place, and no amount of such data says what the place is worth. A
few percent of swaps does.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

Floats = NDArray[np.float64]
STEPS = 500
UNSURE = 0.25
"""A standard error of log theta from which on a curve is noise: a quarter up or down."""
Z = 1.959963984540054


class Position(Struct, frozen=True):
    """How likely a place is looked at, compared with the first; ``low`` to ``high`` hold it in 95 % of the cases."""

    position: int
    seen: float
    low: float
    high: float


class PositionBias(Struct, frozen=True):
    """``identifiable``: whether the curve may be used; ``said`` tells why not. Without it ``positions`` are empty."""

    identifiable: bool
    said: str
    positions: tuple[Position, ...]


def position_bias(shown: Floats, clicks: Floats) -> PositionBias:
    """From (items, positions) counts of impressions and of clicks. An item may be a pair of query and document."""
    n, c = _checked(shown, clicks)
    fault = _apart(n)
    if fault:
        return PositionBias(identifiable=False, said=fault, positions=())
    theta, alpha = fitted(n, c)
    errors = standard_errors(n, theta, alpha)
    if not (errors < UNSURE).all():
        at = int(np.argmax(errors))
        said = f"not identifiable: position {at + 1} shares too few impressions of the same items with the others"
        return PositionBias(identifiable=False, said=f"{said}; let a few percent of rows swap items", positions=())
    curve = zip(theta / theta[0], errors, strict=True)
    found = tuple(
        Position(k + 1, float(t), float(t * np.exp(-Z * e)), float(t * np.exp(Z * e))) for k, (t, e) in enumerate(curve)
    )
    return PositionBias(
        identifiable=True, said="the curve is identified by items that stood in several places", positions=found
    )


def fitted(n: Floats, c: Floats, steps: int = STEPS) -> tuple[Floats, Floats]:
    """(theta, alpha) after so many steps of EM."""
    theta, alpha = np.linspace(1.0, 0.3, n.shape[1]), np.full(len(n), 0.2)
    rest = n - c
    for _ in range(steps):
        neither = 1 - np.outer(alpha, theta)
        seen = theta * (1 - alpha[:, None]) / neither
        liked = alpha[:, None] * (1 - theta) / neither
        theta = np.clip((c + rest * seen).sum(0) / n.sum(0), 1e-9, 1 - 1e-9)
        alpha = np.clip((c + rest * liked).sum(1) / n.sum(1), 1e-9, 1 - 1e-9)
    return theta, alpha


def standard_errors(n: Floats, theta: Floats, alpha: Floats) -> Floats:
    """(positions,) of log theta_k - log theta_1; infinite where the information is singular."""
    weight = n * np.outer(alpha, theta)
    total = weight.sum(1)
    laplacian = np.diag(weight.sum(0)) - (weight / np.where(total > 0, total, 1)[:, None]).T @ weight
    inner = laplacian[1:, 1:]
    if np.linalg.cond(inner) > 1e12:
        return np.concatenate([[0.0], np.full(len(inner), np.inf)])
    return np.concatenate([[0.0], np.sqrt(np.maximum(np.diag(np.linalg.inv(inner)), 0.0))])


def _checked(shown: Floats, clicks: Floats) -> tuple[Floats, Floats]:
    n, c = np.asarray(shown, np.float64), np.asarray(clicks, np.float64)
    if n.shape != c.shape or n.ndim != 2 or n.shape[1] < 2:
        raise InvalidInput("clicks", c.shape, f"has not the shape {n.shape} of the impressions", "items x positions")
    if (c > n).any() or (c < 0).any():
        raise InvalidInput("clicks", "", "are more than the impressions somewhere", "count a click once an impression")
    rows = n.sum(1) > 0
    if not rows.any() or (n.sum(0) == 0).any():
        raise InvalidInput("shown", "", "a position was never shown", "leave out positions without impressions")
    return n[rows], c[rows]


def _apart(n: Floats) -> str:
    """Why positions cannot be compared at all: no item connects them."""
    group: NDArray[np.bool_] = np.zeros(n.shape[1], np.bool_)
    group[0] = True
    for _ in range(n.shape[1]):
        group = np.asarray((n[(n[:, group] > 0).any(1)] > 0).any(0), np.bool_)
    if group.all():
        return ""
    return f"not identifiable: no item was shown both at position {int(np.argmin(group)) + 1} and at those above"
