"""What a choice of price may look at: of the person only what is disclosed (PIPL 24, Algorithm Provisions 21)."""

from __future__ import annotations

from msgspec import structs

from salience.events.fault import InvalidInput
from salience.events.loops import DecideRequest, LoopSettings


def fair(request: DecideRequest, settings: LoopSettings) -> DecideRequest:
    """The request as a loop may see it: of a price, discount, fee or offer only with the features in ``differs_by``.

    >>> from salience.events.loops import RankAction
    >>> asked = DecideRequest(actions=(RankAction("10"),), context_features=[{"country": "NL", "phone": "dear"}])
    >>> fair(asked, LoopSettings(about="price", differs_by={"country": "taxes differ"})).context_features
    [{'country': 'NL'}]
    """
    if settings.about == "content":
        return request
    parts = [{name: part[name] for name in part if name in settings.differs_by} for part in request.context_features]
    return structs.replace(request, context_features=[part for part in parts if part])


def disclosed(settings: LoopSettings) -> LoopSettings:
    """Themselves; `InvalidInput` where features are disclosed for nothing."""
    if settings.differs_by and settings.about == "content":
        rule = "is for prices, discounts, fees and offers"
        raise InvalidInput("differsBy", ", ".join(settings.differs_by), rule, "set `about`, or leave it out")
    return settings
