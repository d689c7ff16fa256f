"""Pages are learned, and the chances of whole pages are those that were drawn from."""

from __future__ import annotations

from salience.optimise.bandit.play_pages import play_pages
from salience.optimise.bandit.policies import POLICIES
from salience.optimise.worlds.slate import slate


def test_a_cascade_learns_pages() -> None:
    world = slate(0, rounds=600, actions=6, length=3)
    learned, even = (play_pages(world, POLICIES[name], seed=0) for name in ("cascade", "uniform"))
    assert learned.regret < 60 < even.regret
    assert learned.least > 0
    assert abs(even.weight - 1) < 1e-9
    assert play_pages(world, POLICIES["cascade"], seed=0) == learned
