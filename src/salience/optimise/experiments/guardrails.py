"""Guardrails: not "is there an effect", but "is it surely not worse than we can bear".

Non-inferiority with a margin, stated before: the metric may lose at most ``margin`` (a relative loss; 0.02 is 2 %) in
the direction that hurts. A guardrail holds once the interval of the lift lies above -margin. All of them must hold, and
each is tested at alpha: demanding all of several at alpha rejects a bad treatment at alpha or less without any
correction (intersection-union; Berger 1982). An alarm of harm is the other way round, any of several, and is
Holm-corrected.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

Guarded: TypeAlias = Literal["holds", "broken", "not enough data"]


def guarded(low: float, high: float, margin: float, *, larger_is_better: bool) -> Guarded:
    """From the interval of the relative lift.

    >>> guarded(-0.01, 0.03, 0.02, larger_is_better=True), guarded(-0.09, -0.03, 0.02, larger_is_better=True)
    ('holds', 'broken')
    >>> guarded(-0.05, 0.03, 0.02, larger_is_better=True)
    'not enough data'
    """
    worst, best = (low, high) if larger_is_better else (-high, -low)
    if worst > -margin:
        return "holds"
    return "broken" if best < -margin else "not enough data"
