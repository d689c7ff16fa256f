"""The protocol ``text``: families of grams and strengths judged by three folds of the training part, then blended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from salience.evaluate.intervals import mean
from salience.events.fault import InvalidInput
from salience.models.text_classifier import FAMILIES, Floats, Grams, fit
from salience.train.bench_outcome import Bench, Columns, Outcome, Trial, versions

STRENGTHS = (1.0, 8.0)
FOLDS = 3
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the letters in the blend


def text(train: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]], bench: Bench) -> tuple[Outcome, Columns]:
    """Pairs (label, text). (outcome, columns row, prediction)."""
    began = bench.clock()
    names = sorted({label for label, _ in train})
    if len(names) < 2 or len(train) < 2 * FOLDS:
        raise InvalidInput("train", len(train), "has too few texts or one label only", "give texts of both classes")
    labels = np.array([names.index(label) for label, _ in train])
    folds = np.random.default_rng(bench.seed).permutation(len(labels)) % FOLDS
    vocabularies = [Grams.of([t for _, t in train], family) for family in FAMILIES]
    rows = [grams.rows([t for _, t in train]) for grams in vocabularies]
    tried: list[Trial] = []
    best: list[tuple[float, float, Floats]] = []
    complete = True
    for family, table in zip(FAMILIES, rows, strict=True):
        found: list[tuple[float, float, Floats]] = []
        for strength in STRENGTHS:
            if found and bench.clock() - began > bench.minutes * 30:
                complete = False
                break
            with bench.meter() as cost:
                odds: Floats = np.zeros((len(labels), len(names)))
                for fold in range(FOLDS):
                    inside = folds != fold
                    odds[~inside] = fit(table[inside], labels[inside], len(names), strength).log_odds(table[~inside])
            right = mean((odds.argmax(axis=1) == labels).astype(np.float64), seed=bench.seed)
            found.append((right.value, strength, odds))
            tried.append(
                Trial(name=family, settings={"strength": strength}, value=right.value, low=right.low, high=right.high,
                      seconds=round(cost.seconds, 3), peak_bytes=cost.peak_bytes)
            )  # fmt: skip
        best.append(max(found, key=lambda one: one[0]))
        bench.progress(f"try {family}", len(best), len(FAMILIES))
    scale = [max(float(np.abs(odds).mean()), 1e-12) for _, _, odds in best]

    def blended(share: float, odds: Sequence[Floats]) -> Floats:
        return (1 - share) * odds[0] / scale[0] + share * odds[1] / scale[1]

    hits = {s: float((blended(s, [b[2] for b in best]).argmax(axis=1) == labels).mean()) for s in SHARES}
    share = max(SHARES, key=lambda s: (hits[s], -abs(s - 0.5)))
    models = [fit(table, labels, len(names), b[1]) for table, b in zip(rows, best, strict=True)]
    asked = [t for _, t in test]
    odds = blended(share, [m.log_odds(g.rows(asked)) for m, g in zip(models, vocabularies, strict=True)])
    told = np.array(names, dtype=object)[odds.argmax(axis=1)]
    right = mean(np.array([a == b for a, (b, _) in zip(told, test, strict=True)], dtype=np.float64), seed=bench.seed)
    outcome = Outcome(
        task="text", metric="accuracy", judged_on=f"validation: {FOLDS} folds of the training part",
        leaderboard=tuple(sorted(tried, key=lambda t: -t.value)), chosen="blend",
        settings={"letters": share, "strengths": [b[1] for b in best], "accuracy": round(hits[share], 4)},
        metrics={"accuracy": right}, totals={},
        sizes={"rows": len(train), "tests": len(test), "classes": len(names)},
        seed=bench.seed, complete=complete, seconds=round(bench.clock() - began, 3), versions=versions(),
    )  # fmt: skip
    return outcome, {"row": np.arange(len(told)), "prediction": told}
