"""Reading what was typed: every fault becomes one `InvalidInput` with parameter, value, rule and way out."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn


def near(word: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """Up to ``count`` known words that ``word`` may be a misspelling of, nearest first.

    >>> near("trian", ["train", "serve", "models"])
    ['train']
    >>> near("SERVE", ["train", "serve"])
    ['serve']
    """
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in known}
    return [folded[name] for name in get_close_matches(word.casefold(), folded, n=count, cutoff=0.6)]


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """The way out of a misspelling: near words if there are any, else ``otherwise``.

    >>> did_you_mean("modles", ["models", "serve"], "see --help")
    "did you mean 'models'?"
    >>> did_you_mean("xyz", ["models"], "see --help")
    'see --help'
    """
    found = near(word, known)
    return f"did you mean {' or '.join(map(repr, found))}?" if found else otherwise


class Wrong(argparse.ArgumentTypeError):
    """A value that an option does not take, with the rule that it breaks."""

    def __init__(self, value: str, rule: str, way_out: str = "") -> None:
        super().__init__(rule)
        self.value, self.rule, self.way_out = value, rule, way_out


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``low`` to ``high``, both included."""

    def read(word: str) -> int:
        try:
            number = int(word)
        except ValueError:
            raise Wrong(word, "must be a whole number") from None
        if not low <= number <= high:
            raise Wrong(word, f"must be between {low} and {high}")
        return number

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """A reader of numbers above ``low`` and up to ``high``."""

    def read(word: str) -> float:
        try:
            value = float(word)
        except ValueError:
            raise Wrong(word, "must be a number") from None
        if not low < value <= high:
            raise Wrong(word, f"must be above {low:g} and at most {high:g}")
        return value

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """A reader of one word out of a few."""

    def read(word: str) -> str:
        if word not in words:
            raise Wrong(word, f"must be one of {', '.join(words)}", did_you_mean(word, words, ""))
        return word

    return read


class Parser(argparse.ArgumentParser):
    """argparse, but it raises instead of printing two lines and leaving."""

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False, exit_on_error=False)

    def options(self) -> list[argparse.Action]:
        """Every option and positional of this verb, in the order in which they were added."""
        return list(self._actions)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The typed words as a namespace; `InvalidInput` where they do not fit."""
        from salience.events.fault import InvalidInput

        try:
            known, rest = self.parse_known_args(words)
        except argparse.ArgumentError as fault:
            cause = fault.__context__
            name = (fault.argument_name or "arguments").split("/")[-1].removeprefix("--")
            if isinstance(cause, Wrong):
                raise InvalidInput(name, cause.value, cause.rule, cause.way_out) from None
            raise InvalidInput(name, " ".join(words), fault.message, f"see `{self.prog} --help`") from None
        if rest:
            flags = [flag for action in self.options() for flag in action.option_strings]
            way_out = did_you_mean(rest[0], flags, f"see `{self.prog} --help`")
            raise InvalidInput("argument", rest[0], f"`{self.prog}` does not take this", way_out)
        return known

    def error(self, message: str) -> NoReturn:
        """Called by argparse where a required argument is missing."""
        from salience.events.fault import InvalidInput

        missing = message.removeprefix("the following arguments are required: ")
        if missing != message:
            name = missing.split(", ")[0].removeprefix("--")
            raise InvalidInput(name, "", f"`{self.prog}` needs {missing}", f"see `{self.prog} --help`")
        raise InvalidInput("arguments", "", message, f"see `{self.prog} --help`")
