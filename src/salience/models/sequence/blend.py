"""A blend of sequence models: a listwise softmax regression over their evidence (a conditional logit, McFadden 1974;
the top-one likelihood of ListNet, Cao, Qin, Liu, Tsai, Li 2007, "Learning to rank: from pairwise to listwise", ICML).

For prefix q and item i, with p_c the evidence of part c as shares of its row,

    f_qi  = (log(1 + p_c / FLOOR) for each part c;  [i in q];  log(times i is in q))
    s_qi  = (u + v l_q) . f_qi,   l_q = log length of q, standardised
    max over u, v of  sum over validation steps (q, target) of log softmax_i(s_q)[target] - l2 |(u, v)|^2 / 2

Every f is 0 for an item that nothing speaks for, so scores stay sparse. The softmax runs over the `CANDIDATES` best of
each part, the prefix itself, and `OTHERS` random items that stand for all the rest (weighted by how many those are).

The weights are learned on a validation part cut *inside* the training data, ``holdout`` "last" (the last entry of each
sequence) or "newest" (all steps of the newest ``share`` of the sequences); then every part is fitted again on all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap, Matrix
from salience.models.model import Arrays, Floats
from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.neighbours import Neighbourhood, Neighbours
from salience.models.sequence.repeats import LONGEST, Repeats, Returns, latest
from salience.models.sequence.sequences import Codes, Sequences
from salience.models.sequence.settle import above, at_least
from salience.models.sequence.transitions import Moves, Transitions
from salience.models.sequence.trends import Trend, Trends
from salience.models.sparse_rows import largest, shares

FLOOR = np.float32(0.001)
CANDIDATES = 100
OTHERS = 20
BATCH = 500
KEPT = 500
"""Of each part's evidence per prefix, the largest: the rest is as good as nothing, and would cost most of the time."""

PARTS: tuple[SequenceAlgorithm, ...] = (
    Trends(fading=0.1),
    Repeats(),
    Transitions(reach=1, back=0.0, damp=1.0, novelty=0.0, recency=0.1),
    Transitions(reach=10, decay=5.0, back=0.0, damp=0.7, novelty=0.0, recency=2.0),
    Transitions(reach=10, decay=3.0, back=0.5, damp=0.5, novelty=0.2, recency=3.0),
    Transitions(reach=30, decay=10.0, back=0.5, damp=0.5, novelty=0.3, recency=10.0),
    Neighbours(k=200, recency=5.0),
    Neighbours(k=50, recency=20.0),
    Neighbours(k=200, recency=5.0, fading=0.1),
)
"""Near and far, one way and both, few neighbours and many, old and new: what suits a table, the weights find out."""

Weights: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Blended(SequenceModel):
    """``weights`` (2, features): u and v. ``length`` (2,): mean and deviation of the log lengths learned from."""

    kind: ClassVar[str] = "blended"

    parts: tuple[SequenceModel, ...]
    weights: Weights
    length: NDArray[np.float64]

    def evidence(self, prefixes: Sequences) -> Matrix:
        """exp(score - 1 if nothing spoke for it), over what any part found."""
        scores = self._scores(prefixes)
        scores.data = np.exp(np.clip(scores.data, -30, 30))
        return scores

    def score(self, prefixes: Sequences) -> Floats:
        """s of the module's equation."""
        dense: Floats = self._scores(prefixes).toarray()
        return dense

    def _scores(self, prefixes: Sequences) -> Matrix:
        u, v = self.weights
        rows = u[None, :] + v[None, :] * standardised(prefixes, self.length)[:, None]
        total: Any = sparse.csr_array((len(prefixes), len(self.items)), dtype=np.float32)
        for place, feature in enumerate(features(self.parts, prefixes)):
            total = total + sparse.diags_array(rows[:, place]) @ feature
        scores: Matrix = total.tocsr()
        return scores

    def arrays(self) -> Arrays:
        """Weights, and each part's arrays as place-kind.name, e.g. "03-moves.recency"."""
        found: Arrays = {"weights": self.weights, "length": self.length}
        for place, part in enumerate(self.parts):
            found |= {f"{place:02d}-{part.kind}.{name}": array for name, array in part.arrays().items()}
        return found

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> Blended:
        """The inverse of `arrays`."""
        groups: dict[str, dict[str, NDArray[Any]]] = {}
        for name, array in arrays.items():
            head, dot, rest = name.partition(".")
            if dot:
                groups.setdefault(head, {})[rest] = array
        kinds = part_kinds()
        parts = tuple(kinds[head[3:]].from_arrays(items, groups[head]) for head in sorted(groups))
        if arrays["weights"].shape != (2, features_of(len(parts))) or arrays["length"].shape != (2,):
            raise ValueError(f"weights: must be two per feature of {len(parts)} parts")
        return cls(items, parts, arrays["weights"], arrays["length"])


def part_kinds() -> dict[str, type[SequenceModel]]:
    """What a blend may hold, by kind."""
    from salience.models.sequence.attention import Attended

    fitted: tuple[type[SequenceModel], ...] = (Trend, Returns, Moves, Neighbourhood, Attended)
    return {model.kind: model for model in fitted}


@dataclass(frozen=True)
class Blend(SequenceAlgorithm):
    """``examples``: how many validation steps to learn from. ``l2``: how strongly weights are held at 0.

    With the ``neural`` extra, ``parts=(*PARTS, Attention())`` adds a network, which is then trained twice.
    """

    name: ClassVar[str] = "sequence-blend"
    fits: ClassVar[type[SequenceModel]] = Blended

    parts: tuple[SequenceAlgorithm, ...] = PARTS
    holdout: Literal["last", "newest"] = "last"
    share: float = 0.1
    examples: int = 5000
    l2: float = 30.0

    def settings(self) -> dict[str, Any]:
        """The settings by name; each part's with its name."""
        parts = [{"algorithm": part.name} | part.settings() for part in self.parts]
        return {"parts": parts, "holdout": self.holdout, "share": self.share, "examples": self.examples, "l2": self.l2}

    def fit(self, sequences: Sequences, *, seed: int = 0) -> Blended:
        """Fit the parts on the training share, the weights on the validation part, and the parts again on all."""
        if not self.parts:
            raise InvalidInput("parts", self.parts, "must be one algorithm or more")
        at_least("examples", self.examples, 1)
        above("l2", self.l2, 0)
        train, prefixes, targets = hold_out(sequences, self.holdout, self.share, self.examples, seed)
        parts = tuple(part.fit(train, seed=seed) for part in self.parts)
        length = lengths_of(prefixes)
        weights = np.ones((2, features_of(len(parts))), dtype=np.float32)
        if len(targets):
            weights = learn(examples_of(parts, prefixes, targets, seed), standardised(prefixes, length), self.l2)
        parts = tuple(part.fit(sequences, seed=seed) for part in self.parts)
        return Blended(sequences.items, parts, weights, length, settings=self.settings())


def hold_out(
    sequences: Sequences, holdout: str, share: float, examples: int, seed: int
) -> tuple[Sequences, Sequences, Codes]:
    """(train, prefixes, targets), at most ``examples`` of the last two, drawn at random."""
    match holdout:
        case "last":
            train, targets = sequences.without_last()
            prefixes = train
        case "newest":
            if not 0 < share < 1:
                raise InvalidInput("share", share, "must be more than 0 and less than 1")
            cut = len(sequences) - int(np.ceil(share * len(sequences)))
            train = sequences.rows(slice(0, cut))
            prefixes, targets = sequences.rows(slice(cut, None)).steps(LONGEST)
        case _:
            raise InvalidInput("holdout", holdout, 'must be "last" or "newest"')
    chosen = np.sort(np.random.default_rng(seed).permutation(len(targets))[:examples])
    return train, prefixes.rows(chosen), targets[chosen]


def lengths_of(prefixes: Sequences) -> NDArray[np.float64]:
    """Mean and deviation of the log lengths, (2,); of no prefixes, 0 and 1."""
    if not len(prefixes):
        return np.array([0.0, 1.0])
    log_length = np.log(np.maximum(prefixes.lengths, 1))
    return np.array([log_length.mean(), max(log_length.std(), 0.1)])


def standardised(prefixes: Sequences, length: NDArray[np.float64]) -> Weights:
    """l of the module's equation, at most two deviations from 0: beyond, nothing was learned."""
    mean, deviation = length
    found: Weights = np.clip((np.log(np.maximum(prefixes.lengths, 1)) - mean) / deviation, -2, 2).astype(np.float32)
    return found


def features_of(parts: int) -> int:
    """How many features a blend of so many parts has."""
    return parts + 2


def features(parts: tuple[SequenceModel, ...], prefixes: Sequences) -> list[Matrix]:
    """f of the module's equation, one (prefixes, items) matrix per feature."""
    found: list[Matrix] = []
    for part in parts:
        share = shares(largest(part.evidence(prefixes), KEPT))
        data = np.log1p(share.data / FLOOR)
        found.append(sparse.csr_array((data, share.indices, share.indptr), shape=share.shape))
    counts, _ = latest(prefixes)
    seen = (np.ones_like(counts.data), np.log(counts.data))
    return found + [sparse.csr_array((data, counts.indices, counts.indptr), shape=counts.shape) for data in seen]


class Examples(NamedTuple):
    """Candidates of all validation steps, one row each, sorted by step: ``values`` (rows, features), ``step`` (rows,),
    ``target`` (rows,) and ``stands_for`` (rows,), the log of how many items the row stands for."""

    values: NDArray[np.float32]
    step: NDArray[np.int64]
    target: NDArray[np.bool_]
    stands_for: NDArray[np.float32]


def examples_of(parts: tuple[SequenceModel, ...], prefixes: Sequences, targets: Codes, seed: int) -> Examples:
    """The candidates of each step, in batches."""
    rng = np.random.default_rng(seed)
    pieces = []
    for start in range(0, len(targets), BATCH):
        stop = min(start + BATCH, len(targets))
        piece = candidates(features(parts, prefixes.rows(slice(start, stop))), targets[start:stop], rng)
        pieces.append(piece._replace(step=piece.step + start))
    return joined(pieces)


def joined(pieces: list[Examples]) -> Examples:
    """One after the other."""
    return Examples(*(np.concatenate(column) for column in zip(*pieces, strict=True)))


def candidates(found: list[Matrix], targets: Codes, rng: np.random.Generator) -> Examples:
    """The candidates of a batch of steps by their features, as the module says; steps are numbered from 0."""
    n, batch = found[0].shape[1], len(targets)
    keys = [_keys(largest(feature, CANDIDATES)) for feature in found[:-1]]
    best = np.unique(np.concatenate(keys))
    own = np.arange(batch) * n + targets
    drawn = np.repeat(np.arange(batch) * n, OTHERS) + rng.integers(0, n, batch * OTHERS)
    others = np.setdiff1d(np.concatenate((drawn, own)), best)
    rest = n - np.bincount(best // n, minlength=batch)
    each = np.log(rest / np.maximum(np.bincount(others // n, minlength=batch), 1), where=rest > 0, out=np.zeros(batch))
    key = np.concatenate((best, others))
    stands_for = np.concatenate((np.zeros(len(best)), each[others // n]))
    order = np.argsort(key)
    step, item = key[order] // n, key[order] % n
    values = np.stack([np.asarray(feature[step, item]).ravel() for feature in found], axis=1)
    return Examples(values.astype(np.float32), step, targets[step] == item, stands_for[order].astype(np.float32))


def _keys(matrix: Matrix) -> NDArray[np.int64]:
    rows = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    return rows * matrix.shape[1] + matrix.indices


def learn(examples: Examples, length: Weights, l2: float) -> Weights:
    """u and v of the module's equation, (2, features), by L-BFGS on standardised features."""
    values = np.concatenate((examples.values, examples.values * length[examples.step][:, None]), axis=1)
    deviation = values.std(axis=0) + np.float32(1e-6)
    values /= deviation
    start = np.flatnonzero(np.diff(examples.step, prepend=-1))
    lengths = np.diff(np.append(start, len(examples.step)))
    wanted = values[examples.target].sum(axis=0)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = values @ w.astype(np.float32)
        gained = float(score[examples.target].sum())
        score += examples.stands_for
        top = np.maximum.reduceat(score, start)
        weight = np.exp(score - np.repeat(top, lengths))
        total = np.add.reduceat(weight, start)
        weight /= np.repeat(total, lengths)
        value = float((np.log(total) + top).sum()) - gained + l2 * float(w @ w) / 2
        return value, (weight @ values - wanted).astype(np.float64) + l2 * w

    found = minimize(loss, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    weights: Weights = (found.x / deviation).reshape(2, -1).astype(np.float32)
    return weights
