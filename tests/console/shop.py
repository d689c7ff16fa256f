"""A film shop small enough to know: six genres of twenty films, and people who each like one genre."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from salience import Engine
from salience.console.demo import routes
from salience.serve.app import app
from salience.serve.run import background
from salience.settings import Settings

GENRES = ("Sci-Fi", "Comedy", "Drama", "Horror", "Western", "Musical")
FILMS, PEOPLE, LIKED = 20, 25, 12
KEY = "wk_shop"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """The browser: SALIENCE_CHROMIUM or CHROMIUM, else one on the PATH, else None for Playwright's own."""
    named = os.environ.get("SALIENCE_CHROMIUM") or os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM)), None)


def title(genre: str, number: int) -> str:
    """A title that says its genre, and markup that must stay text."""
    marked = "<img src=x onerror=alert(1)> " if number == 3 else ""
    return f"{marked}{genre} {number:02d} ({1960 + number})"


def behaviour(seed: int = 0) -> list[dict[str, Any]]:
    """Everybody watches a dozen films of one genre and two of any."""
    rng = np.random.default_rng(seed)
    events: list[dict[str, Any]] = []
    for genre in GENRES:
        for number in range(FILMS):
            item = f"{genre}-{number}"
            events.append(
                {"kind": "item", "id": f"i-{item}", "item": item, "title": title(genre, number), "categories": [genre]}
            )
    for person in range(PEOPLE * len(GENRES)):
        own = GENRES[person % len(GENRES)]
        seen = [f"{own}-{n}" for n in rng.choice(FILMS, LIKED, replace=False)]
        seen += [f"{GENRES[g]}-{n}" for g, n in zip(rng.integers(6, size=2), rng.integers(FILMS, size=2), strict=True)]
        events += [
            {"kind": "rating", "id": f"r-{person}-{item}", "user": f"u-{person}", "item": item, "value": 5}
            for item in dict.fromkeys(seen)
        ]
    return events


@contextmanager
def open_shop() -> Iterator[tuple[Engine, str]]:
    """The demo page over a trained engine: (engine, address)."""
    with Engine.in_memory(Settings(explore=0.0)) as engine:
        engine.collect(behaviour(), source="test")
        engine.train(minutes=0.02)
        site = app(engine, lambda key: "write" if key == KEY else None, pages=routes(engine, KEY))
        with background(site) as address:
            yield engine, address
