"""How good is a model, on data it has not seen? Splits, metrics, intervals, and the evaluator that joins them."""

from salience.evaluate.evaluator import Evaluation, Judged, evaluate, rank
from salience.evaluate.intervals import Interval, difference, lift, mean
from salience.evaluate.metrics import METRICS, parse
from salience.evaluate.split import (
    SPLITS,
    Split,
    global_cut,
    leave_last_out,
    leave_users_out,
    newest_fraction,
    random_fraction,
    split_by,
)

__all__ = [
    "METRICS",
    "SPLITS",
    "Evaluation",
    "Interval",
    "Judged",
    "Split",
    "difference",
    "evaluate",
    "global_cut",
    "leave_last_out",
    "leave_users_out",
    "lift",
    "mean",
    "newest_fraction",
    "parse",
    "random_fraction",
    "rank",
    "split_by",
]
