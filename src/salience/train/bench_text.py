"""The protocol ``text``: families of grams, each learned in three ways, judged by folds of the training part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from salience.evaluate.intervals import mean
from salience.events.fault import InvalidInput
from salience.models.text.classifier import Floats, Linear, Loss, centred, counted, dense, fit, joined
from salience.models.text.embedder import EMBEDDERS, Remembered, TextEmbedder
from salience.models.text.grams import FAMILIES, Grams
from salience.train.bench_outcome import Bench, Columns, Outcome, Trial, versions
from salience.train.predict.folds import dealt

LOSSES: tuple[tuple[Loss, float], ...] = (("logistic", 16.0), ("hinge", 1.0))
FOLDS = 3
BLEND = "blend"
LEAST_WEIGHT, SHOWN = 1e-6, 1e-3  # of a part: below, it is not fitted, and not named
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


@dataclass(frozen=True)
class Learned:
    """The parts with their weights, the labels' names and the rows' places among them; ``tried``, the blend last."""

    parts: tuple[Part, ...]
    weights: Floats
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    tried: tuple[Trial, ...]
    complete: bool

    def tell(self, texts: Sequence[str]) -> list[str]:
        """The likeliest label of each text."""
        total = np.zeros((len(texts), len(self.names)))
        for part, weight in zip(self.parts, self.weights, strict=True):
            if weight > LEAST_WEIGHT:
                fitted = part.fit(part.rows, self.labels, len(self.names))
                total += weight * centred(fitted.log_odds(part.read(texts)))
        return [self.names[place] for place in total.argmax(axis=1).tolist()]


def text(
    train: Sequence[tuple[str, str]],
    test: Sequence[tuple[str, str]],
    bench: Bench,
    embedder: TextEmbedder | None = None,
) -> tuple[Outcome, Columns]:
    """Pairs (label, text). (outcome, columns row, prediction). ``embedder`` adds its vectors as one more part.

    A test text whose label is "" is told, but not judged.
    """
    began = bench.clock()
    learned = _learned(train, bench, embedder)
    told = learned.tell([text for _, text in test])
    shares = learned.weights / max(float(learned.weights.sum()), 1e-12)
    named = {p.name: round(float(share), 3) for p, share in zip(learned.parts, shares, strict=True) if share > SHOWN}
    judged = f"validation: {FOLDS} folds of the training part"
    board = tuple(sorted(learned.tried, key=lambda t: -t.value))
    sizes = {"rows": len(train), "tests": len(test), "classes": len(learned.names)}
    return _outcome(told, test, bench, began, judged, board, named, sizes, complete=learned.complete)


def folded(
    rows: Sequence[tuple[str, str]], folds: int, bench: Bench, embedder: TextEmbedder | None = None
) -> tuple[Outcome, Columns]:
    """Every text told by what was learned and chosen on the other folds. ``bench.minutes`` are for all folds.

    Each candidate's value is its mean over the folds, as the training parts' own validation judged it.
    """
    began = bench.clock()
    labels = np.unique([label for label, _ in rows], return_inverse=True)[1]
    told, boards, complete = [""] * len(rows), [], True
    known = Remembered(embedder) if embedder else None
    each = replace(bench, minutes=bench.minutes / folds)
    for n, fold in enumerate(dealt(labels, bench.seed, folds)):
        bench.progress("fold", n, folds)
        learned = _learned([rows[at] for at in fold.learn], each, known)
        for at, label in zip(fold.judge.tolist(), learned.tell([rows[at][1] for at in fold.judge]), strict=True):
            told[at] = label
        boards.append(learned.tried)
        complete &= learned.complete
    every = [trial for board in boards for trial in board]
    named = sorted({trial.name for trial in every})
    means = [_mean([trial for trial in every if trial.name == name]) for name in named]
    judged = f"validation: {FOLDS} folds of each training part, the mean of {folds}"
    board = tuple(sorted(means, key=lambda t: -t.value))
    sizes = {"rows": len(rows), "tests": len(rows), "folds": folds, "classes": len(np.unique(labels))}
    return _outcome(told, rows, bench, began, judged, board, {}, sizes, complete=complete)


def _learned(rows: Sequence[tuple[str, str]], bench: Bench, embedder: TextEmbedder | None) -> Learned:
    """Every way judged by folds of the rows, and the weights of their blend."""
    began = bench.clock()
    names = sorted({label for label, _ in rows})
    if len(names) < 2 or len(rows) < 2 * FOLDS:
        raise InvalidInput("train", len(rows), "has too few texts or one label only", "give texts of both classes")
    labels = np.array([names.index(label) for label, _ in rows])
    folds = np.random.default_rng(bench.seed).permutation(len(labels)) % FOLDS
    parts: list[Part] = []
    tried: list[Trial] = []
    complete = True
    for name, settings, how, read_rows, read in _ways([text for _, text in rows], embedder):
        if parts and bench.clock() - began > bench.minutes * 30:
            complete = False
            break
        with bench.meter() as cost:
            odds: Floats = np.zeros((len(labels), len(names)))
            for fold in range(FOLDS):
                inside = folds != fold
                odds[~inside] = how(read_rows[inside], labels[inside], len(names)).log_odds(read_rows[~inside])
        parts.append(Part(name, settings, how, read_rows, read, centred(odds)))
        tried.append(_trial(name, settings, _right(odds, labels, bench.seed), cost.seconds, cost.peak_bytes))
        bench.progress(f"try {name}", len(parts), 0)
    with bench.meter() as cost:
        weights = joined([part.odds for part in parts], labels)
        others = np.concatenate([joined([p.odds[folds != f] for p in parts], labels[folds != f]) for f in range(FOLDS)])
        crossed = others.reshape(FOLDS, -1)[folds]
        blend = np.einsum("tm,mtk->tk", crossed, np.stack([part.odds for part in parts]))
    chances = _right(blend, labels, bench.seed)
    tried.append(_trial(BLEND, {}, chances, cost.seconds, cost.peak_bytes))
    return Learned(tuple(parts), weights, tuple(names), labels, tuple(tried), complete)


def _outcome(
    told: Sequence[str],
    rows: Sequence[tuple[str, str]],
    bench: Bench,
    began: float,
    judged_on: str,
    board: tuple[Trial, ...],
    settings: dict[str, Any],
    sizes: dict[str, int],
    *,
    complete: bool,
) -> tuple[Outcome, Columns]:
    right = np.array([a == b for a, (b, _) in zip(told, rows, strict=True) if b], dtype=np.float64)
    outcome = Outcome(
        task="text", metric="accuracy", judged_on=judged_on, leaderboard=board, chosen=BLEND, settings=settings,
        metrics={"accuracy": mean(right, seed=bench.seed)} if len(right) else {}, totals={}, sizes=sizes,
        seed=bench.seed, complete=complete, seconds=round(bench.clock() - began, 3), versions=versions(),
    )  # fmt: skip
    return outcome, {"row": np.arange(len(told)), "prediction": np.array(told, dtype=object)}


def _mean(trials: Sequence[Trial]) -> Trial:
    """One candidate over the folds."""
    value, low, high = (float(np.mean([getattr(t, name) for t in trials])) for name in ("value", "low", "high"))
    return structs.replace(
        trials[0], value=value, low=low, high=high, seconds=round(sum(t.seconds for t in trials), 3),
        peak_bytes=max(t.peak_bytes for t in trials),
    )  # fmt: skip


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
