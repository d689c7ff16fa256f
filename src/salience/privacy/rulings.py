"""Rulings, remembered: the same choices of the same person are ruled on once for each use."""

from __future__ import annotations

from salience.privacy.consent import ConsentState
from salience.privacy.policy import Policy
from salience.privacy.standing import Ruling, Use

REMEMBERED = 50_000
"""People with choices; all are forgotten together when there are more."""


class Rulings:
    """What `Policy.may` says, by person. A person's state is another object after every choice, so none is missed.

    >>> rulings = Rulings(Policy())
    >>> rulings.may("ann", ConsentState(), "decide").allowed
    True
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[str, tuple[ConsentState, dict[Use, Ruling]]] = {}

    def may(self, subject: str, state: ConsentState, use: Use) -> Ruling:
        """Rule on one use of a person whose choices are ``state``."""
        known = self._known.get(subject)
        if known is None or known[0] is not state:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[subject] = state, {}
        ruling = known[1].get(use)
        if ruling is None:
            ruling = known[1][use] = self._policy.may(state, use)
        return ruling
