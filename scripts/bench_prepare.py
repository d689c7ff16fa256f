"""Preparation of many raw events: duplicates and machines out, cut into visits, added up per visit and per person.

    make bench-prepare                          ten million events, on two threads
    python scripts/bench_prepare.py --events 1000000 --engine polars

Prints seconds and peak memory of the process, which holds the raw events as well; target: 60 s and 4 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import narwhals as nw
import numpy as np

from salience.prepare.activity import activity
from salience.prepare.table import Columns, fetch, lazy
from salience.prepare.visits import people, visits

DAYS, START = 90, 1_700_000_000_000
KINDS = (0.6, 0.2, 0.08, 0.03, 0.02, 0.01, 0.01, 0.05)
STRENGTHS = (0.25, 0.5, 0.75, 1.0, 0.6, 0.75, 0.0, 0.0)


def raw(events: int, seed: int = 0) -> Columns:
    """Twenty events a person on average, in visits of five; a twentieth of all rows are duplicates of others."""
    rng = np.random.default_rng(seed)
    size = max(events // 5, 1)
    visit = rng.integers(0, size, events)
    users = max(events // 20, 1)
    person = (users * rng.random(size) ** 1.5).astype(np.int32)
    begins = START + (rng.random(size) * DAYS * 86_400_000).astype(np.int64)
    kind = rng.choice(len(KINDS), events, p=KINDS).astype(np.int8)
    columns: Columns = {
        "user": person[visit],
        "item": (50_000 * rng.random(events) ** 2).astype(np.int32),
        "kind": kind,
        "time": begins[visit] + (rng.exponential(200_000, events)).astype(np.int64),
        "strength": np.array(STRENGTHS)[kind],
        "bot": rng.random(events) < 0.001,
    }
    copies = rng.choice(events, events // 20, replace=False)
    source = rng.integers(0, events, len(copies))
    return {"row": np.arange(events, dtype=np.int64)} | {
        name: np.put_along_axis(values, copies, values[source], 0) or values for name, values in columns.items()
    }


def on(engine: str, columns: Columns) -> nw.LazyFrame[object]:
    if engine == "duckdb":
        return lazy(columns)
    import polars as pl

    return nw.from_native(pl.DataFrame(columns)).lazy()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--engine", choices=("duckdb", "polars"), default="duckdb")
    args = parser.parse_args()
    columns = raw(args.events)
    began = time.perf_counter()
    per_visit = fetch(visits(on(args.engine, columns)))
    cut = time.perf_counter()
    per_person = fetch(people(on(args.engine, per_visit)))
    added = time.perf_counter()
    windows = fetch(activity(on(args.engine, columns), START + DAYS * 86_400_000))
    ended = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    report = {
        "events": args.events,
        "engine": args.engine,
        "kept": int(per_visit["rows"].sum()),
        "visits": len(per_visit["user"]),
        "people": len(per_person["user"]),
        "seconds": round(added - began, 1),
        "of them cleaning and visits": round(cut - began, 1),
        "windowed counts per person": round(ended - added, 1),
        "people with counts": len(windows["user"]),
        "peak_gb": round(peak, 2),
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(report, indent=2))
    return int(args.events >= 10_000_000 and (report["seconds"] > 60 or peak > 4))  # type: ignore[operator]


if __name__ == "__main__":
    sys.exit(main())
