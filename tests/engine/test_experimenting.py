"""Experiments from the first step to the verdict, on a log, with a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
import pytest
from msgspec import structs

from salience import Engine
from salience.engine.assigning import Asking
from salience.events import (
    Alias,
    AnyEvent,
    Assigned,
    Click,
    Consent,
    Decision,
    Experiment,
    InvalidInput,
    Item,
    Message,
    NotFound,
    RecommendRequest,
    View,
)
from salience.events.experiment import Arm, Design, Metric

DAY = 86_400_000
BEGAN = 1_760_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Iterator[Engine]:
    with Engine.in_memory(clock=clock) as made:
        made.new_salt = map("salt-{}".format, count()).__next__  # a random split finds an effect now and then
        yield made


BUYS = Metric(name="buys", event="click", days=1, role="primary")


def design(**changes: object) -> Design:
    made = Design(arms=(Arm(name="control"), Arm(name="new")), metrics=(BUYS,), units=2_000, min_days=2)
    return structs.replace(made, **changes)


def visit(
    engine: Engine, clock: Clock, name: str, people: int, days: int, rates: dict[str, float], seed: int = 1
) -> None:
    """``people`` meet the flag, spread over ``days``; each clicks within the hour with the rate of their arm."""
    rng, events = np.random.default_rng(seed), []
    for number in range(people):
        clock.now = BEGAN + days * DAY * number // people
        who = f"u-{seed}-{number}"
        flag = engine.flag(name, Asking(user=who))
        if rng.random() < rates[flag.variant]:
            event = Click(id=f"c-{who}", user=who, item="tea", time=clock.now + 60_000, received=clock.now + 60_000)
            events.append(event)
    engine.log.append(events).result()
    clock.now = BEGAN + (days + 2) * DAY


def test_a_real_effect_is_called_and_none_is_not(engine: Engine, clock: Clock) -> None:
    for seed, (name, rate) in enumerate((("real", 0.2), ("none", 0.1))):
        clock.now = BEGAN
        engine.define_experiment(name, design(layer=name))
        engine.start_experiment(name)
        visit(engine, clock, name, 2_000, 5, {"control": 0.1, "new": rate}, seed=seed)
    real, none = engine.report_experiment("real").judged, engine.report_experiment("none").judged
    assert (real.verdict.word, real.verdict.arm) == ("better", "new")
    (result,) = real.results
    assert result.decided is not None
    assert result.believed is not None
    assert result.believed < result.difference  # stopped early: the estimate at the stop was lucky
    assert result.low is not None
    assert result.low > 0
    assert none.verdict.word == "no difference shown"
    assert none.fraction == 1.0
    assert real.shares is not None
    assert real.shares.ok


def test_before_there_is_enough_data_it_says_so(engine: Engine, clock: Clock) -> None:
    engine.define_experiment("few", design())
    engine.start_experiment("few")
    visit(engine, clock, "few", 100, 3, {"control": 0.1, "new": 0.2})
    found = engine.report_experiment("few").judged
    assert found.verdict.word == "not enough data"
    assert "100 of 2,000" in found.verdict.said


def test_a_fixed_plan_is_not_judged_before_its_end(engine: Engine, clock: Clock) -> None:
    """A difference that p < 0.05 would call at once is not called, and the report tells why."""
    engine.define_experiment("fixed", design(method="fixed", units=4_000))
    engine.start_experiment("fixed")
    visit(engine, clock, "fixed", 1_500, 10, {"control": 0.1, "new": 0.4})
    found = engine.report_experiment("fixed").judged
    (result,) = found.results
    assert found.verdict.word == "not enough data"
    assert any("would call" in reason for reason in found.verdict.reasons)
    assert (result.p, result.low, result.decided) == (None, None, None)


def test_a_few_days_are_not_a_week(engine: Engine, clock: Clock) -> None:
    engine.define_experiment("quick", design(min_days=14))
    engine.start_experiment("quick")
    visit(engine, clock, "quick", 2_000, 5, {"control": 0.1, "new": 0.4})
    found = engine.report_experiment("quick").judged
    assert found.verdict.word == "not enough data"
    assert "days" in found.verdict.said


def test_what_the_report_says_does_not_depend_on_who_looked(engine: Engine, clock: Clock) -> None:
    """The looks are computed from the log: a report of today holds the looks of the days before, unchanged."""
    engine.define_experiment("looks", design(units=1_500))
    engine.start_experiment("looks")
    visit(engine, clock, "looks", 1_500, 10, {"control": 0.2, "new": 0.22})
    late = engine.report_experiment("looks").judged.results[0].looks
    clock.now = BEGAN + 6 * DAY
    early = engine.report_experiment("looks").judged.results[0].looks
    assert len(early) > 3
    assert late[: len(early) - 1] == early[:-1]


def test_lost_units_are_noticed_and_the_segment_named(engine: Engine, clock: Clock) -> None:
    engine.define_experiment("lost", design(segments=("browser",)))
    engine.start_experiment("lost")
    for number in range(3_000):
        clock.now = BEGAN + DAY * number // 1_000
        browser = ("chrome", "safari", "firefox")[number % 3]
        who = f"s-{number}"
        entry = engine.follower.book.entry("lost")
        assert entry.running is not None
        dealt = engine.deal(entry, entry.running, Asking(user=who, context={"browser": browser}))
        assert dealt is not None
        if dealt.exposure is not None and (browser != "safari" or dealt.arm == "control" or number % 2):
            written = engine.log.append([dealt.exposure])
    written.result()  # the report reads what the disk has
    clock.now = BEGAN + 5 * DAY
    found = engine.report_experiment("lost").judged
    assert found.verdict.word == "do not trust it"
    assert "browser=safari" in found.verdict.said
    assert found.shares is not None
    assert found.shares.sound_without


def test_the_arm_stays_when_the_shares_change_and_new_ones_follow_them(engine: Engine, clock: Clock) -> None:
    engine.define_experiment("ramp", design(units=1_000))
    engine.start_experiment("ramp", {"control": 0.9, "new": 0.1})
    first = {f"u{n}": engine.flag("ramp", Asking(user=f"u{n}")).variant for n in range(400)}
    clock.now += DAY
    engine.allocate_experiment("ramp", {"control": 0.1, "new": 0.9})
    assert {who: engine.flag("ramp", Asking(user=who)).variant for who in first} == first
    second = [engine.flag("ramp", Asking(user=f"v{n}")).variant for n in range(400)]
    assert list(first.values()).count("new") < 70
    assert second.count("new") > 330
    clock.now += 3 * DAY
    found = engine.report_experiment("ramp").judged
    assert found.shares is not None
    assert found.shares.ok


def test_a_restart_has_a_new_salt_and_keeps_the_old_run(engine: Engine, clock: Clock) -> None:
    engine.define_experiment("again", design())
    engine.start_experiment("again")
    one = [engine.flag("again", Asking(user=f"u{n}")).variant for n in range(300)]
    clock.now += DAY
    engine.stop_experiment("again", why="a bug in the page")
    clock.now += DAY
    engine.start_experiment("again")
    two = [engine.flag("again", Asking(user=f"u{n}")).variant for n in range(300)]
    assert 100 < sum(a == b for a, b in zip(one, two, strict=True)) < 200
    assert engine.report_experiment("again", run=1).judged.units["new"] == one.count("new")
    steps = [event.step for _, event in engine.log.read(limit=5_000) if isinstance(event, Experiment)]
    assert steps == ["define", "start", "stop", "start"]


def test_signing_in_changes_no_arm_and_double_exposure_is_counted(engine: Engine, clock: Clock) -> None:
    engine.define_experiment("sticky", design())
    engine.start_experiment("sticky")
    seen: dict[int, tuple[str, str]] = {}
    for number in range(200):
        clock.now += 1_000
        visitor = engine.flag("sticky", Asking(anonymous=f"v{number}")).variant
        if number % 2:  # every other one met it as a known user on another device, too, before anybody knew
            clock.now += 1_000
            seen[number] = visitor, engine.flag("sticky", Asking(user=f"k{number}")).variant
        clock.now += 1_000
        engine.collect([Alias(id=f"a{number}", user=f"k{number}", previous=f"anon:v{number}")], source="test")
        assert engine.flag("sticky", Asking(user=f"k{number}")).variant == visitor
        assert engine.flag("sticky", Asking(anonymous=f"v{number}")).variant == visitor
    clock.now += 3 * DAY
    found = engine.report_experiment("sticky").judged
    crossed = sum(one != other for one, other in seen.values())
    assert 20 < crossed < 80
    assert found.crossed == crossed
    assert sum(found.units.values()) == 200 - crossed
    assert any("met two arms" in note for note in found.notes)


def test_one_layer_shares_nobody_and_a_holdout_is_in_nothing_else(engine: Engine) -> None:
    engine.define_experiment("a", design(traffic=0.5))
    engine.define_experiment("b", design(traffic=0.5))
    engine.define_experiment("keep-out", design(layer="holdout", holdout=True))
    engine.start_experiment("keep-out", {"control": 0.9, "new": 0.1})
    engine.start_experiment("a")
    engine.start_experiment("b")
    engine.define_experiment("c", design(traffic=0.1))
    with pytest.raises(InvalidInput, match="no free span"):
        engine.start_experiment("c")
    both = held = 0
    for number in range(600):
        asking = Asking(user=f"u{number}")
        reasons = [engine.flag(name, asking).reason for name in ("a", "b")]
        out = engine.flag("keep-out", asking).variant == "new"
        both += reasons.count("SPLIT") == 2
        held += out
        assert not (out and "SPLIT" in reasons)
        assert out or "SPLIT" in reasons
    assert both == 0
    assert 30 < held < 100


def test_steps_that_cannot_be_taken_are_refused(engine: Engine) -> None:
    with pytest.raises(NotFound, match="nobody defined it"):
        engine.start_experiment("what")
    engine.define_experiment("x", design())
    with pytest.raises(InvalidInput, match="not running"):
        engine.stop_experiment("x")
    engine.start_experiment("x")
    with pytest.raises(InvalidInput, match="is running"):
        engine.define_experiment("x", design(units=10))
    with pytest.raises(InvalidInput, match="is no arm"):
        engine.allocate_experiment("x", {"control": 0.5, "nwe": 0.5})
    with pytest.raises(NotFound, match="model"):
        engine.define_experiment("y", design(target="recommend", arms=(Arm(name="a"), Arm(name="b", model="v9"))))


def test_a_stopped_flag_answers_what_was_shipped(engine: Engine) -> None:
    arms = (Arm(name="control", value=False), Arm(name="new", value=True))
    engine.define_experiment("banner", design(arms=arms))
    assert engine.flag("banner", Asking(user="ann")).reason == "DISABLED"
    engine.start_experiment("banner")
    assert engine.flag("banner", Asking(user="ann")).value in (True, False)
    engine.stop_experiment("banner", ship="new")
    shipped = engine.flag("banner", Asking(user="ann"))
    assert (shipped.value, shipped.reason) == (True, "STATIC")


def test_recommendations_are_tried_and_every_decision_names_its_arm(engine: Engine, clock: Clock) -> None:
    engine.collect([Item(id=f"i{n}", item=f"tea-{n}") for n in range(20)], source="test")
    arms = (Arm(name="control"), Arm(name="curious", explore=0.5, layout_policy="epsilon-greedy"))
    metric = Metric(name="clicks a decision", sort="ratio", event="click", per="impression", days=1)
    engine.define_experiment("curiosity", design(target="recommend", arms=arms, metrics=(metric,), slots=("for-you",)))
    engine.start_experiment("curiosity")
    for number in range(60):
        engine.recommend(RecommendRequest(user=f"u{number}", k=3, layouts=("a", "b")))
        engine.recommend(RecommendRequest(user=f"u{number}", k=3, slot="elsewhere"))
    found = [event for _, event in engine.log.read(limit=5_000) if isinstance(event, Decision)]
    tried = [one for one in found if one.arms]
    assert {one.slot for one in tried} == {"for-you"}
    assert len(tried) == 60
    for one in tried:
        curious = one.arms["curiosity"] == "curious"
        assert one.explore == (0.5 if curious else engine.settings.explore)
        assert one.layout is not None
        assert one.layout.policy == ("epsilon-greedy" if curious else "thompson")
    assert not [event for _, event in engine.log.read(limit=5_000) if isinstance(event, Assigned)]
    clock.now += 3 * DAY
    units = engine.report_experiment("curiosity").judged.units
    assert units["control"] + units["curious"] == 60
    assert min(units.values()) > 15


def test_clusters_are_assigned_whole_and_judged_by_cluster(engine: Engine, clock: Clock) -> None:
    engine.define_experiment("school", design(unit="cluster", cluster="school", units=40))
    engine.start_experiment("school")
    variants: dict[str, set[str]] = {}
    for number in range(400):
        asking = Asking(user=f"u{number}", context={"school": f"s{number % 40}"})
        variants.setdefault(f"s{number % 40}", set()).add(engine.flag("school", asking).variant)
        engine.collect([Click(id=f"c{number}", user=f"u{number}", item="tea")], source="test")
    assert all(len(found) == 1 for found in variants.values())
    clock.now += 3 * DAY
    found = engine.report_experiment("school").judged
    assert sum(found.units.values()) == 40


def test_a_switchback_gives_everybody_the_same_arm_for_a_while(engine: Engine, clock: Clock) -> None:
    per = Metric(name="clicks a view", sort="ratio", event="click", per="view", days=0)
    made = design(unit="time", period_hours=6, burn_in_hours=1, units=60, metrics=(per,))
    engine.define_experiment("stock", made)
    engine.start_experiment("stock")
    rng, variants = np.random.default_rng(3), []
    events: list[AnyEvent] = []
    for period in range(60):
        for hour in range(6):
            clock.now = BEGAN + (period * 6 + hour) * 3_600_000 + 60_000
            variant = engine.flag("stock", Asking(user=f"u{hour}")).variant
            variants.append(variant)
            rate = 0.5 if variant == "new" and hour else 0.2  # the first hour still feels the arm before
            for view in range(20):
                mark = f"{period}-{hour}-{view}"
                events.append(View(id=f"v{mark}", user="u", item="tea", time=clock.now, received=clock.now))
                if rng.random() < rate:
                    events.append(Click(id=f"c{mark}", user="u", item="tea", time=clock.now, received=clock.now))
    engine.log.append(events).result()
    clock.now = BEGAN + 60 * 6 * 3_600_000
    assert all(len(set(variants[at : at + 6])) == 1 for at in range(0, 360, 6))
    found = engine.report_experiment("stock").judged
    assert found.verdict.word == "better"
    (result,) = found.results
    assert result.treated == pytest.approx(0.5, abs=0.03)
    assert found.shares is None


CHANGES: list[tuple[Callable[[Design], Design], str]] = [
    (lambda d: structs.replace(d, arms=(d.arms[0], d.arms[0])), "stands twice"),
    (lambda d: structs.replace(d, metrics=(Metric(name="m"),)), "needs one"),
    (lambda d: structs.replace(d, metrics=(Metric(name="m", sort="ratio", event="click"),)), "below the line"),
    (lambda d: structs.replace(d, metrics=(Metric(name="m", sort="funnel", steps=("a",)),)), "at least two"),
    (lambda d: structs.replace(d, unit="cluster"), "names the cluster"),
    (lambda d: structs.replace(d, unit="time"), "means, ratios and quantiles"),
    (lambda d: structs.replace(d, arms=(Arm(name="a"), Arm(name="b", explore=0.1))), "settings of recommendations"),
    (lambda d: structs.replace(d, arms=(Arm(name="a", value=1), Arm(name="b", value="x"))), "of one type"),
    (lambda d: structs.replace(d, metrics=(structs.replace(BUYS, role="guardrail"),)), "all are guardrails"),
]


@pytest.mark.parametrize(("change", "rule"), CHANGES, ids=[rule for _, rule in CHANGES])
def test_designs_that_cannot_be_judged_are_refused(
    engine: Engine, change: Callable[[Design], Design], rule: str
) -> None:
    with pytest.raises(InvalidInput, match=rule):
        engine.define_experiment("bad", change(design()))


def test_who_was_erased_is_in_no_experiment_any_more(engine: Engine) -> None:
    engine.define_experiment("gone", design(segments=("browser",)))
    engine.start_experiment("gone")
    for number in range(10):
        engine.flag("gone", Asking(user=f"u{number}", context={"browser": "safari"}))
    engine.erase("u3")
    assert engine.log.of_subject("u3", limit=10) == []
    assert sum(engine.report_experiment("gone").judged.units.values()) == 9


def test_who_may_not_be_counted_gets_the_control_and_leaves_no_trace(engine: Engine) -> None:
    engine.define_experiment("quiet", design())
    engine.start_experiment("quiet")
    engine.collect([Consent(id="no", user="shy", purposes={"analytics": False})], source="test")
    flags = [engine.flag("quiet", Asking(user="shy")) for _ in range(3)]
    assert {(one.variant, one.reason) for one in flags} == {("control", "DEFAULT")}
    assert not [event for _, event in engine.log.read(limit=100) if isinstance(event, Assigned)]


def test_a_later_report_reads_only_the_rows_that_came_since(
    engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [View(id=f"v-{n}", user="early", item="tea", time=BEGAN, received=BEGAN) for n in range(50)]
    engine.log.append(before).result()
    engine.define_experiment("grows", design())
    engine.start_experiment("grows")
    read: list[int] = []
    plain = engine.log.read

    def counted(after: int = 0, limit: int = 1000) -> list[tuple[int, AnyEvent]]:
        rows = plain(after=after, limit=limit)
        read.extend(row for row, _ in rows)
        return rows

    visit(engine, clock, "grows", 300, 3, {"control": 0.2, "new": 0.2}, seed=1)
    engine.follower.catch_up(clock.now)
    monkeypatch.setattr(engine.log, "read", counted)
    first = engine.report_experiment("grows").judged
    assert min(read) > 50  # nothing of before the start is needed
    read.clear()
    assert engine.report_experiment("grows").judged == first
    assert not read
    visit(engine, clock, "grows", 200, 3, {"control": 0.2, "new": 0.2}, seed=2)
    read.clear()
    later = engine.report_experiment("grows").judged
    assert sum(later.units.values()) == 500
    with Engine.in_memory(clock=clock) as other:  # the same rows, read at once
        other.log.append([event for _, event in plain(limit=100_000)]).result()
        assert other.report_experiment("grows").judged == later


GUARDED = Metric(name="complaints", event="message", days=1, role="guardrail", better="less", margin=0.1)


def complain(engine: Engine, clock: Clock, name: str, rates: dict[str, float]) -> None:
    rng, events = np.random.default_rng(5), []
    clock.now = BEGAN
    for number in range(1_500):
        who = f"g-{number}"
        flag = engine.flag(name, Asking(user=who))
        if rng.random() < rates[flag.variant]:
            events.append(Message(id=f"m-{who}", user=who, text="no", time=clock.now + 60, received=clock.now + 60))
    engine.log.append(events).result()
    clock.now = BEGAN + 2 * DAY


@pytest.mark.parametrize("on_harm", ["return", "tell"])
def test_a_broken_guardrail_gives_everybody_the_control_again(engine: Engine, clock: Clock, on_harm: str) -> None:
    engine.define_experiment("bad", design(metrics=(BUYS, GUARDED), on_harm=on_harm))
    engine.start_experiment("bad")
    complain(engine, clock, "bad", {"control": 0.1, "new": 0.3})
    (found,) = engine.guard_experiments()
    assert found.alarms[0].arm == "new"
    assert found.alarms[0].low > 0.1
    assert found.returned == (on_harm == "return")
    (view,) = engine.experiments()
    assert view.state == ("stopped" if on_harm == "return" else "running")
    if found.returned:
        assert view.why.startswith("returned by itself: complaints of new")
        assert {engine.flag("bad", Asking(user=f"g-{n}")).variant for n in range(50)} == {"control"}
        assert [row.action for row in engine.audit_trail()][-1] == "experiment returned"
        assert engine.guard_experiments() == ()


def test_a_guardrail_that_holds_leaves_the_run_alone(engine: Engine, clock: Clock) -> None:
    engine.define_experiment("good", design(metrics=(BUYS, GUARDED)))
    engine.start_experiment("good")
    complain(engine, clock, "good", {"control": 0.2, "new": 0.2})
    assert engine.guard_experiments() == ()
    assert engine.experiments()[0].state == "running"
