"""Fitted, immutable scorers. An `Algorithm` (settings) is fitted into a `Model` (arrays); see `model`.

To add one: a file with the algorithm, a test that inherits the behaviour suite, and one line in `ALGORITHMS`.
"""

from pathlib import Path

from salience.models import files
from salience.models.als import ALS
from salience.models.blend import Blend
from salience.models.bpr import BPR
from salience.models.candidate_stack import CandidateStack
from salience.models.content import Content
from salience.models.ease import EASE
from salience.models.graph_filter import GraphFilter
from salience.models.graph_walk import P3Alpha, RP3Beta
from salience.models.item_knn import ItemKNN
from salience.models.light_graph import LightGraph
from salience.models.model import Algorithm, Model, People, people_of
from salience.models.near_ease import NearEASE
from salience.models.popularity import Popularity
from salience.models.pure_svd import PureSVD
from salience.models.slim import SLIM
from salience.models.slist import SLIST
from salience.models.stack import Stack
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

HEAVIER: tuple[type[Algorithm], ...] = (
    P3Alpha,
    RP3Beta,
    GraphFilter,
    NearEASE,
    SLIM,
    BPR,
    LightGraph,
    Stack,
    CandidateStack,
    Blend,
)
"""What takes minutes where the others take seconds: for `salience bench`, and for whoever asks for them by name."""


def load(folder: str | Path) -> Model:
    """The model that `Model.save` wrote into ``folder``. Missing: `NotFound`; damaged in any way: `InvalidInput`."""
    return files.load(Path(folder), {algorithm.fits.kind: algorithm.fits for algorithm in (*ALGORITHMS, *HEAVIER)})


__all__ = [
    "ALGORITHMS",
    "ALS",
    "BPR",
    "EASE",
    "HEAVIER",
    "SLIM",
    "SLIST",
    "Algorithm",
    "Blend",
    "CandidateStack",
    "Content",
    "GraphFilter",
    "ItemKNN",
    "LightGraph",
    "Model",
    "NearEASE",
    "P3Alpha",
    "People",
    "Popularity",
    "PureSVD",
    "RP3Beta",
    "Stack",
    "UserKNN",
    "best",
    "load",
    "people_of",
]
