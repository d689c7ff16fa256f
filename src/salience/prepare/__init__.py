"""From raw events to state (`fold`) and to clean tables (`clean`): the same strengths and features for both."""

from salience.prepare.features import FEATURES
from salience.prepare.fold import fold

__all__ = ["FEATURES", "fold"]
