from __future__ import annotations

from salience.models.predictor.network import Network
from tests.models.predictor.predictor_suite import PredictorSuite


class TestNetwork(PredictorSuite):
    learner = Network(members=1)
