"""Count: how many people did something, with noise that hides each of them, out of a budget that ends."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from salience.engine.forgetting import Forgetting
from salience.events import InvalidInput
from salience.events.kinds import SOURCE
from salience.prepare.table import KINDS
from salience.privacy.floors import Shown, shown
from salience.privacy.noise import LEAST, Budget, discrete_laplace
from salience.store.register import Record

__all__ = ["LEAST", "Counting", "PrivateCount"]

PERIOD = 30 * 86_400_000


class PrivateCount(Struct, frozen=True):
    """A noisy number of people. The same question in the same period has the same answer, and costs nothing."""

    kind: str
    people: int
    epsilon: float
    left: float


class Counting(Forgetting):
    """The verbs of differentially private counts."""

    def shown_groups(self, counts: Mapping[str, int]) -> Shown[str]:
        """The groups of a breakdown that hide everybody in them: ten people at least, and none to be worked out."""
        return shown(counts)

    def private_count(self, kind: str, *, epsilon: float = 0.1) -> PrivateCount:
        """How many people did something of this kind of event. `Exhausted` once the budget of the period is spent."""
        if kind not in KINDS:
            raise InvalidInput("kind", kind, "is no kind of deed", f"one of {', '.join(KINDS)}")
        period = self.now() // PERIOD
        name = f"{period} {kind} {epsilon:g}"
        spent = [msgspec.json.decode(r.body, type=PrivateCount) for r in self._period(period)]
        budget = Budget(self.settings.private_budget, sum(one.epsilon for one in spent))
        if known := self.register.get("spent", name):
            return msgspec.json.decode(known.body, type=PrivateCount)
        budget = budget.spend(epsilon)
        noisy = self._people_who(kind) + discrete_laplace(epsilon, secrets.randbits)
        found = PrivateCount(kind, max(noisy, 0), epsilon, budget.left)
        self.register.put(Record("spent", name, "", str(period), self.now(), msgspec.json.encode(found)))
        self.note("private count", detail=f"{kind} epsilon={epsilon:g} left={budget.left:g}")
        return found

    def counts_renew_in(self) -> int:
        """Seconds until the budget of the next period."""
        return -(-(PERIOD - self.now() % PERIOD) // 1000)

    def _period(self, period: int) -> list[Record]:
        return self.register.all("spent", status=str(period))

    def _people_who(self, kind: str) -> int:
        """Each person once, whatever they did: that is what the noise is made for. Who may not be counted is not."""
        people, after = set[str](), 0
        while rows := self.log.read(after=after, limit=10_000):
            after = rows[-1][0]
            people |= {event.subject for _, event in rows if event.kind == kind}
        persons = {self.state.members(name) for name in people if not name.startswith(SOURCE)}
        return sum(self.people.may(person[0], "count").allowed for person in persons)
