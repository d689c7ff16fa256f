"""`POST /v1/outcomes`: how decisions turned out; the policies learn from these and the ledger counts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from salience.collect.decode import Body
from salience.collect.limits import PUBLIC, Malformed, TooLarge
from salience.collect.receipt import Receipt
from salience.events.kinds import Id, Milliseconds, Name, OptionalId
from salience.serve.collect import submit
from salience.serve.verb import Verb
from salience.serve.wire import document

if TYPE_CHECKING:
    from salience.engine import Engine


class Report(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One outcome. Without an ``id`` it is the decision's only one for this metric and item, so a retry counts once."""

    decision: Id
    value: Annotated[float, Meta(ge=-1, le=1)]
    id: OptionalId = ""
    metric: Name = "reward"
    item: OptionalId = ""
    user: OptionalId = ""
    anonymous: OptionalId = ""
    session: OptionalId = ""
    slot: OptionalId = ""
    time: Milliseconds = 0


class Outcomes(Struct, frozen=True):
    """The body: up to 10,000 reports, more are 413."""

    outcomes: Annotated[tuple[Report, ...], Meta(min_length=1)]


async def respond(engine: Engine, request: Request) -> Response:
    """Outcomes are events of their own kind, and take the events' way in."""
    return await submit(engine, request, events_of)


def events_of(body: bytes) -> Body:
    """The reports of a body as outcome events; each is judged on its own, further in."""
    raw = document(body)
    reports = raw.get("outcomes") if isinstance(raw, dict) and len(raw) == 1 else None
    if not isinstance(reports, list) or not reports:
        raise Malformed("body", raw, 'must be {"outcomes": [...]} with at least one entry', "see /docs")
    if len(reports) > PUBLIC.events:
        raise TooLarge("outcomes", len(reports), f"must be at most {PUBLIC.events:,} in one body", "send several")
    return Body([as_event(report) for report in reports])


def as_event(report: Any) -> Any:
    """A report as the outcome event that it stands for. What is no object stays, and fails with its reason."""
    if not isinstance(report, dict):
        return report
    named = ":".join(str(report.get(part, "")) for part in ("decision", "metric", "item"))
    return {"id": f"outcome:{named}"[:256], **report, "kind": "outcome"}


VERB = Verb(
    path="/v1/outcomes",
    method="POST",
    summary="Tell how a decision turned out: a value in [-1, 1] for its decision id.",
    respond=respond,
    takes=Outcomes,
    each=True,
    gives=Receipt,
    needs="write",
    also=("text/plain",),
    statuses=(400, 401, 408, 413, 415, 422, 429, 431, 503),
    example='{"outcomes": [{"decision": "d-1", "value": 1, "anonymous": "v-1", "item": "50"}]}',
)
