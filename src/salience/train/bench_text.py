"""The protocol ``text``: families of grams, each learned in three ways, judged by folds of the training part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.evaluate.intervals import mean
from salience.events.fault import InvalidInput
from salience.models.text_classifier import Floats, Linear, Loss, centred, counted, dense, fit, joined
from salience.models.text_embedder import EMBEDDERS, TextEmbedder
from salience.models.text_grams import FAMILIES, Grams
from salience.train.bench_outcome import Bench, Columns, Outcome, Trial, versions

LOSSES: tuple[tuple[Loss, float], ...] = (("logistic", 16.0), ("hinge", 1.0))
FOLDS = 3
Fit = Callable[[Any, NDArray[np.int64], int], Linear]


@dataclass(frozen=True)
class Part:
    """One way to tell labels: which rows it reads, how it is fitted, and its odds out of fold."""

    name: str
    settings: dict[str, Any]
    fit: Fit
    rows: Any
    read: Callable[[Sequence[str]], Any]
    odds: Floats


def text(
    train: Sequence[tuple[str, str]],
    test: Sequence[tuple[str, str]],
    bench: Bench,
    embedder: TextEmbedder | None = None,
) -> tuple[Outcome, Columns]:
    """Pairs (label, text). (outcome, columns row, prediction). ``embedder`` adds its vectors as one more part."""
    began = bench.clock()
    names = sorted({label for label, _ in train})
    if len(names) < 2 or len(train) < 2 * FOLDS:
        raise InvalidInput("train", len(train), "has too few texts or one label only", "give texts of both classes")
    labels = np.array([names.index(label) for label, _ in train])
    texts = [text for _, text in train]
    folds = np.random.default_rng(bench.seed).permutation(len(labels)) % FOLDS
    parts: list[Part] = []
    tried: list[Trial] = []
    complete = True
    for name, settings, how, rows, read in _ways(texts, embedder):
        if parts and bench.clock() - began > bench.minutes * 30:
            complete = False
            break
        with bench.meter() as cost:
            odds: Floats = np.zeros((len(labels), len(names)))
            for fold in range(FOLDS):
                inside = folds != fold
                odds[~inside] = how(rows[inside], labels[inside], len(names)).log_odds(rows[~inside])
        parts.append(Part(name, settings, how, rows, read, centred(odds)))
        tried.append(_trial(name, settings, _right(odds, labels, bench.seed), cost.seconds, cost.peak_bytes))
        bench.progress(f"try {name}", len(parts), 0)
    with bench.meter() as cost:
        weights = joined([part.odds for part in parts], labels)
        others = np.concatenate([joined([p.odds[folds != f] for p in parts], labels[folds != f]) for f in range(FOLDS)])
        crossed = others.reshape(FOLDS, -1)[folds]
        blend = np.einsum("tm,mtk->tk", crossed, np.stack([part.odds for part in parts]))
    chances = _right(blend, labels, bench.seed)
    tried.append(_trial("blend", {}, chances, cost.seconds, cost.peak_bytes))
    total = np.zeros((len(test), len(names)))
    asked = [text for _, text in test]
    for part, weight in zip(parts, weights, strict=True):
        if weight > 1e-6:
            total += weight * centred(part.fit(part.rows, labels, len(names)).log_odds(part.read(asked)))
    told = np.array(names, dtype=object)[total.argmax(axis=1)]
    right = mean(np.array([a == b for a, (b, _) in zip(told, test, strict=True)], dtype=np.float64), seed=bench.seed)
    shares = weights / max(float(weights.sum()), 1e-12)
    outcome = Outcome(
        task="text", metric="accuracy", judged_on=f"validation: {FOLDS} folds of the training part",
        leaderboard=tuple(sorted(tried, key=lambda t: -t.value)), chosen="blend",
        settings={p.name: round(float(share), 3) for p, share in zip(parts, shares, strict=True) if share > 1e-3},
        metrics={"accuracy": right}, totals={},
        sizes={"rows": len(train), "tests": len(test), "classes": len(names)},
        seed=bench.seed, complete=complete, seconds=round(bench.clock() - began, 3), versions=versions(),
    )  # fmt: skip
    return outcome, {"row": np.arange(len(told)), "prediction": told}


def embedder_of(name: str | None) -> TextEmbedder | None:
    """The embedder of that name; None without one."""
    return EMBEDDERS[name]() if name else None


def _ways(
    texts: Sequence[str], embedder: TextEmbedder | None
) -> Iterator[tuple[str, dict[str, Any], Fit, Any, Callable[[Sequence[str]], Any]]]:
    """(name, settings, how it is fitted, rows of the texts, how others are read), the most telling first."""
    if embedder is not None:
        vectors = embedder.embed(texts).astype(np.float64)
        for strength in (16.0, 1.0):
            yield (
                f"{embedder.name} {strength:g}",
                {"strength": strength},
                _at(dense, strength),
                vectors,
                _vectors(embedder),
            )
    made = {}
    for loss, strength in LOSSES:
        for family in FAMILIES:
            if family not in made:
                grams = Grams.of(texts, family)
                made[family] = grams, grams.rows(texts)
            grams, rows = made[family]
            yield f"{family} {loss}", {"strength": strength}, _at(fit, strength, loss), rows, grams.rows
            if loss == "logistic" and family != "letters":
                yield f"{family} counted", {}, counted, rows, grams.rows


def _at(how: Callable[..., Linear], *settings: float | str) -> Fit:
    return lambda rows, labels, classes: how(rows, labels, classes, *settings)


def _vectors(embedder: TextEmbedder) -> Callable[[Sequence[str]], Floats]:
    return lambda texts: embedder.embed(texts).astype(np.float64)


def _right(odds: Floats, labels: NDArray[np.int64], seed: int) -> Any:
    return mean((odds.argmax(axis=1) == labels).astype(np.float64), seed=seed)


def _trial(name: str, settings: dict[str, Any], right: Any, seconds: float, peak_bytes: int) -> Trial:
    return Trial(name=name, settings=settings, value=right.value, low=right.low, high=right.high,
                 seconds=round(seconds, 3), peak_bytes=peak_bytes)  # fmt: skip
