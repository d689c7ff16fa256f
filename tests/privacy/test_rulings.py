from __future__ import annotations

from salience.events import Consent
from salience.privacy.consent import ConsentState
from salience.privacy.policy import Policy
from salience.privacy.rulings import Rulings


def test_a_new_choice_is_ruled_on_anew_and_the_same_one_once() -> None:
    rulings, state = Rulings(Policy()), ConsentState()
    assert rulings.may("ann", state, "decide").allowed
    no = state.after(1, Consent(id="c", user="ann", received=1, purposes={"personalisation": False}))
    assert not rulings.may("ann", no, "decide").allowed
    assert rulings.may("ann", no, "decide") is rulings.may("ann", no, "decide")
    assert rulings.may("bob", state, "decide").allowed
