"""A shop of forty weeks: people with rhythms, two tastes, visits that may lead to purchases."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from salience.cli import main

DAY = 86_400_000
START = 1_700_000_000_000
ITEMS = {"tea": ("green", "black", "oolong", "white", "mint"), "tools": ("saw", "drill", "plane", "file", "vice")}


def events(seed: int = 0, people: int = 120, days: int = 280) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    made: list[dict[str, object]] = [
        {"kind": "item", "id": f"card-{name}", "item": name, "title": name.title(), "categories": [kind], "time": START}
        for kind, names in ITEMS.items()
        for name in names
    ]
    for person in range(people):
        mine = ITEMS["tea" if person % 2 else "tools"]
        day, gap = rng.uniform(0, 60), rng.gamma(4, 5)
        while day < days:
            at = START + int(day * DAY)
            who = {"user": f"p{person}"}
            chosen = rng.choice(len(mine), 2, replace=False)
            made.append({"kind": "page", "id": f"{person}/{at}/0", **who, "page": "/home", "time": at, "source": "web"})
            for step, kind in enumerate(("view", "cart", "purchase")[: 1 + rng.integers(0, 3)], 1):
                for code in chosen:
                    extra = {"price": 10.0, "order": f"o{person}-{at}"} if kind == "purchase" else {}
                    made.append(
                        {"kind": kind, "id": f"{person}/{at}/{step}/{code}", **who, "item": mine[code],
                         "time": at + step * 60_000, "source": "web", **extra}
                    )  # fmt: skip
            if rng.random() < 0.05:
                break
            day += 0.5 + rng.exponential(gap)
    return made


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The workspace."""
    folder = tmp_path_factory.mktemp("mined")
    file: Path = folder / "events.jsonl"
    file.write_text("\n".join(json.dumps(event) for event in events()), encoding="utf-8")
    home = str(folder / "shop")
    assert main(["init", home]) == 0
    assert main(["import", "events", str(file), "--home", home]) == 0
    return home
