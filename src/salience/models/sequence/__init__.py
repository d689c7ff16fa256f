"""What comes next? Models of ordered histories: sessions, baskets of clicks, orders. See `model` for the contract.

To add one: a file with the algorithm, a test that inherits the behaviour suite, and one line in `SEQUENCE_ALGORITHMS`.
"""

from salience.models.sequence.attention import Attention
from salience.models.sequence.blend import PARTS, Blend
from salience.models.sequence.detours import Detours
from salience.models.sequence.model import SequenceAlgorithm, SequenceModel
from salience.models.sequence.neighbours import Neighbours
from salience.models.sequence.repeats import Repeats
from salience.models.sequence.sequences import Sequences
from salience.models.sequence.transitions import Transitions
from salience.models.sequence.trends import Trends

SEQUENCE_ALGORITHMS: tuple[type[SequenceAlgorithm], ...] = (
    Trends,
    Repeats,
    Transitions,
    Detours,
    Neighbours,
    Attention,
    Blend,
)
"""What a tuner tries, simplest first; `Attention` needs the `neural` extra to be fitted."""

__all__ = [
    "PARTS",
    "SEQUENCE_ALGORITHMS",
    "Attention",
    "Blend",
    "Detours",
    "Neighbours",
    "Repeats",
    "SequenceAlgorithm",
    "SequenceModel",
    "Sequences",
    "Transitions",
    "Trends",
]
