"""`salience experiments plan`: how many people and weeks an experiment needs."""

from __future__ import annotations

from argparse import Namespace
from typing import Literal

from salience.cli import show
from salience.cli.parser import Parser, number, one_of, whole
from salience.events.fault import InvalidInput

METHODS: tuple[Literal["fixed", "sequential", "declared", "anytime"], ...] = (
    "fixed",
    "sequential",
    "declared",
    "anytime",
)


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--mean", type=number(0, 1e12), help="of the metric now, a person (orders, money, minutes)")
    parser.add_argument("--sd", type=number(0, 1e12), help="its standard deviation between people")
    parser.add_argument("--rate", type=number(0, 0.999_999), help="instead of both: the share of people who do it now")
    parser.add_argument(
        "--lift", type=number(0, 1000), required=True, help="the smallest gain worth finding: 0.05 is 5 %%"
    )
    parser.add_argument("--units-a-day", type=number(0, 1e10), required=True, help="new people a day")
    parser.add_argument("--arms", type=whole(2, 20), default=2, help="with the control (2)")
    parser.add_argument("--method", type=one_of(*METHODS), help=f"{', '.join(METHODS)} (all of them, to compare)")
    parser.add_argument("--alpha", type=number(0, 0.5), default=0.05, help="false alarms that are borne (0.05)")
    parser.add_argument("--power", type=number(0, 0.999_999), default=0.8, help="how surely the gain is found (0.8)")
    parser.add_argument("--rho", type=number(-1, 0.999_999), default=0.0, help="correlation with the time before (0)")


def run(args: Namespace) -> int:
    """One line a method."""
    from salience.optimise.experiments.planning import plan

    if (args.rate is None) == (args.mean is None or args.sd is None):
        raise InvalidInput("rate", args.rate, "say either --rate, or --mean and --sd", "e.g. --rate 0.04")
    mean, sd = (args.rate, (args.rate * (1 - args.rate)) ** 0.5) if args.rate is not None else (args.mean, args.sd)
    plans = [
        plan(
            mean=mean,
            sd=sd,
            lift=args.lift,
            units_a_day=args.units_a_day,
            arms=args.arms,
            method=method,
            alpha=args.alpha,
            power=args.power,
            rho=args.rho,
        )
        for method in METHODS
        if args.method in (None, method)
    ]
    if args.json:
        show.as_json(plans)
        return 0
    rows = [(one.method, one.units, one.units_an_arm, one.likely, one.days, one.weeks) for one in plans]
    show.table("", ("method", "people", "an arm", "on average", "days", "whole weeks"), rows)
    print("on average: if the gain is as large as said, for methods that may stop early")
    return 0
