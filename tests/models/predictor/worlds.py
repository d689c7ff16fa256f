"""Small tables in which the outcome is known: whoever is old or in the north buys; noise beside it."""

from __future__ import annotations

import numpy as np

from salience.models.predictor.columns import Cells, Encoder, Rows, encoder


def shop(rows: int, seed: int = 0) -> tuple[dict[str, list[str]], np.ndarray]:
    """Cells (age with gaps, region, town, visits, noise), and who bought."""
    rng = np.random.default_rng(seed)
    age, visits = rng.integers(18, 80, rows), rng.integers(0, 6, rows)
    region = rng.choice(["north", "south", "east", "west"], rows)
    odds = (age - 50) / 8 + 2.0 * (region == "north") + 0.5 * visits - 1.5
    bought = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    gap = rng.random(rows) < 0.1
    cells = {
        "age": ["" if missing else str(one) for one, missing in zip(age, gap, strict=True)],
        "region": [str(one) for one in region],
        "town": [f"town {one}" for one in rng.integers(0, 60, rows)],
        "visits": [str(one) for one in visits],
        "noise": [f"{one:.4f}" for one in rng.normal(size=rows)],
    }
    return cells, bought


def typed(rows: int, seed: int = 0) -> tuple[Encoder, Rows, np.ndarray]:
    """The same as learners read it."""
    cells, bought = shop(rows, seed)
    known = encoder(cells, rare=True)
    return known, known.rows(cells, rows), bought


def noise(rows: int, seed: int = 0) -> tuple[Cells, np.ndarray]:
    """Columns that say nothing about the outcome."""
    rng = np.random.default_rng(seed)
    cells = {f"c{n}": [f"{one:.3f}" for one in rng.normal(size=rows)] for n in range(4)}
    cells["kind"] = [str(one) for one in rng.choice(["a", "b", "c"], rows)]
    return cells, (rng.random(rows) < 0.3).astype(np.int64)
