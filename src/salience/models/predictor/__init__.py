"""Predictors of outcomes: a `Learner` (settings) is fitted into a `Predictor` (arrays); see `predictor`."""
