"""One measurement of one peer, run by bench_models.py with the Python of the peers' own environment. Prints JSON."""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from scipy import sparse


def main() -> int:
    ask = json.loads(sys.argv[1])
    folder = Path(ask["folder"])
    with np.load(folder / "train.npz") as kept:
        train = sparse.csr_matrix((kept["data"], kept["indices"], kept["indptr"]), shape=tuple(kept["shape"]))
    peer, threads, settings = ask["peer"], ask["threads"], ask["settings"]
    if peer == "implicit-top":
        from implicit.cpu.topk import topk

        users, items = np.load(folder / "users.npy"), np.load(folder / "items.npy")
        began = time.perf_counter()
        topk(items, users, 20, filter_query_items=train, num_threads=threads)
        print(json.dumps({"seconds": time.perf_counter() - began}))
        return 0
    if peer == "implicit":
        from implicit.cpu.als import AlternatingLeastSquares

        warnings.simplefilter("ignore")
        model = AlternatingLeastSquares(num_threads=threads, random_state=0, **settings)
        began = time.perf_counter()
        model.fit(train, show_progress=False)
        seconds = time.perf_counter() - began
        users, items = model.user_factors, model.item_factors
    else:
        import rusket

        model = rusket.ALS(seed=0, use_cuda=False, **settings)
        began = time.perf_counter()
        model.fit(train)
        seconds = time.perf_counter() - began
        users, items = np.asarray(model.user_factors), np.asarray(model.item_factors)
    np.save(folder / "users.npy", users)
    np.save(folder / "items.npy", items)
    print(json.dumps({"seconds": seconds}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
