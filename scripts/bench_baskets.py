"""Speed of frequent itemsets as ratios against pyfim (C) and rusket (Rust), in turns in one run, one thread each.

    make bench-baskets                        generated baskets: 100,000 and 1,000,000
    python scripts/bench_baskets.py --file T10I4D100K.dat.gz --support 0.005

Every side gets the baskets in the form it likes best (lists of numbers, a sparse matrix) and gives all frequent
itemsets; the counts must agree. The best of some rounds counts. Targets: within 2 of pyfim, no slower than rusket.
The peers are installed by pip into an environment of their own under the cache folder, never into this one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402 - the threads must be set first
from scipy import sparse  # noqa: E402

from salience.cli.bench.transactions import transactions  # noqa: E402
from salience.events.interactions import Matrix  # noqa: E402
from salience.mine.itemsets import itemsets  # noqa: E402

PEERS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "salience" / "peers-baskets"
NEEDED = ("pyfim", "rusket", "pandas", "pyarrow", "scipy")
WITHIN = {"pyfim eclat": 2.0, "rusket fpgrowth": 1.0}

PEER = """
import json, sys, time
import numpy as np
from scipy import sparse
ask = json.loads(sys.argv[1])
held = sparse.load_npz(ask["file"]).tocsr()
if ask["peer"] == "pyfim eclat":
    import fim
    rows = [row.tolist() for row in np.split(held.indices, held.indptr[1:-1])]
    work = lambda: len(fim.eclat(rows, target="s", supp=100 * ask["support"], zmin=1, report="a"))
else:
    import rusket
    held = held.astype(bool)
    method = ask["peer"].split()[1]
    work = lambda: len(rusket.mine(held, min_support=ask["support"], method=method, use_colnames=False))
began = time.perf_counter()
count = work()
print(json.dumps([time.perf_counter() - began, count]))
"""


def generated(baskets: int, items: int = 1000, patterns: int = 2000, seed: int = 0) -> Matrix:
    """Ten items a basket, from overlapping patterns of four that lose some of their items (Agrawal & Srikant 1994)."""
    rng = np.random.default_rng(seed)
    pool, before = [], rng.choice(items, 4, replace=False)
    for size in rng.poisson(3, patterns) + 1:
        share = min(rng.exponential(0.5), 1)
        kept = rng.choice(before, min(len(before), int(share * size)), replace=False)
        before = np.unique(np.concatenate((kept, rng.choice(items, size, replace=False))))[:size]
        pool.append(before)
    weights = rng.exponential(1, patterns)
    loss = np.clip(rng.normal(0.5, 0.3, patterns), 0, 1) / 2
    starts = np.concatenate(([0], np.cumsum([len(p) for p in pool])))
    flat = np.concatenate(pool)
    of = np.repeat(np.arange(baskets), rng.poisson(2.5, baskets) + 1)
    which = rng.choice(patterns, len(of), p=weights / weights.sum())
    size = np.diff(starts)[which]
    place = np.repeat(starts[which] - np.concatenate(([0], np.cumsum(size)[:-1])), size) + np.arange(size.sum())
    there = rng.random(len(place)) >= np.repeat(loss[which], size)
    held: Matrix = sparse.csr_array(
        (np.ones(there.sum(), np.float32), (np.repeat(of, size)[there], flat[place[there]])), shape=(baskets, items)
    )
    held.sum_duplicates()
    held.data[:] = 1
    return held


def read(file: str) -> Matrix:
    rows = transactions("file", file)
    codes: dict[str, int] = {}
    flat = [codes.setdefault(item, len(codes)) for row in rows for item in dict.fromkeys(row)]
    ends = np.concatenate(([0], np.cumsum([len(set(row)) for row in rows])))
    return sparse.csr_array((np.ones(len(flat), np.float32), flat, ends), shape=(len(rows), len(codes)))


def peers() -> Path:
    """The Python of the peers' environment, made when it is not there."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True)
    if subprocess.run(
        [python, "-c", "import fim, rusket, pandas, pyarrow"], check=False, capture_output=True
    ).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *NEEDED], check=True)
    return python


def compare(name: str, held: Matrix, support: float, rounds: int, python: Path) -> bool:
    best: dict[str, float] = {}
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "baskets.npz"
        sparse.save_npz(file, sparse.csr_matrix(held), compressed=False)
        for _ in range(rounds):
            began = time.perf_counter()
            counts["salience"] = len(itemsets(held, min_support=support))
            best["salience"] = min(best.get("salience", np.inf), time.perf_counter() - began)
            for peer in WITHIN:
                ask = json.dumps({"file": str(file), "peer": peer, "support": support})
                done = subprocess.run([python, "-c", PEER, ask], check=True, capture_output=True, text=True)
                seconds, counts[peer] = json.loads(done.stdout.splitlines()[-1])
                best[peer] = min(best.get(peer, np.inf), seconds)
    ratios = {peer: best["salience"] / best[peer] for peer in WITHIN}
    good = len(set(counts.values())) == 1 and all(ratios[peer] <= WITHIN[peer] for peer in WITHIN)
    told = ", ".join(f"{ratios[p]:.2f} x {p} ({best[p]:.2f} s, at most {WITHIN[p]:g})" for p in WITHIN)
    print(f"{name} at {support:.2%}: {counts['salience']:,} itemsets, {best['salience']:.2f} s = {told}"
          f"{'' if good else '  MISSED ' + str(counts)}", flush=True)  # fmt: skip
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", help="one transaction a line, instead of generated ones")
    parser.add_argument("--support", type=float, default=0.005)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    python = peers()
    if args.file:
        return int(not compare(Path(args.file).name, read(args.file), args.support, args.rounds, python))
    good = [compare(f"{size:,} baskets", generated(size), args.support, args.rounds, python) for size in (10**5, 10**6)]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
