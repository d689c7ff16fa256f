"""The routes of Azure AI Personalizer (retired), so that its clients work with another address and key.

Both official ones do: `azure-cognitiveservices-personalizer` under ``/personalizer/v1.0``, `azure-ai-personalizer`
under ``/personalizer``; callers that write the preview's version into the path find it there as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from salience.serve.keys import TENANT, Keys
from salience.serve.limits import Bounded
from salience.serve.load import Load
from salience.serve.personalizer import configuration, evaluations, model, rank
from salience.serve.personalizer.call import Call
from salience.serve.rated import Rated
from salience.serve.tenant import Tenant

PREFIXES = ("/personalizer", "/personalizer/v1.0", *(f"/personalizer/v1.1-preview.{n}" for n in (1, 2, 3)))
CALLS: tuple[Call, ...] = (*rank.CALLS, *configuration.CALLS, *model.CALLS, *evaluations.CALLS)


def routes(tenants: Sequence[Tenant], load: Load) -> list[Route]:
    """Every call under every prefix, each with the guards of its kind."""
    return [_route(prefix, call, tenants, load) for prefix in PREFIXES for call in CALLS]


def _route(prefix: str, call: Call, tenants: Sequence[Tenant], load: Load) -> Route:
    async def endpoint(request: Request) -> Response:
        return await call.respond(request.scope[TENANT].engine, request)

    named = f"{call.method} {prefix}{call.path}"
    guards = [Middleware(Keys, tenants=tenants, needs=call.needs, route=named), Middleware(Rated)]
    if call.body:
        guards.append(Middleware(Bounded, load=load, also=call.also))
    return Route(prefix + call.path, endpoint, methods=[call.method], middleware=guards)
