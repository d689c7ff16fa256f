"""What mining learned of items goes back into the log, as fields of their cards: filters, rules, features, reasons.

The fields are named ``learned.topic``, ``learned.sentiment``, ``learned.colour`` and ``learned.look``, so they never
collide with the shop's own. Their card says when (``time``) and that it was learned (``source``). The setting
``use_learned`` names those that may be written and used; what is not named is not seen by filters or models.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from msgspec import structs

from salience.engine.workspace import Workspace
from salience.events import Item
from salience.events.fault import InvalidInput
from salience.events.insights import LEARNED, field_of


class Insights(Workspace):
    """The verb that keeps what was learned."""

    def keep_learned(self, name: str, values: Mapping[str, str | float]) -> int:
        """Write a learned field into the cards of these items; how many changed. Unknown items are passed over."""
        if name not in LEARNED:
            raise InvalidInput("name", name, f"must be one of {', '.join(LEARNED)}")
        if name not in self.settings.use_learned:
            way = f"add {name} to use_learned in salience.toml"
            raise InvalidInput("use_learned", name, "is switched off by the settings", way)
        now = self.now()
        self.follower.catch_up(now)
        changed: list[Item] = []
        for item, value in values.items():
            card = self.state.card(item)
            if card is None and self.state.codes([item])[0] < 0:
                continue
            card = card or Item(id="-", item=item)
            if card.attributes.get(field_of(name)) != value:
                fields = {**card.attributes, field_of(name): value}
                changed.append(
                    structs.replace(
                        card,
                        id=uuid.uuid4().hex,
                        time=max(now, card.time),
                        received=now,
                        source="learned",
                        attributes=fields,
                    )
                )
        if changed:
            self.log.append(changed).result()
        return len(changed)
