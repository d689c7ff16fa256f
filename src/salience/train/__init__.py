"""From a table to a fitted model: search the settings, choose honestly, describe what came out."""

from salience.train.card import Card
from salience.train.leaderboard import Leaderboard, Row, Skipped
from salience.train.tuning import choose, compare, priced, refit, remembered, tune

__all__ = ["Card", "Leaderboard", "Row", "Skipped", "choose", "compare", "priced", "refit", "remembered", "tune"]
