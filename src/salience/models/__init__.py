"""Fitted, immutable scorers. An `Algorithm` (settings) is fitted into a `Model` (arrays); see `model`.

To add one: a file with the algorithm, a test that inherits the behaviour suite, and one line in `ALGORITHMS`.
"""

from pathlib import Path

from salience.models import files
from salience.models.als import ALS
from salience.models.content import Content
from salience.models.ease import EASE
from salience.models.item_knn import ItemKNN
from salience.models.model import Algorithm, Model, People, people_of
from salience.models.popularity import Popularity
from salience.models.pure_svd import PureSVD
from salience.models.slist import SLIST
from salience.models.topk import best
from salience.models.user_knn import UserKNN

ALGORITHMS: tuple[type[Algorithm], ...] = (
    Popularity,
    Content,
    UserKNN,
    ItemKNN,
    PureSVD,
    ALS,
    EASE,
    SLIST,
)
"""What the tuner tries, simplest first. Adding a model is one line here."""


def load(folder: str | Path) -> Model:
    """The model that `Model.save` wrote into ``folder``. Missing: `NotFound`; damaged in any way: `InvalidInput`."""
    return files.load(Path(folder), {algorithm.fits.kind: algorithm.fits for algorithm in ALGORITHMS})


__all__ = [
    "ALGORITHMS",
    "ALS",
    "EASE",
    "SLIST",
    "Algorithm",
    "Content",
    "ItemKNN",
    "Model",
    "People",
    "Popularity",
    "PureSVD",
    "UserKNN",
    "best",
    "load",
    "people_of",
]
