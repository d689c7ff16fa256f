"""`GET /health/live` and `/health/ready`: is the process up, and may a load balancer send it work?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from salience.serve.verb import Verb
from salience.serve.wire import write

if TYPE_CHECKING:
    from salience.engine import Engine


class Live(Struct, frozen=True):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(Struct, frozen=True):
    """``reasons`` say why not, empty when ready. Without a ``model`` it is ready too, and answers what is popular."""

    status: Literal["ready", "not ready"]
    reasons: tuple[str, ...] = ()
    model: str = ""
    lag_rows: int = 0


async def live(_engine: Engine, _request: Request) -> Response:
    """Touches nothing: a slow disk must not get a healthy process restarted."""
    return write(Live())


async def ready(engine: Engine, _request: Request) -> Response:
    """200 if the log can be read and its ledger balances, else 503. Cheap enough to be asked every second."""
    try:
        pulse = await run_in_threadpool(engine.pulse)
    except RuntimeError as error:  # the store is away or damaged; its own words say which
        return write(Ready("not ready", (str(error),)), 503)
    reasons = () if pulse.balanced else ("the ledger does not balance: see `salience doctor`",)
    return write(
        Ready("not ready" if reasons else "ready", reasons, pulse.model, pulse.lag_rows), 503 if reasons else 200
    )


LIVE = Verb("/health/live", "GET", "Whether the process answers.", live, Live)
READY = Verb("/health/ready", "GET", "Whether it can do its work, and if not, why.", ready, Ready, statuses=(503,))
