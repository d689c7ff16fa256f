"""`salience ope`: what other policies over the layouts would have earned, from the workspace's own decisions."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.events import AnyEvent
    from salience.feedback.trials import Tried
    from salience.optimise.ope.report import Report

CHUNK = 5_000
FEW = 20


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("--slot", metavar="SLOT", help="of this slot alone (every slot with layouts)")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, help="of the folds of the reward model (0)")


def run(args: Namespace) -> int:
    """One report a slot: each layout always, any of them at random, the policy of the log."""
    with open_engine(args, read_only=True) as engine:
        from salience.feedback.trials import tried

        wait = int(engine.settings.reward_wait_seconds * 1000)
        found, counts = tried(_events(engine), wait_ms=wait, now=time.time_ns() // 1_000_000)
    slots = sorted({one.slot for one in found if args.slot in (None, one.slot)})
    reports = {slot: judged([one for one in found if one.slot == slot], args.seed) for slot in slots}
    told = {slot: report for slot, report in reports.items() if report is not None}
    if args.json:
        show.as_json({"counts": counts, "slots": told})
        return 0
    print(f"{counts['drawn']:,} decisions drew a layout; {counts['unseen']:,} were not seen, "
          f"{counts['waiting']:,} still wait for their reward")  # fmt: skip
    for slot in slots:
        print(f"\nslot {slot}")
        report = told.get(slot)
        if report is None:
            print(f"fewer than {FEW} choices: nothing can be said yet")
            continue
        from salience.cli.bench.ope import tell

        tell(report)
    return 0


def judged(found: list[Tried], seed: int) -> Report | None:
    """The report of one slot; None if it has fewer than 20 choices."""
    if len(found) < FEW:
        return None
    import numpy as np

    from salience.optimise.ope.log import Log
    from salience.optimise.ope.report import judge, uniform

    arms = sorted({arm for one in found for arm in one.choice.offered})
    code = {arm: at for at, arm in enumerate(arms)}
    offered = np.array([[arm in one.choice.offered for arm in arms] for one in found])
    log = Log.of(
        np.array([code[one.choice.chosen] for one in found]),
        np.array([one.reward for one in found]),
        np.array([one.choice.probability for one in found]),
        actions=len(arms),
        offered=offered,
    )
    targets = {"uniform": uniform(log)}
    for arm in arms:
        always = np.zeros(offered.shape)
        always[:, code[arm]] = 1.0
        targets[f"always {arm}"] = always
    return judge(log, targets, seed=seed)


def _events(engine: Engine) -> Iterator[AnyEvent]:
    after = 0
    while rows := engine.log.read(after=after, limit=CHUNK):
        yield from (event for _, event in rows)
        after = rows[-1][0]
