"""What people did, looked at: ways, habits, money, groups. Nothing here is published or changes what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from msgspec import Struct

from salience.engine.contexts import said
from salience.engine.learning import Learning, Progress, silent
from salience.events import InvalidInput
from salience.mine import Rule, bgnbd, buying, gammagamma, learned_value, profiles, rules
from salience.mine.churn import Churn, churn
from salience.mine.clusters import Clustering, Method, clusters
from salience.mine.funnels import Funnel, funnel
from salience.mine.leads import Leads, leads
from salience.mine.lookalike import LookAlikes, lookalikes
from salience.mine.paths import Paths, paths
from salience.mine.profiles import Profiles
from salience.mine.purchases import Purchases
from salience.mine.retention import Period, Retention, retention
from salience.mine.rfm import RFM, rfm
from salience.mine.rules import concise
from salience.mine.sequences import Pattern, Sequences, patterns
from salience.mine.stakes import Stake, stake
from salience.mine.trends import Trend, trends
from salience.prepare.activity import DAY_MS
from salience.prepare.deeds import Deeds, deeds
from salience.prepare.quality import SourceQuality, quality
from salience.prepare.sources import sources


class Worth(Struct, frozen=True):
    """What a customer is worth: ``purchases`` and ``value`` of the coming weeks, the chance to be still one."""

    customer: str
    alive: float
    purchases: float
    value: float


class Worths(Struct, frozen=True):
    """Customers with the largest value first, and the models behind the figures.

    ``model``: which of `salience.mine.buying` foresaw best on the last third of the log; ``bgnbd``: BG/NBD's letters in
    any case. ``learned``: what a correction of the model would have gained on an earlier part of the log, whether it is
    used, and what it looks at; None where the log is shorter than twice the weeks.
    """

    weeks: int
    customers: tuple[Worth, ...]
    bgnbd: dict[str, float]
    gammagamma: dict[str, float] | None
    learned: dict[str, float] | None = None
    model: str = buying.BGNBD


def rfm_of(customers: Sequence[str], days: Sequence[int], values: Sequence[float] | None) -> RFM:
    """The same for purchases out of a file."""
    known = Purchases.of(customers, days, values)
    return rfm(known, int(known.days.max()))


def clusters_of(
    table: Any, columns: Sequence[str], *, k: int | None = None, method: Method = "kmeans", seed: int = 0
) -> Clustering:
    """The same for a table out of a file: (rows, columns) of numbers."""
    return clusters(np.asarray(table, np.float64), columns, k=k, method=method, seed=seed)


def stakes_of(found: Sequence[Rule], paid: Mapping[str, float]) -> list[Stake]:
    """What each rule is worth; without prices in baskets alone."""
    return [stake(rule, paid.get(rule.right, 0.0) if paid else None) for rule in found]


class Mining(Learning):
    """The verbs of looking for patterns."""

    _deeds: tuple[int, Deeds] | None = None

    def deeds(self, progress: Progress = silent) -> Deeds:
        """Everything people did, without machines and without those who said no. Kept until the log grows."""
        as_of = self.follower.catch_up(self.now())
        if self._deeds is None or self._deeds[0] != as_of:
            every = deeds(self._chunks(progress), said(self.settings))
            self._deeds = as_of, every.without(name for name in every.users.names if not self._may_learn(name))
        return self._deeds[1]

    def quality(self, *, recent: int = 7, before: int = 28, progress: Progress = silent) -> list[SourceQuality]:
        """The state of each source up to the newest event, with alarms where something moved."""
        found = sources(self._chunks(progress))
        last = max((day for days in found.values() for day in days), default=0)
        return quality(found, (last + 1) * DAY_MS, recent=recent, before=before)

    def rules(
        self,
        *,
        min_support: float,
        min_confidence: float,
        limit: int = 1000,
        by: str = "user",
        every: bool = True,
        sort: str = "lift",
    ) -> list[Rule]:
        """Association rules over what a person wanted, met in one visit, or bought in one order.

        Without ``every`` those that say nothing new are left out (`salience.mine.rules.concise`). First come those of
        largest ``sort``: "lift", or what they are surely worth (low ends of `salience.mine.stakes`) in "baskets" beyond
        chance or "money".
        """
        if by == "user":
            data, _ = self.interactions()
            baskets, items = data.matrix, data.items
        else:
            of = self.deeds()
            baskets, items = of.baskets(by), of.items
        if not baskets.shape[0]:
            raise InvalidInput("by", by, "there are no baskets", "look by user, or import purchases first")
        found = rules(baskets, items, min_support=min_support, min_confidence=min_confidence)
        if sort != "lift":
            paid = self.paid(by) if sort == "money" else {}
            if sort == "money" and not paid:
                raise InvalidInput("sort", sort, "no purchase has a price", "import prices, or sort by lift or baskets")
            worth = {rule: stake(rule, paid.get(rule.right, 0.0)) for rule in found}
            found.sort(key=lambda rule: -(worth[rule].money_low or 0.0) if paid else -worth[rule].baskets_low)
        return (found if every else concise(found))[:limit]

    def paid(self, by: str) -> dict[str, float]:
        """Item -> what was paid for it on average in a basket (`rules`) in which it was bought; none without prices."""
        of = self.deeds()
        bought = of.of("purchase") & (of.columns["item"] >= 0)
        if not of.columns["value"][bought].any():
            return {}
        rows = of.where(bought)
        key = rows.grouped(by)[1] if by != "user" else rows.columns["user"].astype(np.int64)
        item, size = rows.columns["item"].astype(np.int64), len(of.items)
        baskets = np.bincount(np.unique(key * size + item) % size, minlength=size)
        money = np.bincount(item, rows.columns["value"], minlength=size)
        return {of.items.names[code]: float(money[code] / baskets[code]) for code in np.flatnonzero(baskets).tolist()}

    def sequences(
        self, *, by: str = "step", within: str = "user", min_support: float, longest: int = 6, limit: int = 1000
    ) -> list[Pattern]:
        """What people do one after the other: steps, items or categories, over all their time or within visits."""
        of = self.deeds()
        if within not in ("user", "visit"):
            raise InvalidInput("within", within, "must be user or visit")
        names, rows, codes = _sequence_of(of, by)
        group = of.columns[within][rows]
        if by != "item":  # three things looked at in a row are one look; an item bought again is news
            fresh = np.ones(len(codes), bool)
            fresh[1:] = (codes[1:] != codes[:-1]) | (group[1:] != group[:-1])
            group, codes = group[fresh], codes[fresh]
        made = Sequences.of(names, group, codes)
        return patterns(made, min_support=min_support, longest=longest)[:limit]

    def paths(self, *, goal: str = "", limit: int = 20) -> Paths:
        """Ways through visits, with what comes next and where people leave."""
        return paths(self.deeds(), goal=goal, limit=limit)

    def funnel(self, steps: Sequence[str], *, window_hours: float = 720.0, by: str = "user") -> Funnel:
        """How many come from the first step to the last."""
        return funnel(self.deeds(), steps, window_hours=window_hours, by=by)

    def retention(self, *, period: Period = "week", periods: int = 12, steps: tuple[str, ...] = ()) -> Retention:
        """Who comes back, by the time of the first deed."""
        return retention(self.deeds(), period=period, periods=periods, steps=steps)

    def trends(self, *, weeks: int = 4, by: str = "item", limit: int = 20) -> list[Trend]:
        """What is wanted more, or less, than before."""
        return trends(self.deeds(), weeks=weeks, by=by, limit=limit)

    def purchases(self) -> Purchases:
        """Who bought when, for how much."""
        of = self.deeds()
        bought = of.of("purchase")
        if not bought.any():
            raise InvalidInput("purchases", 0, "nobody has bought anything yet", "import purchases first")
        names = [of.users.names[code] for code in of.columns["user"][bought].tolist()]
        value = of.columns["value"][bought]
        worth: Any = value if value.any() else None  # without prices every purchase counts as 1
        return Purchases.of(names, of.columns["time"][bought] // DAY_MS, worth)

    def last_purchase(self) -> date:
        """The day (UTC) that recency is counted back from, and what is to come counts on from."""
        of = self.deeds()
        newest = int(of.columns["time"][of.of("purchase")].max(initial=0))
        return datetime.fromtimestamp(newest / 1000, UTC).date()

    def priced(self) -> bool:
        """Whether any purchase has a price; else each counts as 1 wherever money is meant."""
        of = self.deeds()
        return bool(of.columns["value"][of.of("purchase")].any())

    def spent(self) -> dict[str, float]:
        """Person -> all that they paid; none without prices."""
        of = self.deeds()
        total = np.bincount(of.columns["user"], of.columns["value"], minlength=len(of.users))
        return {of.users.names[code]: float(total[code]) for code in np.flatnonzero(total).tolist()}

    def rfm(self) -> RFM:
        """Recency, frequency and money up to the last day with a purchase."""
        known = self.purchases()
        return rfm(known, int(known.days.max()))

    def churn(self, *, weeks: int = 13) -> Churn:
        """Who has gone quiet, and what is at stake."""
        known = self.purchases()
        return churn(known, int(known.days.max()), weeks=weeks)

    def worth(self, *, weeks: int = 52) -> Worths:
        """What each customer will still buy, and for how much."""
        if weeks < 1:
            raise InvalidInput("weeks", weeks, "must be at least 1")
        known = self.purchases()
        today = int(known.days.max())
        past = known.until(today)
        choice, plain = buying.choose(known, today), bgnbd.fit(past)
        model = plain if choice.name == buying.BGNBD else choice.fit(past)
        better = learned_value.fit(known, today, weeks, base_fit=choice.fit)
        expected, alive = model.expected(past, weeks), model.alive(past)
        if better is not None:
            expected = better.expected(known, model, today)
        spend = gammagamma.fit(past) if ((past.frequency > 0) & (past.spend > 0)).sum() > 1 else None
        value = expected * (spend.expected(past) if spend else 1.0)
        found = [
            Worth(known.customers[code], float(a), float(n), float(v))
            for code, a, n, v in zip(past.codes.tolist(), alive, expected, value, strict=True)
        ]
        found.sort(key=lambda one: (-one.value, one.customer))
        money = {"p": spend.p, "q": spend.q, "gamma": spend.gamma} if spend else None
        letters = {"r": plain.r, "alpha": plain.alpha, "a": plain.a, "b": plain.b}
        told = {name: float(getattr(better, name)) for name in ("gain", "low", "high", "used")} if better else None
        return Worths(weeks, tuple(found), letters | {"log_likelihood": plain.log_likelihood}, money, told, choice.name)

    def leads(self, *, goal: str = "purchase", days: int = 14) -> Leads:
        """Points for what people did lately, learned from who reached the goal."""
        of = self.deeds()
        moment = int(of.columns["time"].max()) + 1 if len(of) else 0
        return leads(of, moment, goal=goal, days=days)

    def lookalikes(self, users: Sequence[str], *, limit: int = 100, seed: int = 0) -> LookAlikes:
        """People who are like the named ones."""
        data, _ = self.interactions()
        return lookalikes(data, users, limit=limit, seed=seed)

    def profiles(self, of: str = "people") -> Profiles:
        """People or items as rows of numbers."""
        did = self.deeds()
        moment = int(did.columns["time"].max()) + 1 if len(did) else 0
        if of not in ("people", "items"):
            raise InvalidInput("of", of, "must be people or items")
        return profiles.of_people(did, moment) if of == "people" else profiles.of_items(did, moment)

    def clusters(
        self, *, of: str = "people", k: int | None = None, method: Method = "kmeans", seed: int = 0
    ) -> tuple[Clustering, Profiles]:
        """Groups of people or items by what they did, and the rows that were grouped."""
        rows = self.profiles(of)
        return clusters(rows.table, rows.columns, k=k, method=method, seed=seed), rows

    def _may_learn(self, person: str) -> bool:
        return self.people.may(person, "train").allowed


def _sequence_of(of: Deeds, by: str) -> tuple[Any, Any, Any]:
    """(names, rows, codes). An item of several categories counts for the first, which shops put first."""
    from salience.events.interactions import IdMap

    if by == "step":
        return of.steps, np.ones(len(of), bool), of.columns["step"]
    rows = of.columns["item"] >= 0
    if by == "item":
        return IdMap(tuple(of.items.names)), rows, of.columns["item"][rows]
    if by != "category":
        raise InvalidInput("by", by, "must be one of step, item, category")
    first = [names[0] if names else "" for names in of.categories]
    known = IdMap.of(name for name in first if name)
    codes = np.array([known.codes.get(name, -1) for name in first], np.int64)[of.columns["item"][rows]]
    rows[np.flatnonzero(rows)[codes < 0]] = False
    return known, rows, codes[codes >= 0]
