"""Salience: an open-source personalization engine. Collect, prepare, mine, learn, recommend, optimise, learn again.

A notebook's five lines::

    data = salience.Interactions.from_frame(df, user="u", item="i", value=None, time="t")
    model = salience.tune(data, metric="ndcg@10", minutes=10, seed=0)
    items, scores = model.recommend(["ann"], k=10)
    model.save("my-model")
    model = salience.load("my-model")
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Engine", "Interactions", "InvalidInput", "__version__", "load", "tune"]

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.events.fault import InvalidInput
    from salience.events.interactions import Interactions
    from salience.models import load
    from salience.train import tune

_HOMES = {
    "Engine": "salience.engine",
    "Interactions": "salience.events.interactions",
    "InvalidInput": "salience.events.fault",
    "load": "salience.models",
    "tune": "salience.train",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that `salience --help` does not pay for NumPy and SciPy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'salience' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
