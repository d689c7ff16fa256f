"""`salience bench ope`: what other policies would have earned, from a log of choices with their probabilities."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from salience.cli import show
from salience.cli.bench.cells import cells
from salience.cli.parser import Parser
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.optimise.ope.log import Floats, Log
    from salience.optimise.ope.report import Report

ACTION = ("action", "action_id", "item_id", "item", "arm", "layout", "rewardactionid")
REWARD = ("reward", "click", "outcome", "clicked")
CHANCE = ("probability", "propensity", "propensity_score", "pscore", "action_prob")
PLACE = ("position", "slot")
TARGET = "target_"
TARGET_CHANCE = ("target_probability", "target_propensity")
NUMBERED = ("timestamp", "time", "event_id", "eventid", "decision")


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument(
        "--log", metavar="FILE", required=True, help="a choice a row: action, reward, its probability, context"
    )
    parser.add_argument("--target-log", metavar="FILE", help="judge the policy of this log, and compare with it")
    parser.add_argument("--action", metavar="COLUMN", help="what was chosen (if its name does not show it)")
    parser.add_argument("--reward", metavar="COLUMN", help="what it earned (if its name does not show it)")
    parser.add_argument("--probability", metavar="COLUMN", help="with which it was drawn (likewise)")
    parser.add_argument("--context", metavar="COLUMNS", help="for the reward model, between commas (all others)")


def run(args: Namespace) -> int:
    """Read, weigh, print."""
    table = cells("log", args.log)
    names = _names(table, args)
    log, actions, places = _log(table, names, args)
    from salience.optimise.ope.report import judge, learned, uniform

    targets = {"uniform": uniform(log), "learned": learned(log, seed=args.seed)} | _given(table, actions)
    truth: dict[str, Any] | None = None
    if args.target_log:
        targets, truth = _other(args, names, log, actions, places)
    report = judge(log, targets, seed=args.seed)
    if args.json:
        import msgspec

        show.as_json({"task": "ope", **msgspec.to_builtins(report), "target_log": truth})
    else:
        tell(report, truth)
    return 0


def tell(report: Report, truth: dict[str, Any] | None = None) -> None:
    """What was logged, then each policy: the verdict, its estimates, the diagnostics."""
    own = report.logged
    print(f"{report.choices:,} choices among {report.actions:,} actions; the policy of the log earned "
          f"{own.value:.5f} ({own.low:.5f} to {own.high:.5f})")  # fmt: skip
    if truth:
        print(f"the target's own log earned {truth['value']:.5f} ({truth['low']:.5f} to {truth['high']:.5f})")
    for policy in report.policies:
        print(f"\n{policy.policy}: {policy.verdict}")
        if policy.support.trustworthy:
            gain = policy.gain
            print(f"by {policy.chosen}: {policy.value:.5f} ({policy.low:.5f} to {policy.high:.5f}), "
                  f"{gain.value:+.5f} ({gain.low:+.5f} to {gain.high:+.5f}) beside the policy of the log")  # fmt: skip
        rows = [
            (e.name, f"{e.value:.5f}", f"{e.low:.5f} to {e.high:.5f}",
             ", ".join(f"{k}={v:.3g}" for k, v in e.settings.items()),
             f"{abs(e.value / truth['value'] - 1):.3f}" if truth and truth["value"] else "")
            for e in policy.estimates
        ]  # fmt: skip
        last = "relative error" if truth else ""
        show.table("", ("estimate", "value", "95 % interval", "settings", last), rows)
        s = policy.support
        print(f"effective choices {s.effective:,.0f} of {s.choices:,}; largest weight {s.largest_weight:.1f} "
              f"({s.largest_share:.1%} of all); mean weight {s.mean_weight:.3f} +- {s.mean_weight_error:.3f}; "
              f"without support {s.without_support:.1%}")  # fmt: skip
    print(f"\nreward model: mean reward over mean prediction {report.calibration:.3f}")


def _names(table: Mapping[str, list[str]], args: Namespace) -> dict[str, str]:
    """Role -> column: as told, or known by its name."""
    lower = {name.lower(): name for name in table}
    found = {}
    for role, known in (("action", ACTION), ("reward", REWARD), ("probability", CHANCE)):
        given = getattr(args, role)
        name = given or next((lower[word] for word in known if word in lower), None)
        if name is None or name not in table:
            rule = "is no column" if given else "does not show which column it is"
            raise InvalidInput(role, given or "", rule, f"name it with --{role}: one of {', '.join(list(table)[:20])}")
        found[role] = name
    place = next((lower[word] for word in PLACE if word in lower), None)
    return found | ({"place": place} if place else {})


def _log(table: Mapping[str, list[str]], names: Mapping[str, str], args: Namespace) -> tuple[Log, list[str], list[str]]:
    """(the log, its actions, its places)."""
    import numpy as np

    from salience.optimise.ope.log import Log, encoder, numbers

    told = [name[len(TARGET) :] for name in table if name.startswith(TARGET) and name not in TARGET_CHANCE]
    actions = sorted({*table[names["action"]], *told})
    code = {name: at for at, name in enumerate(actions)}
    place = names.get("place")
    places = sorted(set(table[place])) if place else []
    left = {*names.values(), *(n for n in table if n.startswith(TARGET) or n.lower() in NUMBERED)}
    if args.context is None:
        context = [name for name in table if name not in left] + ([place] if place else [])
    else:
        context = [name.strip() for name in args.context.split(",") if name.strip()]
    for name in context:
        if name not in table:
            raise InvalidInput("context", name, "is no column", f"one of {', '.join(list(table)[:20])}")
    kinds = encoder({name: table[name] for name in context})
    rows = len(table[names["action"]])
    log = Log.of(
        np.array([code[cell] for cell in table[names["action"]]]),
        numbers(table[names["reward"]]),
        numbers(table[names["probability"]]),
        actions=len(actions),
        x=kinds.encode(table, rows),
    )
    return log, actions, places


def _given(table: Mapping[str, list[str]], actions: list[str]) -> dict[str, Floats]:
    """A target policy that stands in the log: a probability an action, or of the logged action alone."""
    import numpy as np

    from salience.optimise.ope.log import numbers

    columns = [f"{TARGET}{name}" for name in actions]
    if all(name in table for name in columns):
        return {"target": np.stack([numbers(table[name]) for name in columns], axis=1)}
    alone = next((name for name in TARGET_CHANCE if name in table), None)
    return {"target": numbers(table[alone])} if alone else {}


def _other(
    args: Namespace, names: Mapping[str, str], log: Log, actions: list[str], places: list[str]
) -> tuple[dict[str, Floats], dict[str, Any]]:
    """The policy of another log, taken as one that looks at no context but the place; and what it earned there."""
    import msgspec
    import numpy as np

    from salience.optimise.ope.intervals import mean
    from salience.optimise.ope.log import numbers

    table = cells("target_log", args.target_log)
    for name in names.values():
        if name not in table:
            raise InvalidInput("target_log", args.target_log, f"has no column {name}", "give a log of the same columns")
    place = names.get("place")
    at = {name: n for n, name in enumerate(places or [""])}
    code = {name: n for n, name in enumerate(actions)}
    chance, reward = numbers(table[names["probability"]]), numbers(table[names["reward"]])
    if not (chance > 0).all():
        rule = "has a probability that is not above 0"
        raise InvalidInput("target_log", args.target_log, rule, "log it at the last point of choice")
    inverse, count = np.zeros((len(at), len(code))), np.zeros((len(at), len(code)))
    where = table[place] if place else [""] * len(chance)
    for row, (spot, action) in enumerate(zip(where, table[names["action"]], strict=True)):
        if spot in at and action in code:
            inverse[at[spot], code[action]] += 1 / chance[row]
            count[at[spot], code[action]] += 1
    # its mean probability over all rows: those in which it was shown are mostly those in which it was likely, so a
    # plain mean over them is too large; 1 / p adds up to the number of all rows
    policy = np.divide(count, inverse, out=np.zeros_like(count), where=inverse > 0)
    sums = policy.sum(1, keepdims=True)
    if (sums == 0).any():
        raise InvalidInput("target_log", args.target_log, "has no choice at some place of the log", "give its own log")
    policy /= sums
    spots = cells("log", args.log)[place] if place else [""] * len(log)
    rows = np.array([at[spot] for spot in spots])
    return {"target-log": policy[rows]}, dict(msgspec.to_builtins(mean("target-log", reward)))
