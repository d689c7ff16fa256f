"""Choose what one person sees: candidates -> values -> scores -> choice, in `decide`."""

from salience.recommend.answer import answer, title, told
from salience.recommend.decide import decide
from salience.recommend.matching import check
from salience.recommend.score import traits
from salience.recommend.snapshot import Snapshot

__all__ = ["Snapshot", "answer", "check", "decide", "title", "told", "traits"]
