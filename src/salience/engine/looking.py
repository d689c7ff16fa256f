"""Look: the loop as people see it, and whether it is whole."""

from __future__ import annotations

from collections import Counter

from salience.engine.workspace import Workspace
from salience.events.answers import ArmView, Check, Pulse, SlotView
from salience.store.segments import Segments


class Looking(Workspace):
    """The verbs of those who watch."""

    def pulse(self) -> Pulse:
        """The loop at this moment."""
        now = self.now()
        self.follower.catch_up(now)
        ledger, join = self.log.ledger(), self.follower.join.counts()
        people, items = self.state.size
        return Pulse(
            events=sum(self.follower.tally.kinds.values()),
            kinds=dict(self.follower.tally.kinds),
            decisions=self.follower.tally.kinds.get("decision", 0),
            rungs=dict(self.follower.tally.rungs),
            rewards=join.rewarded + join.late,
            orphans=join.orphans,
            model=self.snapshot.version,
            people=people,
            items=items,
            received=ledger.received,
            stored=ledger.stored,
            duplicate=ledger.duplicate,
            failed=ledger.failed,
            refused=ledger.refused,
            balanced=ledger.balanced,
            lag_rows=max(self.log.last() - self.state.as_of, 0),
            freshness_ms_p50=self.follower.freshness.quantile(0.5),
            freshness_ms_p95=self.follower.freshness.quantile(0.95),
            latency_ms_p50=self.latency.quantile(0.5),
            latency_ms_p95=self.latency.quantile(0.95),
            arms=self._arms(),
            attention=tuple(
                SlotView(slot, a.decisions, a.impressions, a.visible_ms / 1000, a.clicks, a.value, a.value_per_minute)
                for slot, a in self.follower.attention.slots().items()
            ),
        )

    def doctor(self) -> list[Check]:
        """Whether the loop is whole: the ledger, the disk, the model, the folds."""
        pulse = self.pulse()
        equation = f"{pulse.received:,} received = {pulse.stored:,} stored + {pulse.duplicate:,} duplicate + "
        equation += f"{pulse.failed:,} failed + {pulse.refused:,} refused"
        damages = self.log.damages() + ([self.log.trouble] if self.log.trouble else [])
        damages += Segments(self.home.segments).damages() if self.home else ()
        folded = f"{pulse.people:,} people, {pulse.items:,} items, {pulse.lag_rows} rows behind"
        model = self.snapshot.model
        left_out = self.follower.poisoned
        poisoned = "".join(
            f"{len(left_out):,} events left out, e.g. row {row}: {why}" for row, why in [*left_out.items()][:1]
        )
        return [
            Check("ledger", pulse.balanced, equation),
            Check("log", not damages, "; ".join(damages[:3]) or f"{self.log.last():,} rows, every checksum right"),
            Check(
                "state", pulse.lag_rows == 0 and not self.trouble and not poisoned, self.trouble or poisoned or folded
            ),
            Check("model", model is not None, f"{pulse.model} ({model.kind})" if model else "none yet: salience train"),
            Check("keys", not self.vault.keys.missing, self.vault.state),
            self._identity(),
            Check("exploration", self.snapshot.explore > 0, f"{self.snapshot.explore:.1%} per position of a row"),
        ]

    def _identity(self) -> Check:
        alarms = Counter(alarm.what for alarm in self.state.identity.alarms())
        said = ", ".join(f"{count:,} {what}" for what, count in sorted(alarms.items()))
        return Check(
            "identity",
            not alarms.keys() & {"crowd", "burst"},
            f"{said}: salience identity alarms" if said else "no suspicious merge",
        )

    def _arms(self) -> tuple[ArmView, ...]:
        views = []
        for slot, arms in self.follower.arms.slots().items():
            for arm, p in zip(arms, self.snapshot.layouts.probabilities(arms), strict=True):
                mean = arm.reward / arm.trials if arm.trials else 0.0
                views.append(ArmView(slot, arm.name, arm.trials, arm.reward, mean, float(p)))
        return tuple(views)
