"""A self-attentive network that predicts the next item at every place of a sequence (SASRec: Kang and McAuley 2018,
"Self-attentive sequential recommendation", ICDM), with what later papers found to matter: the softmax over all items in
place of sampled pairs (Klenitskiy and Vasilev 2023, "Turning dross into gold loss", RecSys), normalised embeddings
(NISER: Gupta, Garg, Malhotra, Vig, Shroff 2019), and attention that knows distances instead of places (Shaw, Uszkoreit,
Vaswani 2018; T5's form of one learned number per head and distance).

    x = E[items];  per block:  x += W softmax(Q K' / sqrt(d) + bias[distance]) V;  x += W2 gelu(W1 norm(x))
    logit_i = SCALE cos(norm(x), E_i) + b_i
    min  - sum over places t of log softmax(logits_t)[item t + 1]

Causal, so that one sequence trains all its prefixes at once. Above `FULL` items the softmax runs over the target and
`SAMPLED` uniform draws, each weighted by the items it stands for (the sampled softmax, Bengio and Senecal 2008).

Training needs JAX (the `neural` extra); a trained network scores with NumPy alone: `hidden` is written for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap, Matrix
from salience.models.model import Arrays, Floats
from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.sequences import Sequences
from salience.models.sequence.settle import above, at_least

SCALE = 16.0
FULL = 16_384
SAMPLED = 4096
KEPT = 300
TOKENS = 1024
"""Places predicted per step of the optimiser."""
WIDTHS = (4, 8, 16, 32, 64)
"""Sequences are padded to one of these lengths, and cut into pieces of the last."""
DISTANCES = 32

Params = dict[str, Any]


class Batch(NamedTuple):
    """``items`` (sequences, length) codes, n where nothing is; ``targets`` (TOKENS,), what follows each of them, and
    ``weight`` (TOKENS,), 0 where nothing does."""

    items: NDArray[np.int32]
    targets: NDArray[np.int32]
    weight: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Attended(SequenceModel):
    """``params``: the arrays of the network, float32, by name. ``heads``: of each attention."""

    kind: ClassVar[str] = "attended"

    params: Arrays
    heads: int

    def evidence(self, prefixes: Sequences) -> Matrix:
        """The softmax, its `KEPT` largest shares."""
        logits = self.score(prefixes)
        kept = min(KEPT, logits.shape[1])
        share = np.exp(logits - logits.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        best = np.sort(np.argpartition(-share, kept - 1, axis=1)[:, :kept], axis=1)
        data = np.take_along_axis(share, best, axis=1)
        indptr = np.arange(len(share) + 1) * kept
        return sparse.csr_array((data.ravel(), best.ravel(), indptr), shape=share.shape)

    def score(self, prefixes: Sequences) -> Floats:
        """Logits. After nothing: the items' own b alone."""
        n = len(self.items)
        vectors = self.params["item"] / np.linalg.norm(self.params["item"], axis=1, keepdims=True)
        out = np.tile(self.params["bias"], (len(prefixes), 1))
        recent = prefixes.newest(WIDTHS[-1])
        width = np.searchsorted(WIDTHS, recent.lengths)
        for place in np.unique(width[recent.lengths > 0]):
            for rows in _batches(np.flatnonzero((width == place) & (recent.lengths > 0)), 64):
                items = padded(recent.rows(rows), WIDTHS[place], n)
                last = hidden(np, self.params, items, self.heads)[:, -1]
                out[rows] += SCALE * (unit(np, last) @ vectors.T)
        return out

    def arrays(self) -> Arrays:
        """The parameters and the number of heads."""
        return self.params | {"heads": np.array([self.heads])}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> Attended:
        """The inverse of `arrays`."""
        params = {name: array for name, array in arrays.items() if name != "heads"}
        if params["item"].shape[0] != len(items) or params["bias"].shape != (len(items),):
            raise ValueError(f"item: must have one row per item, {len(items)}")
        return cls(items, params, int(arrays["heads"][0]))


@dataclass(frozen=True)
class Attention(SequenceAlgorithm):
    """``blocks`` one on another, ``heads`` (dividing the ``width`` of the vectors) in each; ``steps`` of Adam."""

    name: ClassVar[str] = "attention"
    fits: ClassVar[type[SequenceModel]] = Attended
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "dropout": (0.2, 0.4),
        "steps": (1000, 2000, 4000),
        "blocks": (1, 2),
    }

    width: int = 64
    blocks: int = 1
    heads: int = 2
    dropout: float = 0.3
    steps: int = 2000
    rate: float = 0.002

    def fit(self, sequences: Sequences, *, seed: int = 0) -> Attended:
        """Train from scratch. Needs JAX; without it `InvalidInput` says how to get it."""
        for setting in ("width", "blocks", "heads", "steps"):
            at_least(setting, getattr(self, setting), 1)
        above("rate", self.rate, 0)
        if self.width % self.heads:
            raise InvalidInput("heads", self.heads, f"must divide the width, {self.width}")
        if not 0 <= self.dropout < 1:
            raise InvalidInput("dropout", self.dropout, "must be 0 or more and less than 1")
        rng = np.random.default_rng(seed)
        params = initial(rng, sequences, self.width, self.blocks, self.heads)
        pieces = cut(sequences)
        if len(pieces):
            params = _train(self, params, pieces, rng)
        return Attended(sequences.items, params, self.heads, settings=self.settings())


def initial(rng: np.random.Generator, sequences: Sequences, width: int, blocks: int, heads: int) -> Arrays:
    """Small random weights; b starts at a quarter of the log share of each item, not to drown the cosine."""
    n = len(sequences.items)
    count = np.bincount(sequences.codes, minlength=n) + 1.0
    params = {
        "item": rng.normal(0, 0.05, (n, width)),
        "bias": np.log(count / count.sum()) / 4,
        "out.gain": np.ones(width),
    }
    for block in range(blocks):
        shapes = {
            "qkv": (width, 3 * width),
            "mix": (width, width),
            "up": (width, 2 * width),
            "down": (2 * width, width),
        }
        for name, shape in shapes.items():
            params[f"{block}.{name}"] = rng.normal(0, 0.5 / np.sqrt(shape[0]), shape)
        params[f"{block}.distance"] = np.zeros((heads, DISTANCES))
        params[f"{block}.attend.gain"] = np.ones(width)
        params[f"{block}.feed.gain"] = np.ones(width)
    return {name: value.astype(np.float32) for name, value in params.items()}


def cut(sequences: Sequences) -> Sequences:
    """Pieces of two entries or more, at most the longest of `WIDTHS` and one; each begins where one ended."""
    longest = WIDTHS[-1]
    count = -(-np.maximum(sequences.lengths - 1, 0) // longest)
    stop = np.repeat(sequences.indptr[1:], count)
    back = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)  # 0 = the newest piece
    stop = stop - back * longest
    start = np.maximum(np.repeat(sequences.indptr[:-1], count), stop - longest - 1)
    return sequences.spans(start, stop)


def padded(sequences: Sequences, width: int, n: int) -> NDArray[np.int32]:
    """(sequences, width) codes, newest in the last column, ``n`` where nothing is."""
    items = np.full((len(sequences), width), n, dtype=np.int32)
    items[sequences.row, width - 1 - sequences.age] = sequences.codes
    return items


def _batches(rows: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def batches(pieces: Sequences, rng: np.random.Generator) -> Iterator[Batch]:
    """Epoch after epoch, without end: pieces of like length together, as many as fill `TOKENS` places."""
    width = np.searchsorted(WIDTHS, pieces.lengths - 1)
    while True:
        groups = []
        for place in np.unique(width):
            rows = rng.permutation(np.flatnonzero(width == place))
            groups += [(WIDTHS[place], part) for part in _batches(rows, TOKENS // WIDTHS[place])]
        for chosen in rng.permutation(len(groups)):
            size, rows = groups[chosen]
            yield _batch(pieces.rows(rows), size, TOKENS // size)


def _batch(pieces: Sequences, width: int, rows: int) -> Batch:
    n = len(pieces.items)
    inputs, _ = pieces.without_last()
    items = np.full((rows, width), n, dtype=np.int32)
    items[: len(pieces)] = padded(inputs, width, n)
    follows = np.full((rows, width), 0, dtype=np.int32)
    later = pieces.age < pieces.lengths[pieces.row] - 1
    follows[pieces.row[later], width - 1 - pieces.age[later]] = pieces.codes[later]
    real = (items < n).ravel()
    return Batch(items, follows.ravel(), real.astype(np.float32))


def unit(xp: Any, x: Any) -> Any:
    """Vectors of length 1."""
    return x / xp.sqrt(xp.sum(x * x, axis=-1, keepdims=True) + 1e-6)


def norm(xp: Any, x: Any, gain: Any) -> Any:
    """Root-mean-square normalisation (Zhang and Sennrich 2019)."""
    return gain * x / xp.sqrt(xp.mean(x * x, axis=-1, keepdims=True) + 1e-6)


def hidden(xp: Any, params: Params, items: Any, heads: int, drop: Any = lambda x: x) -> Any:
    """The network's state after each place, (sequences, length, width), in the array library ``xp``.

    ``items`` (sequences, length) holds n where nothing is; ``drop`` is the dropout while training.
    """
    n, width = params["item"].shape
    length = items.shape[1]
    there = items < n
    x = drop(unit(xp, params["item"])[xp.minimum(items, n - 1)] * np.float32(np.sqrt(width)))
    gap = np.arange(length)[:, None] - np.arange(length)[None, :]
    seen = there[:, None, None, :] & (gap >= 0)
    own = xp.where(there, 0, 1)[:, None, :, None] * np.eye(length, dtype=np.int32) > 0  # so that no row is all masked
    for block in range(sum(name.endswith(".qkv") for name in params)):
        part = partial("{}.{}".format, block)
        q, k, v = xp.split(norm(xp, x, params[part("attend.gain")]) @ params[part("qkv")], 3, axis=-1)
        q, k, v = (xp.swapaxes(y.reshape(*y.shape[:2], heads, -1), 1, 2) for y in (q, k, v))
        distance = params[part("distance")][:, np.clip(gap, 0, DISTANCES - 1)]
        logits = q @ xp.swapaxes(k, -1, -2) * np.float32((width / heads) ** -0.5) + distance
        logits = xp.where(seen | own, logits, np.float32(-1e9))
        weight = xp.exp(logits - logits.max(axis=-1, keepdims=True))
        mixed = xp.swapaxes(weight / weight.sum(axis=-1, keepdims=True) @ v, 1, 2).reshape(x.shape)
        x = x + drop(mixed @ params[part("mix")])
        fed = norm(xp, x, params[part("feed.gain")]) @ params[part("up")]
        gelu = fed * (1 + xp.tanh(np.float32(0.851) * fed)) / 2  # its sigmoid form (Hendrycks and Gimpel 2016)
        x = x + drop(gelu @ params[part("down")])
    return norm(xp, x, params["out.gain"])


def _train(settings: Attention, params: Arrays, pieces: Sequences, rng: np.random.Generator) -> Arrays:
    """Adam (Kingma and Ba 2015) with a rate that rises over the first twentieth and falls to 0 as a cosine."""
    try:
        jax: Any = import_module("jax")
    except ImportError:
        way_out = 'pip install "salience[neural]"'
        raise InvalidInput("algorithm", "attention", "needs JAX, which is not installed", way_out) from None
    xp = jax.numpy
    n = len(pieces.items)
    sampled = n > FULL

    def loss(params: Params, batch: Batch, negatives: Any, key: Any) -> Any:
        keys = iter(jax.random.split(key, 1 + 2 * settings.blocks))

        def drop(x: Any) -> Any:
            kept = jax.random.bernoulli(next(keys), 1 - settings.dropout, x.shape)
            return xp.where(kept, x / (1 - settings.dropout), 0)

        states = hidden(xp, params, batch.items, settings.heads, drop).reshape(-1, settings.width)
        states = SCALE * unit(xp, states)
        vectors, bias = params["item"], params["bias"]
        own = (states * unit(xp, vectors[batch.targets])).sum(axis=1) + bias[batch.targets]
        if sampled:
            others = states @ unit(xp, vectors[negatives]).T + bias[negatives] + np.log((n - 1) / SAMPLED)
            others = xp.where(negatives[None, :] == batch.targets[:, None], -1e9, others)
            total = xp.logaddexp(own, jax.scipy.special.logsumexp(others, axis=1))
        else:
            total = jax.scipy.special.logsumexp(states @ unit(xp, vectors).T + bias, axis=1)
        return ((total - own) * batch.weight).sum() / batch.weight.sum()

    # a GPU adds the slopes of an item's places up in any order, unless told not to: same seed, same network
    @partial(jax.jit, donate_argnums=(0,), compiler_options={"xla_gpu_deterministic_ops": True})
    def step(state: Any, batch: Batch, negatives: Any, key: Any, progress: Any) -> Any:
        params, first, second, count = state
        slope = jax.grad(loss)(params, batch, negatives, key)
        count = count + 1
        rate = settings.rate * xp.minimum(20 * progress, 0.5 * (1 + xp.cos(np.pi * progress)))
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = jax.tree.map(lambda s, g: 0.98 * s + 0.02 * g * g, second, slope)
        size = rate * xp.sqrt(1 - 0.98**count) / (1 - 0.9**count)
        params = jax.tree.map(lambda p, m, s: p - size * m / (xp.sqrt(s) + 1e-8), params, first, second)
        return params, first, second, count

    zeros = {name: np.zeros_like(value) for name, value in params.items()}
    state: Any = jax.device_put((params, zeros, {name: value.copy() for name, value in zeros.items()}, np.float32(0)))
    key = jax.random.key(int(rng.integers(2**31)))
    for done, batch in zip(range(1, settings.steps + 1), batches(pieces, rng), strict=False):
        negatives = rng.integers(0, n, SAMPLED if sampled else 1, dtype=np.int32)
        key, own = jax.random.split(key)
        state = step(state, batch, negatives, own, np.float32(done / settings.steps))
    return {name: np.array(value) for name, value in state[0].items()}
