"""The command line: `verbs` lists what can be typed, one file per verb says what it does."""

from salience.cli.main import main

__all__ = ["main"]
