"""Lead scores: points for what somebody did lately, learned from who reached the goal, as a card that can be read.

A scorecard (Siddiqi 2006) on weights of evidence: each habit is cut into a few bands, a band's points are

    points = (20 / ln 2) x ln(share of goals in the band / share of the others in the band)

so 20 points double the odds. Bands are counted with half a case more on both sides (Jeffreys), which draws rare ones
to 0. Habits overlap, so each is scaled by a ridge logistic regression on the weights of evidence. The card is learned
at one moment and judged at a later one; if it is no better than chance there, the answer says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import optimize, special

from salience.events import InvalidInput
from salience.mine.churn import auc
from salience.prepare.activity import DAY_MS
from salience.prepare.deeds import Deeds

DOUBLE = 20.0
"""Points that double the odds."""

BANDS = (1.0, 2.0, 4.0, 8.0)
"""Edges of counts: none, 1, 2-3, 4-7, 8 and more."""

AGES = (1.0, 3.0, 7.0, 14.0, 30.0)
"""Edges of days since the newest deed."""

LEAST = 20
RIDGE = 1.0
WINDOWS = (7, 30)

Numbers = NDArray[np.float64]


class Band(Struct, frozen=True):
    """``points`` for being in this band of the habit; ``people`` were in it, ``goals`` of them reached the goal."""

    habit: str
    band: str
    points: int
    people: int
    goals: int


class Lead(Struct, frozen=True):
    """``score`` is the sum of the points, ``chance`` to reach the goal in the coming days, ``why`` the best bands."""

    user: str
    score: int
    chance: float
    why: tuple[str, ...]


class Leads(Struct, frozen=True):
    """``auc`` and ``top_tenth`` (goals among the best tenth over all goals' rate) on the later moment."""

    goal: str
    days: int
    card: tuple[Band, ...]
    leads: tuple[Lead, ...]
    auc: float | None
    top_tenth: float | None
    rate: float
    verdict: str


def leads(of: Deeds, moment: int, *, goal: str = "purchase", days: int = 14) -> Leads:
    """Learned ``2 * days`` before ``moment`` (ms), judged ``days`` before it, applied at it."""
    if goal not in of.steps.codes:
        raise InvalidInput("goal", goal, "nobody ever did this", f"known: {', '.join(sorted(of.steps.names)[:12])}")
    if days < 1:
        raise InvalidInput("days", days, "must be at least 1", "14 is two weeks")
    span = days * DAY_MS
    learn, test = _Sheet(of, moment - 2 * span), _Sheet(of, moment - span)
    reached = learn.reached(goal, span)
    if min(int(reached.sum()), int((~reached).sum())) < LEAST:
        rule = f"fewer than {LEAST} people did it, or did not, in the {days} days to learn from"
        raise InvalidInput("goal", goal, rule, "choose a commoner goal, or more days")
    card = _Card(learn.habits, learn.table, reached)
    later = test.reached(goal, span)
    told = card.chances(test.table)
    found, top = auc(told, later), _top_tenth(told, later)
    now = _Sheet(of, moment)
    final = _Card(test.habits, test.table, later) if min(later.sum(), (~later).sum()) >= LEAST else card
    score, chance = final.scores(now.table), final.chances(now.table)
    order = np.lexsort((now.users, -chance))
    return Leads(
        goal=goal,
        days=days,
        card=tuple(final.bands()),
        leads=tuple(
            Lead(of.users.names[now.users[at]], int(score[at]), float(chance[at]), final.why(now.table[at]))
            for at in order.tolist()
        ),
        auc=found,
        top_tenth=top,
        rate=float(later.mean()) if len(later) else 0.0,
        verdict=_verdict(found, top, later, days),
    )


class _Sheet:
    """Everybody with a deed before ``moment``, and their habits: a count per step and window, and days of silence."""

    def __init__(self, of: Deeds, moment: int) -> None:
        self.of, self.moment = of, moment
        time = of.columns["time"]
        before = time < moment
        self.users, who = np.unique(of.columns["user"][before], return_inverse=True)
        age = (moment - time[before]) / DAY_MS
        step = of.columns["step"][before]
        n = len(self.users)
        habits: list[str] = ["days silent"]
        silent = np.full(n, np.inf)
        np.minimum.at(silent, who, age)
        table: list[Numbers] = [silent]
        common = np.bincount(of.columns["step"], minlength=len(of.steps))
        for code in np.argsort(-common, kind="stable")[:20].tolist():
            for window in WINDOWS:
                habits.append(f"{of.steps.names[code]} in {window} days")
                inside = (step == code) & (age <= window)
                table.append(np.bincount(who[inside], minlength=n).astype(np.float64))
        self.habits, self.table = tuple(habits), np.column_stack(table) if n else np.zeros((0, len(habits)))

    def reached(self, goal: str, span: int) -> NDArray[np.bool_]:
        """Whether each of these people did it within ``span`` from the moment on."""
        time = self.of.columns["time"]
        inside = (time >= self.moment) & (time < self.moment + span) & self.of.of(goal)
        found: NDArray[np.bool_] = np.isin(self.users, self.of.columns["user"][inside])
        return found


class _Card:
    """Weights of evidence per habit and band, and the weight of each habit."""

    def __init__(self, habits: Sequence[str], table: Numbers, reached: NDArray[np.bool_]) -> None:
        self.habits = habits
        band = self._bands(table)
        self.size, self.goals, self.evidence = [], [], []
        for at in range(len(habits)):
            k = len(_edges(habits[at])) + 1
            goals = np.bincount(band[:, at], weights=reached, minlength=k)
            size = np.bincount(band[:, at], minlength=k)
            p = (goals + 0.5) / (reached.sum() + 0.5 * k)
            q = (size - goals + 0.5) / ((~reached).sum() + 0.5 * k)
            self.size.append(size)
            self.goals.append(goals.astype(np.int64))
            self.evidence.append(np.where(size > 0, np.log(p / q), 0.0))
        X = self._weighed(band)
        self.base, self.weights = _logistic(X, reached.astype(np.float64))

    def _bands(self, table: Numbers) -> NDArray[np.int64]:
        return np.column_stack(
            [np.searchsorted(_edges(habit), table[:, at], "right") for at, habit in enumerate(self.habits)]
        ).astype(np.int64)

    def _weighed(self, band: NDArray[np.int64]) -> Numbers:
        return np.column_stack([self.evidence[at][band[:, at]] for at in range(len(self.habits))])

    def scores(self, table: Numbers) -> NDArray[np.int64]:
        band = self._bands(table)
        total = np.zeros(len(table), np.int64)
        for at in range(len(self.habits)):
            total += self._points(at)[band[:, at]]
        return total

    def chances(self, table: Numbers) -> Numbers:
        return np.asarray(special.expit(self.base + self._weighed(self._bands(table)) @ self.weights))

    def _points(self, at: int) -> NDArray[np.int64]:
        points = DOUBLE / np.log(2) * self.weights[at] * self.evidence[at]
        return np.asarray(np.rint(points), np.int64)

    def bands(self) -> list[Band]:
        """All that give or take a point, habits with the widest range first."""
        made = []
        order = sorted(range(len(self.habits)), key=lambda at: -int(np.ptp(self._points(at))))
        for at in order:
            for place, points in enumerate(self._points(at).tolist()):
                if points and self.size[at][place]:
                    size, goals = int(self.size[at][place]), int(self.goals[at][place])
                    made.append(Band(self.habits[at], _label(_edges(self.habits[at]), place), points, size, goals))
        return made

    def why(self, row: Numbers) -> tuple[str, ...]:
        """The two bands that gave most points."""
        band = self._bands(row[None, :])[0]
        points = [int(self._points(at)[band[at]]) for at in range(len(self.habits))]
        best = sorted(range(len(points)), key=lambda at: -points[at])[:2]
        told = ((self.habits[at], _label(_edges(self.habits[at]), int(band[at])), points[at]) for at in best)
        return tuple(f"{habit}: {label} ({count:+d})" for habit, label, count in told if count > 0)


def _edges(habit: str) -> tuple[float, ...]:
    return AGES if habit == "days silent" else BANDS


def _label(edges: Sequence[float], place: int) -> str:
    """``none``, ``1``, ``2-3``, ``8+`` of counts; ``under 1``, ``1-3``, ``30+`` of days.

    >>> [_label(BANDS, place) for place in range(5)], [_label(AGES, place) for place in (0, 1, 5)]
    (['none', '1', '2-3', '4-7', '8+'], ['under 1', '1-3', '30+'])
    """
    counts = tuple(edges) == BANDS
    if place == 0:
        return "none" if counts else f"under {edges[0]:g}"
    if place == len(edges):
        return f"{edges[-1]:g}+"
    low, high = edges[place - 1], edges[place] - counts
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def _logistic(X: Numbers, y: Numbers) -> tuple[float, Numbers]:
    """(base, weights >= 0) of a ridge regression around the weights 0: a habit may not turn against its evidence."""

    def loss(beta: Numbers) -> tuple[float, Numbers]:
        z = beta[0] + X @ beta[1:]
        p = special.expit(z)
        value = float(np.logaddexp(0, z).sum() - y @ z + RIDGE / 2 * beta[1:] @ beta[1:])
        back = np.concatenate(([np.sum(p - y)], X.T @ (p - y) + RIDGE * beta[1:]))
        return value, back

    bounds = [(None, None)] + [(0.0, None)] * X.shape[1]
    start = np.concatenate(([special.logit(y.mean())], np.full(X.shape[1], 0.1)))
    best = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(best[0]), np.asarray(best[1:])


def _top_tenth(told: Numbers, later: NDArray[np.bool_]) -> float | None:
    """How many times the rate of everybody the best tenth has."""
    best = np.argsort(-told, kind="stable")[: max(1, len(told) // 10)]
    return float(later[best].mean() / later.mean()) if len(later) and later.any() else None


def _verdict(found: float | None, top: float | None, later: NDArray[np.bool_], days: int) -> str:
    if found is None or top is None:
        return f"nobody, or everybody, reached the goal in the last {days} days: the card could not be judged"
    n, m = int(later.sum()), int((~later).sum())
    chance = float(np.sqrt((n + m + 1) / (12 * n * m)))
    best = f"the best tenth reached the goal {top:.1f} times as often as everybody"
    told = f"on the last {days} days, not learned from: AUC {found:.2f}, {best}"
    return told if found > 0.5 + 2 * chance else f"no signal: {told}"
