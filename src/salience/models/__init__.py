"""Fitted, immutable scorers. An `Algorithm` (settings) is fitted into a `Model` (arrays); see `model`.

To add one: a file with the algorithm, a test that inherits the behaviour suite, and one line in `ALGORITHMS`.
"""

from pathlib import Path

from salience.models import files
from salience.models.cold.content import Content
from salience.models.factors.als import ALS
from salience.models.factors.bpr import BPR
from salience.models.factors.pure_svd import PureSVD
from salience.models.graph.graph_filter import GraphFilter
from salience.models.graph.graph_walk import P3Alpha, RP3Beta
from salience.models.graph.light_graph import LightGraph
from salience.models.hybrid.blend import Blend
from salience.models.hybrid.candidate_stack import CandidateStack
from salience.models.hybrid.stack import Stack
from salience.models.linear.ease import EASE
from salience.models.linear.near_ease import NearEASE
from salience.models.linear.slim import SLIM
from salience.models.linear.slist import SLIST
from salience.models.model import Algorithm, Model, People, people_of
from salience.models.neighbours.item_knn import ItemKNN
from salience.models.neighbours.user_knn import UserKNN
from salience.models.popularity import Popularity
from salience.models.topk import best

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
