from __future__ import annotations

from msgspec import structs

from salience.events import Action, AnyEvent, Click, Outcome, Purchase, Rating, View
from salience.events.experiment import Arm, Design, Metric
from salience.feedback.counted import Counted
from salience.feedback.measure import FOR_EVER, Who
from salience.feedback.measure import measure as measured
from salience.feedback.naming import names_of, worth
from salience.optimise.experiments.book import Allocation, Met, Run
from salience.optimise.experiments.measured import Measured

METRICS = (
    Metric(name="orders", event="purchase"),
    Metric(name="revenue", sort="mean", event="purchase", value="value"),
    Metric(name="quiz", event="Quiz finished"),
    Metric(name="back", sort="retention", days=1),
)
DESIGN = Design(arms=(Arm(name="control"), Arm(name="new")), metrics=METRICS, units=10)


def run(met: dict[str, list[Met]], design: Design = DESIGN) -> Run:
    made = Run("s", (0.0, 1.0), design, 0, [Allocation(0, {"control": 0.5, "new": 0.5})])
    made.met.update(met)
    return made


def measure(events: list[AnyEvent], run: Run, who: Who, now: int) -> Measured:
    """In two portions, as a report and a later one would read them."""
    counted = Counted(run.design)
    counted.read(enumerate(events[:1], 1))
    measured(counted, run, who, now)
    counted.read(enumerate(events[1:], 2))
    return measured(counted, run, who, now)


def one(arm: str, at: int, **context: object) -> Met:
    return Met(arm, at, at, at, context)  # type: ignore[arg-type]


def test_events_feed_every_column_that_names_them() -> None:
    events: list[AnyEvent] = [
        Purchase(id="1", user="ann", item="tea", price=3.0, quantity=2, time=20, received=21),
        Action(id="2", user="ann", name="Quiz finished", time=30, received=31),
        Purchase(id="3", user="stranger", item="tea", price=9.0, time=20),
        Click(id="4", user="ann", item="tea", time=40, context={"bot": True}),
    ]
    found = measure(events, run({"ann": [one("new", 10)]}), str, now=100)
    rows = [(found.columns[c].event, found.columns[c].value, w) for c, w in zip(found.column, found.worth, strict=True)]
    assert rows == [
        ("purchase", "count", 1.0),
        ("purchase", "value", 6.0),
        ("", "count", 1.0),
        ("Quiz finished", "count", 1.0),
        ("", "count", 1.0),
    ]
    assert found.known.tolist()[0] == 21
    assert found.arm.tolist() == [1]


def test_ids_of_one_person_are_one_unit_with_their_first_arm() -> None:
    who = {"ann": "ann", "tablet": "ann", "bob": "bob", "phone": "bob"}.get
    met = {"tablet": [one("new", 5)], "ann": [one("new", 9)], "bob": [one("control", 6)], "phone": [one("new", 7)]}
    events: list[AnyEvent] = [Purchase(id="1", user="tablet", item="tea", time=20)]
    found = measure(events, run(met), lambda name: who(name) or name, now=100)
    assert (len(found), found.exposed.tolist(), found.arm.tolist()) == (1, [5], [1])
    assert found.crossed == 1
    assert set(found.unit.tolist()) == {0}


def test_machines_are_counted_and_left_out_and_segments_are_those_of_the_exposure() -> None:
    design = structs.replace(DESIGN, segments=("browser",))
    met = {"ann": [one("new", 5, browser="safari")], "bot": [one("new", 6, bot=True)], "bob": [one("control", 7)]}
    found = measure([], run(met, design), str, now=100)
    assert (len(found), found.machines) == (2, 1)
    assert found.segments["browser"] == ["safari", ""]
    assert found.until.tolist() == [FOR_EVER, FOR_EVER]


def test_what_an_event_is_called_and_worth() -> None:
    assert names_of(Outcome(id="1", value=0.5, metric="nps")) == ("outcome", "nps")
    assert names_of(View(id="1", item="tea")) == ("view", "")
    assert worth(View(id="1", item="tea", dwell_ms=1500)) == 1.5
    assert worth(Rating(id="1", item="tea", value=4)) == 0.75
    assert worth(Outcome(id="1", value=-0.5)) == -0.5
    assert worth(Click(id="1", item="tea")) == 1.0
