"""Checks 23, 24, 25 and 30: what a position is worth, pacing, calibrated click-through, and a floor of benefit."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from salience.optimise.attention.calibration import Calibrator, calibration, resampled
from salience.optimise.attention.pacing import Pacer
from salience.optimise.attention.position_bias import Floats, position_bias
from salience.optimise.attention.purse import Purse
from salience.optimise.attention.wellbeing import Floor, allocation
from tests.checks.figure import INFINITY, Check, Figure, Size, at_least, at_most

QUERIES, DOCUMENTS, PLACES = 100, 30, 10


def clicks(tau: float, sessions: int, seed: int) -> tuple[Floats, Floats]:
    """(shown, clicked) by document and place. The ranker knows attraction roughly; Gumbel noise times tau moves it."""
    rng = np.random.default_rng(seed)
    liked = rng.beta(1, 4, (QUERIES, DOCUMENTS))
    score = liked + rng.normal(0, 0.15, liked.shape)
    seen = 1 / np.arange(1, PLACES + 1)
    shown, clicked = np.zeros((QUERIES * DOCUMENTS, PLACES)), np.zeros((QUERIES * DOCUMENTS, PLACES))
    for _ in range(sessions // 10_000):
        query = rng.integers(0, QUERIES, 10_000)
        noisy = score[query] + tau * rng.gumbel(size=(10_000, DOCUMENTS))
        row = np.argsort(-noisy, axis=1)[:, :PLACES]
        hit = rng.random(row.shape) < liked[query[:, None], row] * seen
        place = (query[:, None] * DOCUMENTS + row) * PLACES + np.arange(PLACES)
        shown += np.bincount(place.ravel(), minlength=shown.size).reshape(shown.shape)
        clicked += np.bincount(place.ravel(), hit.ravel(), shown.size).reshape(shown.shape)
    return shown, clicked


def positions(size: Size) -> Iterator[Figure]:
    """The error of the curve with a little noise in the ranking, and the answer where there is none."""
    sessions, seeds = (100_000, 1) if size == "quick" else (100_000, 5)
    for tau, target in ((0.05, 0.045), (0.2, 0.015)):
        errors, held = [], []
        for seed in range(seeds):
            found = position_bias(*clicks(tau, sessions, seed))
            truth = 1 / np.arange(1, PLACES + 1)
            errors.append(np.mean([abs(one.seen / truth[one.position - 1] - 1) for one in found.positions[1:]]))
            held += [one.low <= truth[one.position - 1] <= one.high for one in found.positions[1:]]
        name = f"error of the curve, noise {tau}"
        yield at_most(name, float(np.mean(errors)), target, note=f"{np.mean(held):.0%} of the intervals hold the truth")
    refused = [not position_bias(*clicks(0.0, 20_000, seed)).identifiable for seed in range(seeds)]
    yield at_least("without noise: not identifiable", float(np.mean(refused)), 1.0, runs=seeds)


def auctions(seed: int) -> tuple[Floats, Floats, float]:
    """(values, prices over one day, budget: 30 % of what buying everything worth its price would cost)."""
    rng, n = np.random.default_rng(seed), 20_000
    value = rng.beta(2, 5, n)
    price = np.exp(rng.normal(-1.6, 0.6, n)) * (1 + 0.5 * np.sin(2 * np.pi * np.arange(n) / n))
    return value, price, 0.3 * float(price[value >= price].sum())


def hindsight(value: Floats, price: Floats, budget: float) -> float:
    """The value of the best purchases for the budget, the last of them in part."""
    order = np.argsort(-value / price)
    order = order[value[order] >= price[order]]
    whole = int(np.searchsorted(price[order].cumsum(), budget, side="right"))
    spent = float(price[order[:whole]].sum())
    part = (budget - spent) / price[order[whole]] * value[order[whole]] if whole < len(order) else 0.0
    return float(value[order[:whole]].sum() + part)


def day(seed: int) -> tuple[float, float, float]:
    """(value over hindsight, share of the budget spent, when 98 % of it were spent)."""
    value, price, budget = auctions(seed)
    pacer, won = Pacer(budget, len(value)), 0.0
    spent = np.zeros(len(value))
    for at in range(len(value)):
        paid = float(price[at]) if pacer.bid(float(value[at])) >= price[at] else 0.0
        pacer.settle(paid)
        won += float(value[at]) * (paid > 0)
        spent[at] = paid
    share = spent.cumsum() / budget
    late = float(np.argmax(share >= 0.98) / len(value)) if share[-1] >= 0.98 else 1.0
    return won / hindsight(value, price, budget), float(share[-1]), late


def pacing(size: Size) -> Iterator[Figure]:
    """Ten days of 20,000 auctions; then sixteen workers at one purse."""
    days = np.array([day(seed) for seed in range(2 if size == "quick" else 10)])
    yield at_least("value over hindsight, mean", float(days[:, 0].mean()), 0.97)
    yield at_least("share of the budget spent, least", float(days[:, 1].min()), 0.98)
    yield at_most("share of the budget spent, most", float(days[:, 1].max()), 1.0)
    yield at_least("98 % spent, earliest time of the day", float(days[:, 2].min()), 0.95)
    purse, rounds = Purse(100.0), 500 if size == "quick" else 5_000

    def worker(seed: int) -> float:
        rng, most = np.random.default_rng(seed), 0.0
        for offer, part in rng.random((rounds, 2)):
            if purse.reserve(float(offer)):
                most = max(most, purse.spent + purse.held)
                purse.settle(float(offer), float(offer * part))
        return most

    with ThreadPoolExecutor(16) as pool:
        most = max(pool.map(worker, range(16)))
    yield at_most("most of a limit of 100 taken by 16 workers at once", max(most, purse.spent), 100.0 + 1e-9)
    yield at_least("spent of it in the end", purse.spent, 99.0)


def drifting(size: Size) -> Iterator[Figure]:
    """Impressions whose rate falls by half and whose model grows stale; it was fitted on 10 % of the non-clicks."""
    batches, batch, kept = (150 if size == "quick" else 1_000), 4_000, 0.1
    rng, made = np.random.default_rng(25), Calibrator()
    predicted, plain, outcome = [], [], []
    walk = np.cumsum(rng.normal(0, 0.01, batches))
    for at in range(batches):
        then = at / batches
        x = rng.normal(size=batch)
        truth = 1 / (1 + np.exp(-(-3.2 - 0.7 * then + walk[at] + (1.0 - 0.3 * then) * x)))
        model = 1 / (1 + np.exp(-(-3.0 - np.log(kept) + 1.2 * x)))  # stale, over-confident, and down-sampled
        clicked = (rng.random(batch) < truth).astype(float)
        p = resampled(model, kept)
        if at >= batches // 2:
            predicted.append(made.predict(p))
            plain.append(p)
            outcome.append(clicked)
        made.learn(p, clicked)
    y = np.concatenate(outcome)
    found, stale = calibration(np.concatenate(predicted), y), calibration(np.concatenate(plain), y)
    slack = 0.03 if size == "quick" else 0.0
    note = f"{len(y):,} impressions; uncorrected {stale.ratio:.2f}"
    yield Figure("expected over actual clicks", found.ratio, (0.98 - slack, 1.02 + slack), note=note)
    ratios = [one.ratio for one in found.deciles]
    yield Figure("the same, lowest of ten deciles", min(ratios), (0.9 - 3 * slack, INFINITY))
    yield Figure("the same, highest of ten deciles", max(ratios), (-INFINITY, 1.1 + 3 * slack))


def benefit(size: Size) -> Iterator[Figure]:
    """Ten choices whose clicks and benefit pull apart; the floor is at 60 % of the range of benefit."""
    runs, settings = (30, ((20_000, 0.5),)) if size == "quick" else (400, ((20_000, 0.5), (50_000, 0.2)))
    for rounds, answering in settings:
        attention, over = _shown(runs, rounds, answering, floored=True)
        name = f"{rounds:,} rounds, {answering:.0%} answer"
        low = 0.95 - (0.05 if size == "quick" else 0.0)
        yield at_least(f"floor held, {name}", float((over >= 0).mean()), low, runs=runs)
        yield at_least(f"attention over the constrained optimum, {name}", float(attention.mean()), 0.95)
    attention, over = _shown(runs, 5_000, 0.5, floored=False)
    note = f"attention {attention.mean():.2f} of the constrained optimum"
    yield at_most("floor held without the constraint", float((over >= 0).mean()), 0.05, runs=runs, note=note)


def _shown(runs: int, rounds: int, answering: float, *, floored: bool) -> tuple[Floats, Floats]:
    """(runs,) attention over the constrained optimum, and mean benefit over the floor."""
    rng, choices, batch, spread = np.random.default_rng(30), 10, 50, 0.35
    c = rng.uniform(0.05, 0.5, (runs, choices))
    b = np.clip(0.85 - 1.2 * c + rng.normal(0, 0.08, c.shape), 0.02, 0.98)
    floor = b.min(1) + 0.6 * (b.max(1) - b.min(1))
    best = (allocation(c, b, floor) * c).sum(1)
    made = Floor(floor if floored else np.full(runs, -1.0), choices, spread)
    for _ in range(rounds // batch):
        shown = rng.multinomial(batch, made.probabilities()).astype(float)
        answered = rng.binomial(shown.astype(int), answering).astype(float)
        answers = answered * b + np.sqrt(answered) * 0.3 * rng.normal(size=c.shape)
        made.learn(shown, rng.binomial(shown.astype(int), c).astype(float), answered, answers)
    return (made.shown * c).sum(1) / rounds / best, (made.shown * b).sum(1) / rounds - floor


CHECKS = (
    Check(23, "what a position is worth", positions),
    Check(24, "pacing", pacing),
    Check(25, "click-through under drift", drifting),
    Check(30, "a floor of benefit", benefit),
)
