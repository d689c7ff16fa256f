"""The loop, checked from outside: a visitor of the running server asks, clicks, and asks again."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.events.answers import ArmView

PATIENCE = 10  # seconds for one request to a server in the same process
LAYOUTS = ("posters", "list")
SLOT = "for-you"
K = 10


@dataclass(frozen=True)
class Checked:
    """One promise, whether it held, and the figure."""

    promise: str
    held: bool
    figure: str

    def __str__(self) -> str:
        return f"  {'ok  ' if self.held else 'FAIL'} {self.promise}: {self.figure}"


@dataclass(frozen=True)
class Visitor:
    """Somebody's browser: an anonymous id and the public key."""

    address: str
    key: str
    name: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One request over HTTP, one answer. A fault of the server is an `OSError` with what it said."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = Request(self.address + path, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - http, ours
        try:
            with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - http, ours
                found: dict[str, Any] = json.load(answer)
        except HTTPError as error:
            raise OSError(f"{path} answered {error.code}: {error.read()[:300].decode('utf-8', 'replace')}") from None
        return found

    def ask(self) -> dict[str, Any]:
        """The row of the page, without exploration: what differs, differs because of the click."""
        wanted = {"anonymous": self.name, "slot": SLOT, "k": K, "layouts": LAYOUTS, "explore": False}
        return self.post("/v1/recommend", wanted)

    def click(self, item: str, decision: str) -> dict[str, Any]:
        """One click on an item of a row."""
        event = {"kind": "click", "id": uuid.uuid4().hex, "anonymous": self.name, "item": item, "decision": decision}
        return self.post("/v1/collect", {"events": [event | {"slot": SLOT}]})


def simulate(engine: Engine, address: str, key: str) -> list[Checked]:
    """Every check of the loop, in the order in which a visitor meets them."""
    visitor = Visitor(address, key, f"demo-{uuid.uuid4().hex[:12]}")
    first = visitor.ask()
    clicked = first["items"][0]
    began = time.perf_counter()
    receipt = visitor.click(clicked["item"], first["decision"])
    second = visitor.ask()
    delay = 1000 * (time.perf_counter() - began)
    checks = [
        Checked(
            "a new visitor gets an answer", len(first["items"]) == K, f"{len(first['items'])} items, {first['rung']}"
        ),
        Checked("a click is stored", receipt["stored"] == 1, f"{receipt['stored']} of {receipt['received']}"),
        _changed(first["items"], second["items"], clicked, delay),
        Checked("the model answers", second["rung"] == "model", f"{second['rung']} {second['model']}".strip()),
        _explained(second["items"], clicked),
    ]
    return [*checks, *_learned(engine, visitor)]


def _changed(
    before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], clicked: dict[str, Any], delay: float
) -> Checked:
    """More must change than the clicked item leaving the row and one other taking its place."""
    new = len({item["item"] for item in after} - {item["item"] for item in before})
    figure = f"{new} of {len(after)} items are new, {delay:.0f} ms after a click on {clicked['title']}"
    return Checked("the click changes the next answer", new > 1, figure)


def _explained(items: Sequence[dict[str, Any]], clicked: dict[str, Any]) -> Checked:
    """One click is the whole history, so it must be the reason of whatever has one."""
    because = [item for item in items if clicked["item"] in item["reason"].get("because_items", ())]
    return Checked("the click is the reason", bool(because), f"{len(because)} of {len(items)} items name it")


def _learned(engine: Engine, visitor: Visitor) -> list[Checked]:
    """A rewarded outcome of a third answer moves the arm that was shown there, and only by one trial."""
    answer = visitor.ask()
    arm = answer["layout"]["chosen"]
    before = _arm(engine, arm)
    outcome = {"decision": answer["decision"], "value": 1, "anonymous": visitor.name, "slot": SLOT}
    for _ in range(2):  # sent twice, as a browser that lost the first answer would
        visitor.post("/v1/outcomes", {"outcomes": [outcome]})
    after = _arm(engine, arm)
    learned = (after.trials - before.trials, after.reward - before.reward) == (1, 1.0)
    ledger = engine.pulse()
    counts = f"{ledger.received:,} received = {ledger.stored:,} stored + {ledger.duplicate:,} duplicate"
    moved = f"{before.trials} -> {after.trials} trials, reward {before.reward:g} -> {after.reward:g}"
    figure = f"{arm}: {moved}; sent twice, counted once"
    return [
        Checked("an outcome teaches the layout", learned, figure),
        Checked(
            "the ledger balances", ledger.balanced, f"{counts} + {ledger.failed:,} failed + {ledger.refused:,} refused"
        ),
    ]


def _arm(engine: Engine, name: str) -> ArmView:
    """What is known of a layout, which is nothing before its first trial."""
    from salience.events.answers import ArmView

    known = (arm for arm in engine.pulse().arms if (arm.slot, arm.name) == (SLOT, name))
    return next(known, ArmView(SLOT, name, 0, 0.0, 0.0, 1 / len(LAYOUTS)))
