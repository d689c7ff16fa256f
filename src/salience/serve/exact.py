"""Routes without a parameter are found by their path at once; only the others are tried one after the other."""

from __future__ import annotations

from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send


class Exact:
    """Stands before a router's own search and gives the same answer; whatever it does not know it hands on."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.known: dict[tuple[str, str], Route] = {}
        for route in router.routes:
            if isinstance(route, Route) and not route.param_convertors:
                for method in route.methods or ():
                    found = self._first(route.path, method)
                    if found is route:
                        self.known[method, route.path] = route

    def _first(self, path: str, method: str) -> object:
        """What the search would choose."""
        scope = {"type": "http", "path": path, "root_path": "", "method": method}
        return next((route for route in self.router.routes if route.matches(scope)[0] is Match.FULL), None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """To the route, or to the search."""
        route = None
        if scope["type"] == "http" and not scope.get("root_path"):
            route = self.known.get((scope["method"], scope["path"]))
        if route is None:
            await self.router.app(scope, receive, send)
            return
        scope.setdefault("router", self.router)
        scope["route"] = route
        scope.update(route.matches(scope)[1])
        await route.handle(scope, receive, send)
