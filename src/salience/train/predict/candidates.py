"""What is tried, simplest first. A new learner is a file in `salience.models.predictor`, and a line here."""

from __future__ import annotations

from salience.models.predictor.bayes import NaiveBayes
from salience.models.predictor.boosting import Boosting
from salience.models.predictor.forest import DecisionTree, RandomForest
from salience.models.predictor.logistic import Logistic
from salience.models.predictor.network import Network
from salience.models.predictor.predictor import Learner

STOPS = (30, 60, 100, 150, 220, 320, 450)
"""Rounds of boosting that are judged; one fit gives them all."""


def candidates() -> tuple[Learner, ...]:
    """In the order in which they are tried until the time is up: one of every kind, then their other settings."""
    rounds = STOPS[-1]
    return (
        Logistic(0.01),
        Boosting(rounds=rounds, leaves=8),
        NaiveBayes(),
        DecisionTree(4),
        RandomForest(trees=60),
        Network(decay=1.0),
        Boosting(rounds=rounds, leaves=4, columns=0.3),
        Logistic(0.001),
        Logistic(0.1),
        Boosting(rounds=rounds, leaves=16, least=40),
        Network(decay=0.1),
        RandomForest(trees=60, depth=14, least=4),
        Logistic(1.0),
        Network(decay=0.01),
        DecisionTree(6),
        Boosting(rounds=rounds, leaves=31, columns=0.8),
        Logistic(0.0001),
        NaiveBayes(smooth=20.0),
    )
