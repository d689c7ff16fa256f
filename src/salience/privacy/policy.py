"""What a workspace allows: silence read by region, sensitive classes, and the one question that everybody asks.

``region`` names the law that holds where a person's own region is not known. Without one, ``by_default`` decides about
personalisation and marketing, counting goes on, and nothing is shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from salience.events import AnyEvent, Consent, Identify, Item
from salience.privacy.consent import ConsentState
from salience.privacy.regions import Default, Law, default_for, region_of
from salience.privacy.standing import Ruling, Use, standing

TAG = "tag:"
"""A person who removes a tag refuses the purpose ``tag:NAME``: whatever computes or sends it again is not taken."""

ALWAYS = (Consent, Item)
"""Kinds that are taken in whatever the person chose: the choice itself, and what is about nobody."""


class Policy(Struct, frozen=True):
    """See the settings of the same names."""

    region: str = ""
    by_default: bool = True
    sensitive_traits: frozenset[str] = frozenset()
    sensitive_categories: frozenset[str] = frozenset()
    forbidden_traits: frozenset[str] = frozenset()

    def default(self, state: ConsentState) -> Default:
        """What this person's silence allows."""
        if state.region or self.region:
            return default_for(state.region or self.region)
        own = self.by_default
        return {
            "analytics": True,
            "personalisation": own,
            "marketing": own,
            "sharing": False,
            "sensitive": False,
        }

    def law(self, state: ConsentState) -> Law:
        """Whose clocks run for this person's requests; the strict one where nobody said a region."""
        return region_of(state.region or self.region).law

    def may(self, state: ConsentState, use: Use, *, erased: bool = False) -> Ruling:
        """Rule on one use.

        >>> Policy(by_default=False).may(ConsentState(), "decide")
        Ruling(allowed=False, because='default')
        """
        return standing(state, use, self.default(state), erased=erased)

    def quiet(self) -> bool:
        """Whether somebody who has said nothing may be stored, counted and profiled, so that nobody need be asked."""
        silent = ConsentState()
        return all(self.may(silent, use).allowed for use in ("store", "count", "profile"))

    def trait_fault(self, name: str, state: ConsentState) -> str:
        """Why this trait of this person may not be kept, or ""."""
        if name in self.forbidden_traits:
            return "is forbidden here"
        if state.choice(TAG + name) is False:
            return "was removed by the person"
        if name in self.sensitive_traits and not self.may(state, "sensitive").allowed:
            return "is sensitive, and the person did not consent to that separately"
        return ""

    def kept_traits(self, traits: Mapping[str, Any], state: ConsentState) -> tuple[dict[str, Any], list[str]]:
        """The traits that may be kept (a null always may: it forgets), and the reasons for those that may not."""
        faults = {name: self.trait_fault(name, state) for name, value in traits.items() if value is not None}
        kept = {name: value for name, value in traits.items() if not faults.get(name)}
        return kept, [f"traits.{name}: {fault}" for name, fault in faults.items() if fault]

    def looks_at_traits(self, event: AnyEvent, state: ConsentState) -> bool:
        """Whether any trait of this event has to be looked at."""
        watched = self.forbidden_traits | self.sensitive_traits
        tags = any(choice.purpose.startswith(TAG) for choice in state.choices)
        return isinstance(event, Identify) and (tags or not watched.isdisjoint(event.traits))
