"""Speed of the models as ratios against peers, measured in turns in one run, both sides on the same threads.

als: seconds of a fit with the settings that a validation part chose for each side, and NDCG@20 on the test part.
top: the best 20 of 41,000 items for 30,000 people at 64 factors, seen items left out; also against sgemm.
ease: 3,000 items against the dense inverse of reference implementations.
growth (--growth N): seconds at N and N / 10 interactions, and peak memory.

The peers are installed by pip into an environment of their own under the cache folder, never into this one.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

THREADS = int(os.environ.get("BENCH_THREADS", "2"))
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np  # noqa: E402 - the threads must be set first
from scipy import sparse  # noqa: E402

from salience.cli.demo.fetch import movielens  # noqa: E402
from salience.events.interactions import IdMap, Interactions, Matrix  # noqa: E402
from salience.models import ALS, EASE, ItemKNN, Popularity  # noqa: E402
from salience.models.factors.als import solve  # noqa: E402
from salience.models.product_topk import best_of_product  # noqa: E402

PEERS = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "salience" / "peers"
ROUNDS = 3
T = TypeVar("T")
ALPHAS = (5.0, 15.0, 40.0)
RIDGES = (40.0, 150.0, 300.0, 600.0)
SCALED = (0.008, 0.016, 0.032)  # of a row's total confidence, which the peers do not offer
ITERATIONS = {"own": (1, 2, 3, 5), "peers": (2, 3, 5, 15)}


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peers() -> Path:
    """The Python of the peers' environment, made when it is not there."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True)
    if subprocess.run([python, "-c", "import implicit, rusket"], check=False, capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "implicit", "rusket"], check=True)
    return python


def peer(python: Path, folder: Path, name: str, **settings: Any) -> float:
    ask = {"folder": str(folder), "peer": name, "threads": THREADS, "settings": settings}
    # implicit runs threads of its own and asks for a BLAS of one thread
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    script = Path(__file__).with_name("bench_peers.py")
    done = subprocess.run(
        [python, script, json.dumps(ask)], check=True, capture_output=True, text=True, env=environment
    )
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def generated(users: int, items: int, rows: int, seed: int = 0, rank: int = 24) -> Matrix:
    """People of low-rank tastes, popularity as 1 / place, activity log-normal; items by Gumbel's trick."""
    rng = np.random.default_rng(seed)
    U = rng.standard_normal((users, rank), np.float32)
    V = rng.standard_normal((items, rank), np.float32) * np.float32(1.6 / np.sqrt(rank))
    log_popularity = -np.log(rng.permutation(items) + 1).astype(np.float32)
    activity = rng.lognormal(0, 0.9, users)
    counts = np.clip(activity / activity.sum() * rows, 5, items // 4).astype(np.int64)
    parts = []
    for start in range(0, users, 500):
        block = slice(start, min(start + 500, users))
        noise = -np.log(rng.standard_exponential((block.stop - start, items), np.float32) + 1e-20)
        order = U[block] @ V.T + log_popularity + noise
        most = int(counts[block].max())
        top = np.argpartition(-order, most - 1, axis=1)[:, :most]
        top = np.take_along_axis(top, np.argsort(-np.take_along_axis(order, top, 1), axis=1), 1)
        parts += [np.sort(row[:n]) for row, n in zip(top, counts[block], strict=True)]
    indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    codes = np.concatenate(parts).astype(np.int32)
    return sparse.csr_array((np.ones(len(codes), np.float32), codes, indptr), shape=(users, items))


def halves(matrix: Matrix, seed: int = 0) -> tuple[Matrix, Matrix]:
    """80 % and 20 % of the entries."""
    held = np.random.default_rng(seed).random(matrix.nnz) < 0.2
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return tuple(  # type: ignore[return-value]
        sparse.csr_array((matrix.data[part], (rows[part], matrix.indices[part])), shape=matrix.shape)
        for part in (~held, held)
    )


def interactions(matrix: Matrix) -> Interactions:
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
    ids = [IdMap(tuple(str(at) for at in range(size))) for size in matrix.shape]
    return Interactions(*ids, rows, matrix.indices.astype(np.int32), matrix.data, np.zeros(matrix.nnz, np.int64))


def rated(file: Path) -> Matrix:
    """The pairs of a MovieLens file, users x items."""
    pairs = np.loadtxt(file, dtype=np.int64, skiprows=1, usecols=(0, 1)) - 1
    ones = np.ones(len(pairs), np.float32)
    return sparse.csr_array((ones, (pairs[:, 0], pairs[:, 1])), shape=tuple(pairs.max(axis=0) + 1))


def ndcg(users: Any, items: Any, train: Matrix, test: Matrix, k: int = 20) -> float:
    codes, _ = best_of_product(users, items, k, leave_out=train)
    gains = 1 / np.log2(np.arange(2, k + 2))
    counts = np.diff(test.indptr)
    total = 0.0
    for user in np.flatnonzero(counts):
        wanted = test.indices[test.indptr[user] : test.indptr[user + 1]]
        total += gains[np.isin(codes[user], wanted)].sum() / gains[: min(k, counts[user])].sum()
    return total / np.count_nonzero(counts)


def als(python: Path, name: str, matrix: Matrix) -> None:
    """Settings of each side are chosen on a validation part; times and NDCG are then of a fit on the training part.

    Against each peer stands our shortest fit whose validation NDCG is at least the peer's.
    """
    train, test = halves(matrix)
    inner, valid = halves(train)
    chosen = {which: _peers_choice(python, which, inner, valid) for which in ("implicit", "rusket")}
    fits = _own_fits(inner, valid)
    data = interactions(train)
    _ = data.matrix
    print(f"als, {name}: {train.shape[0]:,} x {train.shape[1]:,}, {train.nnz:,} entries, {THREADS} threads")
    ratios: dict[str, float] = {}
    takes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = _kept(Path(place), train)
        for which, (asked, value) in chosen.items():
            own, ours = next(((fit, found) for fit, found in fits if found >= value), max(fits, key=lambda fit: fit[1]))
            mine = theirs = np.inf
            for _ in range(ROUNDS):
                mine = min(mine, seconds(lambda own=own: own.fit(data)))
                theirs = min(theirs, peer(python, folder, which, **asked))
            quality = ndcg(np.load(folder / "users.npy"), np.load(folder / "items.npy"), train, test)
            model = own.fit(data)
            reached = ndcg(solve(train, model.factors, model.weighing), model.factors, train, test)
            ratios[which], takes[which] = mine / theirs, theirs
            print(f"  {which:9} {theirs:7.3f} s  NDCG@20 {quality:.4f}  (validation {value:.4f})  {asked}")
            print(f"  salience  {mine:7.3f} s  NDCG@20 {reached:.4f}  (validation {ours:.4f})  {own}")
            level = "at least the peer's" if reached >= quality else "BELOW the peer's"
            print(f"            ratio {ratios[which]:.2f}, NDCG@20 {level}")
    fastest = min(takes, key=takes.__getitem__)
    print(f"  ratio {ratios[fastest]:.2f} of {fastest}, the fastest peer (bar: 0.33)", flush=True)


def _kept(folder: Path, train: Matrix) -> Path:
    np.savez(folder / "train.npz", data=train.data, indices=train.indices, indptr=train.indptr, shape=train.shape)
    return folder


def _peers_choice(python: Path, which: str, train: Matrix, valid: Matrix) -> tuple[dict[str, Any], float]:
    """Weight and ridge at five iterations, then the fewest iterations within a hundredth of the best."""
    with tempfile.TemporaryDirectory() as place:
        folder = _kept(Path(place), train)

        def judged(asked: dict[str, Any]) -> float:
            peer(python, folder, which, **asked)
            return ndcg(np.load(folder / "users.npy"), np.load(folder / "items.npy"), train, valid)

        points = [{"factors": 64, "alpha": a, "regularization": r, "iterations": 5} for a in ALPHAS for r in RIDGES]
        best = max(points, key=judged)
        return _cheapest([{**best, "iterations": n} for n in ITERATIONS["peers"]], judged)


def _own_fits(train: Matrix, valid: Matrix) -> list[tuple[ALS, float]]:
    """As for the peers, the weight and ridge that are best at five iterations; then by number of iterations."""
    data = interactions(train)

    def judged(algorithm: ALS) -> float:
        model = algorithm.fit(data)
        return ndcg(solve(train, model.factors, model.weighing), model.factors, train, valid)

    ridges = [(True, reg) for reg in SCALED] + [(False, reg) for reg in RIDGES]
    points = [ALS(factors=64, alpha=a, reg=reg, scaled=scaled, iterations=5) for a in ALPHAS for scaled, reg in ridges]
    best = max(points, key=judged)
    return [(fit, judged(fit)) for fit in (replace(best, iterations=n) for n in ITERATIONS["own"])]


def _cheapest(settings: Sequence[T], judged: Callable[[T], float]) -> tuple[T, float]:
    """The first of the settings whose value is within a hundredth of the best, and the value."""
    found = [judged(setting) for setting in settings]
    return next((setting, value) for setting, value in zip(settings, found, strict=True) if value >= 0.99 * max(found))


def top(python: Path) -> None:
    """Random factors, where no product can be left out, and those of a fit, whose lengths say where to stop."""
    rng = np.random.default_rng(0)
    users, items, k = 30_000, 41_000, 64
    codes = np.sort(rng.integers(0, items, (users, 60), np.int32), axis=1)
    seen = sparse.csr_array(
        (np.ones(codes.size, np.float32), codes.ravel(), np.arange(users + 1, dtype=np.int32) * 60),
        shape=(users, items),
    )
    X, Y = (rng.standard_normal((n, k), np.float32) for n in (users, items))
    _top(python, "random", X, Y, seen)
    train = generated(users, items, 2_000_000)
    model = ALS(factors=k, alpha=15.0, reg=0.016, iterations=2).fit(interactions(train))
    _top(python, "fitted", solve(train, model.factors, model.weighing), model.factors, train)


def _top(python: Path, name: str, X: Any, Y: Any, seen: Matrix) -> None:
    square = np.random.default_rng(0).random((4096, 4096), np.float32)
    own = other = product = np.inf
    with tempfile.TemporaryDirectory() as place:
        folder = _kept(Path(place), seen)
        np.save(folder / "users.npy", X)
        np.save(folder / "items.npy", Y)
        for _ in range(ROUNDS):
            product = min(product, seconds(lambda: square @ square))
            own = min(own, seconds(lambda: best_of_product(X, Y, 20, leave_out=seen)))
            other = min(other, peer(python, folder, "implicit-top"))
    speed, peak = 2 * len(X) * len(Y) * X.shape[1] / own / 1e9, 2 * 4096**3 / product / 1e9
    print(f"top-20 of {len(Y):,} for {len(X):,}, {name} factors: {own:.2f} s, implicit {other:.2f} s", end=", ")
    print(f"ratio {own / other:.2f} (bar: 0.33)")
    print(f"  {speed:.0f} of {peak:.0f} Gflop/s of sgemm: {speed / peak:.0%} (bar: above 40 %)", flush=True)


def ease() -> None:
    data = interactions(generated(20_000, 3_000, 600_000))
    X = data.matrix

    def reference() -> None:
        G = (X.T @ X).toarray().astype(np.float64)
        G[np.diag_indices(len(G))] += 200.0
        P = np.linalg.inv(G)
        B = P / -np.diag(P)
        np.fill_diagonal(B, 0)

    own = other = np.inf
    for _ in range(ROUNDS):
        own, other = min(own, seconds(lambda: EASE(l2=200.0).fit(data))), min(other, seconds(reference))
    print(
        f"ease, 3,000 items: {own:.2f} s, NumPy inverse {other:.2f} s, ratio {own / other:.2f} (bar: 0.50)", flush=True
    )


def growth(most: int, items: int = 2_000) -> None:
    """Processor time, which other work on the machine changes least: of all threads, the better of two."""
    spent: dict[str, list[float]] = {}
    for rows in (most // 10, most):
        rng = np.random.default_rng(0)
        users = rows // 50
        ids = IdMap(tuple(map(str, range(users)))), IdMap(tuple(map(str, range(items))))
        who = np.repeat(np.arange(users, dtype=np.int32), 50)
        rng_items = (items * rng.random(len(who), np.float32) ** 2).astype(np.int32)
        data = Interactions(*ids, who, rng_items, np.ones(len(who), np.float32), np.zeros(len(who), np.int64))
        steps = {
            "matrix": lambda data=data: replace(data).matrix,  # of a copy, as it is made once a table
            "item-knn": lambda data=data: ItemKNN().fit(data),
            "popularity": lambda data=data: Popularity().fit(data),
            "als, 16 factors": lambda data=data: ALS(factors=16, iterations=1).fit(data),
            "ease": lambda data=data: EASE().fit(data),
        }
        _ = data.matrix
        for name, work in steps.items():
            wall = took = np.inf
            for _ in range(2):  # the first also pays for pages that the system has not given out yet
                began = time.process_time()
                wall = min(wall, seconds(work))
                took = min(took, time.process_time() - began)
            spent.setdefault(name, []).append(took)
            print(f"growth {rows:>12,} {name:16} {wall:8.2f} s, {spent[name][-1]:8.2f} s of processor", flush=True)
    for name, (small, large) in spent.items():
        print(f"growth x 10: {name:16} {large / small:5.1f} x the processor time (bar: 12)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"growth: peak {peak / 1e9:.1f} GB (bar: 20)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("als", "top", "ease"), help="one of the comparisons")
    parser.add_argument("--growth", type=int, metavar="N", help="only the growth up to N interactions, e.g. 100000000")
    asked = parser.parse_args()
    if asked.growth:
        growth(asked.growth)
        return 0
    if asked.only in (None, "ease"):
        ease()
    if asked.only == "ease":
        return 0
    python = peers()
    if asked.only in (None, "top"):
        top(python)
    if asked.only in (None, "als"):
        als(python, "MovieLens 100K", rated(movielens().folder / "ml-100k.inter"))
        als(python, "generated", generated(30_000, 10_000, 2_000_000))
    return 0


if __name__ == "__main__":
    sys.exit(main())
