from __future__ import annotations

import pytest

from salience.events import InvalidInput
from salience.mine.paths import EXIT, START, paths
from tests.mine.people import did

WORLD = {"ann": "home look look buy", "bob": "home look", "cyd": "look buy", "dan": "home help"}


def test_moves_are_shares_of_what_followed() -> None:
    moves = {(move.step, move.after): move for move in paths(did(**WORLD)).moves}
    assert (moves[START, "home"].count, moves[START, "home"].share) == (3, 0.75)
    assert moves["home", "look"].share == pytest.approx(2 / 3)
    assert ("look", "look") not in moves  # a repeat in a row is one step
    assert moves["look", EXIT].share == pytest.approx(1 / 3)


def test_paths_and_roles_with_a_goal() -> None:
    found = paths(did(**WORLD), goal="buy")
    assert (found.visits, found.reached) == (4, 2)
    roles = {role.step: role for role in found.steps}
    assert roles["look"].goal == pytest.approx(2 / 3)
    assert roles["home"].starts == 1.0
    assert roles["help"].exits == 1.0
    assert roles["look"].removal == 1.0  # nobody buys without looking
    # start -> home .75 -> look 2/3, start -> look .25: without home only the last is left, a third of all
    assert roles["home"].removal == pytest.approx(1 - 0.25 / (0.75 * 2 / 3 + 0.25))
    assert roles["buy"].removal is None
    ways = {path.steps: path for path in found.paths}
    assert ways["home", "look", "buy"].goal == 1.0
    assert ways["home", "look"].goal == 0.0


def test_long_paths_are_cut() -> None:
    (path,) = paths(did(ann="a b c d"), deep=2).paths
    assert path.steps == ("a", "b", "...")


def test_a_goal_nobody_reached_is_refused() -> None:
    with pytest.raises(InvalidInput, match="goal"):
        paths(did(**WORLD), goal="fly")
