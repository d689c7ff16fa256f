"""`salience experiments KIND`: the steps of an experiment, its report and its plan."""

from __future__ import annotations

from salience.cli.verbs import Verb

KINDS: tuple[Verb, ...] = (
    Verb("list", "every experiment and its state", "salience.cli.experiments.list_"),
    Verb("plan", "how many people and weeks it needs", "salience.cli.experiments.plan"),
    Verb("define", "say what is tried and how it will be judged", "salience.cli.experiments.define"),
    Verb("start", "take people in from now on", "salience.cli.experiments.start"),
    Verb("allocate", "change the shares of the arms", "salience.cli.experiments.allocate"),
    Verb("stop", "take nobody in any more", "salience.cli.experiments.stop"),
    Verb("guard", "return traffic where a guardrail is broken", "salience.cli.experiments.guard"),
    Verb("report", "the verdict, with every figure", "salience.cli.experiments.report"),
)
"""Every step. A new one is a file in this folder with `add(parser)` and `run(args)`, and one line here."""
