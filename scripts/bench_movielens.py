"""MovieLens 100K, 80/20 random split per user, several seeds: what `bench topn` chooses against tuned EASE, SLIM, iALS.

    python scripts/bench_movielens.py --minutes 3 --seeds 0 1 2 3 4

Everything is chosen inside the training part of each split. The table has NDCG@10 on the test parts; the intervals are
a bootstrap over users, whose values are first averaged over the seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from salience.cli.bench.meter import meter
from salience.cli.demo.fetch import movielens
from salience.evaluate.intervals import difference
from salience.events.ids import IdMap
from salience.models import ALS, EASE, SLIM, Popularity
from salience.train.bench_outcome import Bench
from salience.train.bench_topn import topn
from salience.train.ranked import Asked, Histories, judged, recommended, table
from salience.train.threads import threads_for

K = 10
OURS = "salience"
RIVALS = (EASE, SLIM, ALS)


def ratings(folder: Path) -> dict[str, list[str]]:
    """User -> items, from either layout that the fetcher knows."""
    packaged = folder / "ml-100k.inter"
    lines = (packaged if packaged.exists() else folder / "u.data").read_text(encoding="utf-8").splitlines()
    found = defaultdict(list)
    for line in lines[1:] if packaged.exists() else lines:
        user, item, *_ = line.split("\t")
        found[user].append(item)
    return dict(found)


def split(histories: Histories, seed: int) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """A random fifth of each user's items is the test part."""
    rng = np.random.default_rng(seed)
    train, test = {}, {}
    for user, items in histories.items():
        order = rng.permutation(len(items))
        held = round(len(items) / 5)
        test[user] = [items[at] for at in order[:held]]
        train[user] = [items[at] for at in order[held:]]
    return train, test


def one(histories: Histories, seed: int, minutes: float) -> dict[str, dict[str, float]]:
    """Name -> user -> NDCG@10 on the test part of one seed."""
    train, test = split(histories, seed)
    outcome, columns = topn(train, {}, test, K, Bench(minutes, seed, time.perf_counter, meter, lambda *_: None))
    items = IdMap.of(item for own in train.values() for item in own)
    users = IdMap.of(train)
    data = table(users, items, train)
    popular = Popularity().fit(data)
    who = [user for user in users.names if set(test[user]) - set(train[user])]
    codes = np.full((len(users), K), len(items))
    place = [users.codes[user] for user in columns["user"]]
    codes[place, columns["rank"] - 1] = [items.codes[item] for item in columns["item"]]
    asked = Asked.of(data, users, items, test)
    found = {OURS: judged(codes, asked)["ndcg"]}
    settings = {trial.name: trial.settings for trial in outcome.leaderboard}
    for rival in RIVALS:
        with threads_for(len(items)):
            model = rival(**settings[rival.name]).fit(data, seed=seed)
            codes, _ = recommended(model, popular, data.matrix, K)
        found[rival.name] = judged(codes, asked)["ndcg"]
    means = {name: round(float(values.mean()), 4) for name, values in found.items()}
    told = {rival.name: settings[rival.name] for rival in RIVALS}
    print(seed, outcome.chosen, f"{outcome.seconds:.0f} s", means, told, file=sys.stderr, flush=True)
    return {name: dict(zip(who, values.tolist(), strict=True)) for name, values in found.items()}


def tell(runs: list[dict[str, dict[str, float]]]) -> None:
    """The table, with paired intervals of ours less theirs."""
    users = sorted(set.intersection(*({*run[OURS]} for run in runs)))
    pooled = {name: np.mean([[run[name][user] for user in users] for run in runs], axis=0) for name in runs[0]}
    print(f"NDCG@{K}, {len(runs)} seeds, {len(users)} users")
    for name, values in pooled.items():
        each = " ".join(f"{np.mean(list(run[name].values())):.4f}" for run in runs)
        line = f"{name:10s} {values.mean():.4f}  ({each})"
        if name != OURS:
            gap = difference(pooled[OURS], values)
            line += f"  {OURS} is {gap.value:+.4f} ahead, 95 % interval {gap.low:+.4f} to {gap.high:+.4f}"
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="of each seed (3)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--keep", type=Path, help="write the values of every user as JSON")
    parser.add_argument("--tell", type=Path, nargs="+", help="only print the table of files written with --keep")
    args = parser.parse_args()
    if args.tell:
        runs = [run for path in args.tell for run in json.loads(path.read_text(encoding="utf-8"))]
    else:
        histories = ratings(movielens().folder)
        runs = [one(histories, seed, args.minutes) for seed in args.seeds]
    if args.keep:
        args.keep.write_text(json.dumps(runs), encoding="utf-8")
    tell(runs)


if __name__ == "__main__":
    main()
