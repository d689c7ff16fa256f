"""`GET /metrics`: what the engine counts, in Prometheus' text form. Totals only, nothing about a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.events.answers import Pulse
from salience.serve.verb import Verb

if TYPE_CHECKING:
    from salience.engine import Engine

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


class PulseCollector(Collector):
    """One read of the engine's pulse per scrape; no global registry, so two apps in one process do not mix."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[Metric]:
        """The families, in the order of the loop: in, decided, learned."""
        pulse = self.engine.pulse()
        ledger = CounterMetricFamily("salience_events", "Events by what became of them.", labels=["fate"])
        for fate in ("received", "stored", "duplicate", "failed", "refused"):
            ledger.add_metric([fate], getattr(pulse, fate))
        yield ledger
        yield GaugeMetricFamily("salience_ledger_balanced", "1 if no event is unaccounted for.", float(pulse.balanced))
        yield _by("salience_stored_kinds", "Stored events by kind.", "kind", pulse.kinds)
        yield _by("salience_decisions", "Answers by the rung that gave them.", "rung", pulse.rungs)
        yield CounterMetricFamily("salience_rewards", "Rewards joined to decisions.", pulse.rewards)
        yield CounterMetricFamily("salience_orphans", "Outcomes whose decision is not known.", pulse.orphans)
        yield GaugeMetricFamily("salience_people", "Profiles.", pulse.people)
        yield GaugeMetricFamily("salience_items", "Items of the catalogue.", pulse.items)
        alarms = Counter(alarm.what for alarm in self.engine.identity_alarms())
        yield _by("salience_identity_alarms", "Merges that somebody should look at.", "what", alarms)
        surges = len(self.engine.door.surges.found)
        yield GaugeMetricFamily("salience_surges", "Items that one network pushes today; see the audit chain.", surges)
        broken = {"experiment": len(self.engine.alarms.experiments), "loop": len(self.engine.alarms.loops)}
        yield _by("salience_guardrail_alarms", "Guardrails found broken; see /v1/guardrails.", "of", broken)
        left_out = len(self.engine.follower.poisoned)
        yield GaugeMetricFamily("salience_poisoned_rows", "Events that no fold can take; see doctor.", left_out)
        yield GaugeMetricFamily("salience_lag_rows", "Log rows that state has not folded yet.", pulse.lag_rows)
        yield _quantiles("salience_freshness_seconds", "From an event to the answer that knows it.", pulse, "freshness")
        yield _quantiles("salience_answer_seconds", "Time to an answer.", pulse, "latency")
        model = GaugeMetricFamily("salience_model_live", "The version that answers.", labels=["version"])
        model.add_metric([pulse.model], 1)
        yield model
        yield from _arms(pulse)
        yield from _attention(pulse)


def _by(name: str, help: str, label: str, counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, help, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family


def _quantiles(name: str, help: str, pulse: Pulse, of: str) -> Metric:
    """p50 and p95 in seconds; absent while nothing was measured."""
    family = GaugeMetricFamily(name, help, labels=["quantile"])
    for label, ms in (("0.5", getattr(pulse, of + "_ms_p50")), ("0.95", getattr(pulse, of + "_ms_p95"))):
        if ms is not None:
            family.add_metric([label], ms / 1000)
    return family


def _arms(pulse: Pulse) -> Iterator[Metric]:
    trials = CounterMetricFamily("salience_arm_trials", "Judged decisions of an arm.", labels=["slot", "arm"])
    reward = GaugeMetricFamily("salience_arm_reward", "Sum of an arm's rewards.", labels=["slot", "arm"])
    share = GaugeMetricFamily("salience_arm_probability", "Chance of being drawn next.", labels=["slot", "arm"])
    for arm in pulse.arms:
        trials.add_metric([arm.slot, arm.name], arm.trials)
        reward.add_metric([arm.slot, arm.name], arm.reward)
        share.add_metric([arm.slot, arm.name], arm.probability)
    return iter((trials, reward, share))


def _attention(pulse: Pulse) -> Iterator[Metric]:
    seen = CounterMetricFamily("salience_attention_seconds", "Viewable seconds of a slot.", labels=["slot"])
    for slot in pulse.attention:
        seen.add_metric([slot.slot], slot.visible_seconds)
    return iter((seen,))


async def respond(engine: Engine, _request: Request) -> Response:
    """Counts only; nothing about a person."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(PulseCollector(engine))
    return Response(await run_in_threadpool(generate_latest, registry), media_type=MEDIA)


VERB = Verb(
    path="/metrics",
    method="GET",
    summary="Counts and times for Prometheus.",
    respond=respond,
    gives=str,
    needs="view",
    media="text/plain",
    statuses=(401, 403, 429),
)
