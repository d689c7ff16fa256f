"""Experiments on the log: what was meant, who may be in it, who got which arm. Nothing of it is ever edited.

An experiment is a name and the steps that were taken with it, each an event: ``define``, ``start``, ``allocate`` (new
shares), ``stop``. A new start is a new run with a new salt. `salience.optimise.experiments.book` folds them.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct, field

from salience.events.fault import InvalidInput
from salience.events.kinds import Event, Id, Name, OptionalId, Scalar, Share, Text

EXPERIMENT = "experiment:"
"""The name space of experiments among the subjects of the log; no user's id may begin with it."""

Method: TypeAlias = Literal["fixed", "sequential", "declared", "anytime"]
"""Judged once, at the planned number of units; once a day by alpha spending; at any time up to the planned number; at
any time, for ever."""

Sort: TypeAlias = Literal["mean", "proportion", "ratio", "quantile", "retention", "funnel"]


class Metric(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is measured for each unit. ``event`` is a kind of event, or the name of an action.

    ``mean``: of the number of events (``value="count"``) or of their worth (``"value"``: price x quantity, the value of
    an outcome, a share of a rating). ``proportion``: units with at least one. ``ratio``: events over those of ``per``.
    ``quantile``: of the units' sums. ``retention``: units seen again between ``days`` and ``days`` + 1 after their
    first exposure. ``funnel``: units that took all ``steps`` in order.

    Events count from the unit's first exposure on, for ``days`` days; a unit is judged once its days are over, so that
    late comers do not look lazy. 0: up to now. ``cap``: winsorise at this quantile of the values above 0.
    ``past_days``: adjust by the same metric over so many days before (CUPED). ``margin``: the relative loss that a
    guardrail may show.
    """

    name: Name
    sort: Sort = "proportion"
    event: OptionalId = ""
    value: Literal["count", "value"] = "count"
    per: OptionalId = ""
    steps: Annotated[tuple[Name, ...], Meta(max_length=10)] = ()
    quantile: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    days: Annotated[float, Meta(ge=0, le=365)] = 7.0
    cap: Annotated[float, Meta(gt=0, lt=1)] | None = None
    past_days: Annotated[float, Meta(ge=0, le=365)] = 0.0
    role: Literal["primary", "secondary", "guardrail"] = "secondary"
    margin: Annotated[float, Meta(gt=0, le=1)] = 0.02
    better: Literal["more", "less"] = "more"

    def checked(self, where: str) -> None:
        """`InvalidInput` for what the types alone cannot refuse."""
        if self.sort == "funnel":
            if len(self.steps) < 2:
                raise InvalidInput(f"{where}.steps", self.steps, "a funnel has at least two", "name events in order")
        elif not self.event and self.sort != "retention":
            raise InvalidInput(f"{where}.event", "", f"a {self.sort} needs one", "e.g. purchase, or an action's name")
        if self.sort == "ratio" and not self.per:
            raise InvalidInput(f"{where}.per", "", "a ratio needs what stands below the line", "e.g. impression")
        if self.past_days and self.sort not in ("mean", "proportion"):
            raise InvalidInput(f"{where}.past_days", self.past_days, f"cannot adjust a {self.sort}", "leave it out")


class Arm(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One arm. ``value`` is what a flag answers (default: the name). The rest is for the target ``recommend``: a
    setting
    that is left out stays what it is in the workspace."""

    name: Name
    value: Scalar = None
    explore: Share | None = None
    layout_policy: OptionalId = ""
    model: OptionalId = ""

    @property
    def answer(self) -> str | bool | int | float:
        """What a flag of this arm answers."""
        return self.name if self.value is None else self.value


class Design(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is tried on whom, and how it will be judged. The first arm is the control.

    ``unit``: ``user`` (the person, also before they sign in), ``session``, ``cluster`` (people who share the trait or
    context value ``cluster``), ``time`` (switchback: everybody gets the same arm for ``period_hours``, whose first
    ``burn_in_hours`` do not count). ``target``: ``flag`` (asked by name) or ``recommend`` (every row of these
    ``slots``; none named: of all). ``traffic``: the share of the units of its ``layer``; experiments of one layer share
    nobody. ``on_harm``: what a guardrail that is surely broken does while the run is on: ``return`` everybody to the
    control, or only be told in the report. ``units``: how many are planned, all arms together. ``holdout``: units of
    its last arm are kept out of all other experiments. ``segments``: names in the context by which arms are checked for
    missing units.
    """

    arms: Annotated[tuple[Arm, ...], Meta(min_length=2, max_length=20)]
    metrics: Annotated[tuple[Metric, ...], Meta(min_length=1, max_length=100)]
    hypothesis: Text = ""
    units: Annotated[int, Meta(ge=2, le=1_000_000_000)]
    unit: Literal["user", "session", "cluster", "time"] = "user"
    cluster: OptionalId = ""
    period_hours: Annotated[float, Meta(gt=0, le=8760)] = 24.0
    burn_in_hours: Annotated[float, Meta(ge=0, le=8760)] = 0.0
    target: Literal["flag", "recommend"] = "flag"
    slots: Annotated[tuple[Id, ...], Meta(max_length=100)] = ()
    layer: Id = "default"
    traffic: Annotated[float, Meta(gt=0, le=1)] = 1.0
    method: Method = "sequential"
    alpha: Annotated[float, Meta(ge=1e-4, le=0.2)] = 0.05
    min_days: Annotated[int, Meta(ge=0, le=365)] = 7
    segments: Annotated[tuple[Name, ...], Meta(max_length=10)] = ()
    holdout: bool = False
    on_harm: Literal["return", "tell"] = "return"

    @property
    def names(self) -> tuple[str, ...]:
        """The arms' names, the control first."""
        return tuple(arm.name for arm in self.arms)

    @property
    def primary(self) -> tuple[Metric, ...]:
        """The metrics that decide: those so marked, else the first."""
        return tuple(metric for metric in self.metrics if metric.role == "primary") or self.metrics[:1]

    def arm(self, name: str) -> Arm:
        """The arm of this name."""
        return next(arm for arm in self.arms if arm.name == name)

    def checked(self) -> Design:
        """Itself; `InvalidInput` names what the types alone cannot refuse."""
        for what, names in (("arms", self.names), ("metrics", [metric.name for metric in self.metrics])):
            if len(set(names)) < len(names):
                raise InvalidInput(what, ", ".join(names), "a name stands twice", "give each its own")
        if len({type(arm.answer) for arm in self.arms}) > 1:
            raise InvalidInput("arms", "", "values of a flag are of one type", "all texts, all numbers or all booleans")
        for at, metric in enumerate(self.metrics):
            metric.checked(f"metrics[{at}]")
        if self.unit == "cluster" and not self.cluster:
            raise InvalidInput("cluster", "", "says which trait or context value names the cluster", "e.g. school")
        if self.unit == "time" and any(metric.sort not in ("mean", "ratio", "quantile") for metric in self.metrics):
            raise InvalidInput(
                "metrics", "", "periods have means, ratios and quantiles only", "e.g. clicks a view: ratio"
            )
        if self.unit == "time" and self.burn_in_hours >= self.period_hours:
            raise InvalidInput("burn_in_hours", self.burn_in_hours, "leaves nothing of a period", "lower it")
        if all(metric.role == "guardrail" for metric in self.metrics):
            raise InvalidInput("metrics", "", "all are guardrails", "say what should get better: role primary")
        settings = [arm.name for arm in self.arms if arm.explore is not None or arm.layout_policy or arm.model]
        if settings and self.target != "recommend":
            rule = "explore, layout_policy and model are settings of recommendations"
            raise InvalidInput("arms", settings[0], rule, 'say "target": "recommend"')
        return self


class Experiment(Event, frozen=True, tag="experiment"):
    """One step taken with an experiment. Made here, never sent. ``span``: its part of the layer's places."""

    name: Id
    step: Literal["define", "start", "allocate", "stop"]
    design: Design | None = None
    salt: OptionalId = ""
    span: tuple[Share, ...] = ()
    shares: dict[Name, Share] = field(default_factory=dict)
    why: Text = ""

    @property
    def subject(self) -> str:
        """Experiments have a name space of their own."""
        return EXPERIMENT + self.name


class Assigned(Event, frozen=True, tag="assigned"):
    """A unit met an experiment for the first time in a run: its exposure. Made here, never sent.

    ``unit`` is set where the unit is not the person: a session, a cluster, a period of time.
    """

    experiment: Id
    arm: Name
    salt: OptionalId = ""
    unit: OptionalId = ""
