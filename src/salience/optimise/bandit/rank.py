"""rank(request, loop) -> Ranked: which action stands in each slot, with the probabilities it was drawn from. Pure.

The order of the rules is the order in which they may take a choice away: what is ineligible or excluded, budgets and
caps, what must be shown, the policy with its floor, and last the mode. The draw is made after all of them, from what
they left, and that is what is logged.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from salience.events.decision import Choice
from salience.events.fault import InvalidInput
from salience.events.kinds import ANONYMOUS
from salience.events.loops import LAYOUT, DecideRequest, Placed, Ranked, RankMode
from salience.optimise.bandit.beliefs import Beliefs, Floats
from salience.optimise.bandit.chance import luck, seed_of
from salience.optimise.bandit.features import NOTHING, Named, flat
from salience.optimise.bandit.loop import Loop, context_of
from salience.optimise.bandit.page import Page, draw

TOLD = 3
"""Features that a significant decision names."""
_encode = msgspec.json.Encoder().encode


def rank(
    request: DecideRequest, loop: Loop, *, id: str, as_of: int, now: int, failed: str = "", asked: str | None = None
) -> Ranked:
    """Answer one request; same arguments, same answer, to the last bit. ``failed``: why there is only the baseline."""
    seed = seed_of(loop.name, request.event_id)
    out, allowed, pinned = _rules(request, loop)
    mode = _mode(request, loop, failed)
    asking = _Asking(request, loop, mode)
    layout = asking.layout(seed) if request.layouts else None
    baselines = _baselines(request, allowed, pinned)
    page = asking.page(allowed, pinned, baselines, seed, layout.chosen if layout else "")
    reasons = ((failed,) if failed else ()) + (("explore is off",) if not request.explore else ())
    return Ranked(
        id=id,
        user="" if request.unit_id.startswith(ANONYMOUS) else request.unit_id,
        anonymous=request.unit_id.removeprefix(ANONYMOUS) if request.unit_id.startswith(ANONYMOUS) else "",
        time=now,
        received=now,
        loop=loop.name,
        offered=tuple(action.id for action in request.actions),
        placed=tuple(
            asking.placed(slot, page, baselines, out[slot], slot in pinned, reasons) for slot in range(len(out))
        ),
        seed=seed,
        as_of=as_of,
        asked=_encode(request).decode() if asked is None else asked,
        mode=mode,
        policy=asking.by.policy.name,
        model=asking.by.model,
        version=loop.version,
        floor=asking.by.policy.floor,
        layout=layout,
        side=asking.by.side,
        deferred=request.defer_activation,
        unexplored=not request.explore,
        degraded=bool(failed),
        ttl_s=loop.settings.ttl_s,
        significant=loop.settings.significant,
        moved=asking.moved(page),
    )


class _Asking:
    """One request on its way: beliefs are asked once a slot."""

    def __init__(self, request: DecideRequest, loop: Loop, mode: RankMode) -> None:
        self.request, self.loop, self.mode = request, loop, mode
        self.by = loop.answers(request, mode)
        self.names = [action.id for action in request.actions]
        self.features = [flat(action.features) if action.features else NOTHING for action in request.actions]
        self.beliefs: dict[int, Beliefs] = {}
        self.candidate: dict[int, Floats] = {}
        self.contexts: dict[int, Named] = {}

    def layout(self, seed: int) -> Choice:
        """The draw among layouts, before any slot."""
        names = self.request.layouts
        if self.mode in ("online", "apprentice"):
            believed = self.by.learner.beliefs(
                flat(self.request.context_features), [LAYOUT + name for name in names], [NOTHING] * len(names)
            )
            chance = self._explored(self.by.policy.probabilities(believed))
        else:
            chance = np.zeros(len(names))
        if self.mode != "online":
            share = self.loop.settings.apprentice_share if self.mode == "apprentice" else 0.0
            chance = share * chance
            chance[0] += 1.0 - share
        at = min(int(np.searchsorted(np.cumsum(chance), luck(seed, "layout"), side="right")), len(names) - 1)
        return Choice(names, tuple(chance.tolist()), names[at], self.by.policy.name)

    def page(
        self, allowed: NDArray[np.bool_], pinned: dict[int, int], baselines: list[int], seed: int, layout: str
    ) -> Page:
        """Drawn from the top."""
        slots, k = allowed.shape
        if self.mode != "fallback":
            for slot in range(slots):
                self.contexts[slot] = context_of(self.request, slot, layout)
                self.beliefs[slot] = self._believed(self.contexts[slot])
        drawn = draw(
            allowed,
            pinned,
            lambda slot, left: self._chance(slot, left, baselines[slot], k),
            [luck(seed, str(slot)) for slot in range(slots)],
        )
        if drawn is None:
            raise InvalidInput("slots", slots, "cannot each have an action of its own", "exclude fewer actions")
        return drawn

    def placed(
        self, slot: int, page: Page, baselines: list[int], out: dict[str, str], must: bool, reasons: tuple[str, ...]
    ) -> Placed:
        """What the log and the caller are told of one slot."""
        chosen = page.chosen[slot]
        believed = self.beliefs.get(slot)
        candidate = self.candidate.get(slot)
        value, low, high = self.by.learner.interval(believed, chosen) if believed else (0.0, 0.0, 0.0)
        why = [*reasons]
        if must:
            why.append("must be shown here")
        elif self.mode != "online":
            why.append(f"mode {self.mode}")
        elif believed is not None and page.chance[slot, chosen] < page.chance[slot].max():
            why.append("explored")
        return Placed(
            chosen=self.names[chosen],
            probabilities=tuple(page.chance[slot].tolist()),
            slot=self.request.slots[slot].id if self.request.slots else "",
            baseline=self.names[baselines[slot]],
            candidate=() if candidate is None or self.mode == "online" else tuple(candidate.tolist()),
            expected=value,
            low=low,
            high=high,
            out=out,
            why=tuple(why),
        )

    def moved(self, page: Page) -> dict[str, dict[str, float]]:
        """Of significant decisions: slot -> what moved it."""
        if not self.loop.settings.significant:
            return {}
        names = [slot.id for slot in self.request.slots] or [""]
        return {names[slot]: self._moved(slot, page.chosen[slot]) for slot in self.beliefs}

    def _moved(self, slot: int, chosen: int) -> dict[str, float]:
        """The three features that moved the score of what was chosen most: each left out, and asked anew."""
        names, values = self.contexts[slot]
        whole = float(self.beliefs[slot].mean[chosen])
        falls = {
            name: whole - float(self._believed(_without(names, values, at)).mean[chosen])
            for at, name in enumerate(names)
        }
        most = sorted(falls, key=lambda name: (-abs(falls[name]), name))[:TOLD]
        return {name: falls[name] for name in most if falls[name]}

    def _believed(self, context: Named) -> Beliefs:
        return self.by.learner.beliefs(context, self.names, self.features)

    def _chance(self, slot: int, left: NDArray[np.int64], baseline: int, k: int) -> Floats:
        """Probabilities of what is left in a slot: the policy's, then the mode's."""
        own = np.zeros(len(left))
        if self.mode != "fallback":
            own = self._explored(self.by.policy.probabilities(self.beliefs[slot].of(left)))
            whole = np.zeros(k)
            whole[left] = own
            self.candidate[slot] = whole
        if self.mode == "online":
            return own
        share = self.loop.settings.apprentice_share if self.mode == "apprentice" else 0.0
        steady = (left == baseline).astype(np.float64)
        if not steady.any():  # the baseline was taken by a slot above
            steady[0] = 1.0
        return np.asarray(share * own + (1.0 - share) * steady)

    def _explored(self, chance: Floats) -> Floats:
        if self.request.explore:
            return chance
        best = np.zeros(len(chance))
        best[int(chance.argmax())] = 1.0
        return best


def _without(names: tuple[str, ...], values: tuple[float, ...], at: int) -> Named:
    return Named((*names[:at], *names[at + 1 :]), (*values[:at], *values[at + 1 :]))


def _mode(request: DecideRequest, loop: Loop, failed: str) -> RankMode:
    if failed:
        return "fallback"
    share = loop.settings.holdout
    if (
        share
        and request.unit_id
        and loop.settings.about == "content"
        and luck(seed_of(loop.name, f"holdout\0{request.unit_id}"), "unit") < share
    ):
        return "holdout"
    return loop.settings.mode


def _rules(request: DecideRequest, loop: Loop) -> tuple[list[dict[str, str]], NDArray[np.bool_], dict[int, int]]:
    """(per slot: action -> why it is out, (slots, actions) what may stand where, slot -> what must)."""
    everywhere: dict[str, str] = dict.fromkeys(request.excluded_actions, "excluded by the caller")
    everywhere |= request.ineligible
    for action in request.actions:
        if action.budget is not None and loop.chosen.get(action.id, 0) >= action.budget:
            everywhere.setdefault(action.id, f"its budget of {action.budget} is spent")
        if action.cap is not None and loop.chosen_for.get((request.unit_id, action.id), 0) >= action.cap:
            everywhere.setdefault(action.id, f"shown {action.cap} times to this unit")
    names = [action.id for action in request.actions]
    code = {name: at for at, name in enumerate(names)}
    shape: Any = request.slots or (None,)
    out, allowed = [], np.ones((len(shape), len(names)), bool)
    for at, slot in enumerate(shape):
        here = {**everywhere, **(dict.fromkeys(slot.excluded_actions, "excluded in this slot") if slot else {})}
        found = {name: why for name, why in here.items() if name in code}
        allowed[at, [code[name] for name in found]] = False
        out.append(found)
    places = {slot.id: at for at, slot in enumerate(request.slots)} or {"": 0}
    pinned = {places[place]: code[action] for place, action in request.must_show.items()}
    for at, must in pinned.items():
        if not allowed[at, must]:
            rule = f"must be shown, but {out[at][names[must]]}"
            raise InvalidInput("mustShow", names[must], rule, "leave it out of one of the two")
    if not request.slots and not allowed.any() and not pinned:
        raise InvalidInput("actions", len(names), "none is left to choose from", "exclude fewer of them")
    return out, allowed, pinned


def _baselines(request: DecideRequest, allowed: NDArray[np.bool_], pinned: dict[int, int]) -> list[int]:
    """(slots,) what would stand there without a policy: as told, or the first action that may."""
    if not request.slots:
        return [pinned.get(0, int(allowed[0].argmax()))]
    code = {action.id: at for at, action in enumerate(request.actions)}
    return [code[slot.baseline_action] for slot in request.slots]
