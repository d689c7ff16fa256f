"""The attention ledger: what each slot took of people's time, and what came back. A fold of the log.

Attention is spent in viewable seconds, not in page loads; what came back is the rewards. ``return per minute`` is the
first figure by which two slots can be compared at all.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from salience.events import AnyEvent, Click, Decision, Exposure, Impression
from salience.feedback.reward import reward


class Attention(Struct, frozen=True):
    """One slot's account."""

    decisions: int = 0
    impressions: int = 0
    visible_ms: int = 0
    clicks: int = 0
    value: float = 0.0

    @property
    def value_per_minute(self) -> float | None:
        """Reward earned per minute of viewable attention; None before anybody looked."""
        return self.value / (self.visible_ms / 60_000) if self.visible_ms else None


class AttentionLedger:
    """Accounts by slot. Events name their slot; those without one are not this ledger's."""

    def __init__(self) -> None:
        self._slots: dict[str, Attention] = {}
        self._whole: set[str] = set()

    def apply(self, event: AnyEvent) -> None:
        """Book one event."""
        if not event.slot or (isinstance(event, Decision) and event.mode != "online"):
            return
        was = self._slots.get(event.slot, Attention())
        self._slots[event.slot] = Attention(
            decisions=was.decisions + isinstance(event, Decision),
            impressions=was.impressions + isinstance(event, Impression),
            visible_ms=was.visible_ms + self._looked(event),
            clicks=was.clicks + isinstance(event, Click),
            value=was.value + (reward(event) or 0.0),
        )

    def _looked(self, event: AnyEvent) -> int:
        """Viewable ms. Once a slot is measured as a whole, its items are not added: they are in view together."""
        if not isinstance(event, Impression | Exposure):
            return 0
        if isinstance(event, Exposure) and not event.item:
            self._whole.add(event.slot)
        return 0 if event.item and event.slot in self._whole else event.visible_ms

    def slots(self) -> Mapping[str, Attention]:
        """A copy of the accounts, by slot."""
        return dict(sorted(self._slots.items()))
