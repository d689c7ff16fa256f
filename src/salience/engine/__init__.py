"""The one assembly: it joins the pure rooms, which decide, to `store`, which touches disks. One short method per verb.

`workspace.py` opens, closes and holds the parts. The verbs stand in a file per group; a new group is a file with a
class that extends `Workspace`, and its name in the line below.
"""

from salience.engine.ablating import Ablating
from salience.engine.attending import Attending
from salience.engine.collecting import Collecting
from salience.engine.guarding import Guarding
from salience.engine.identifying import Identifying
from salience.engine.learning import Progress, TrainReport
from salience.engine.looking import Looking
from salience.engine.papers import Papers
from salience.engine.perceiving import Perceiving
from salience.engine.purging import Purging
from salience.engine.sealing import Sealing
from salience.engine.vouching import Vouching
from salience.engine.workspace import Workspace

__all__ = ["Engine", "Progress", "TrainReport", "Workspace"]


class Engine(
    Ablating,
    Collecting,
    Identifying,
    Guarding,
    Attending,
    Papers,
    Perceiving,
    Looking,
    Sealing,
    Purging,
    Vouching,
):
    """One workspace: its log, what was folded from it, and what was learned from it."""
