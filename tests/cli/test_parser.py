"""What is typed wrongly comes back as parameter, value, rule and way out."""

from __future__ import annotations

import pytest

from salience.cli.parser import Parser, near, number, one_of, whole
from salience.events import InvalidInput


@pytest.fixture
def parser() -> Parser:
    made = Parser("salience brew", "make tea")
    made.add_argument("leaf", type=one_of("green", "black"))
    made.add_argument("--cups", type=whole(1, 10), default=1)
    made.add_argument("--share", type=number(0, 1), default=0.5)
    return made


def fault(parser: Parser, *words: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as raised:
        parser.read(words)
    return raised.value


def test_what_fits_is_read(parser: Parser) -> None:
    args = parser.read(["green", "--cups", "3", "--share", "1"])
    assert (args.leaf, args.cups, args.share) == ("green", 3, 1.0)


@pytest.mark.parametrize(
    ("words", "parameter", "value", "rule"),
    [
        (["green", "--cups", "0"], "cups", "0", "must be between 1 and 10"),
        (["green", "--cups", "two"], "cups", "two", "must be a whole number"),
        (["green", "--share", "0"], "share", "0", "must be above 0 and at most 1"),
        (["green", "--share", "nan"], "share", "nan", "must be above 0 and at most 1"),
        (["green", "--share", "half"], "share", "half", "must be a number"),
        (["gren"], "leaf", "gren", "must be one of green, black"),
    ],
)
def test_a_wrong_value_is_named_with_its_rule(
    parser: Parser, words: list[str], parameter: str, value: str, rule: str
) -> None:
    found = fault(parser, *words)
    assert (found.parameter, found.value, found.rule) == (parameter, value, rule)


def test_a_misspelt_choice_and_a_misspelt_option_get_near_ones(parser: Parser) -> None:
    assert fault(parser, "gren").way_out == "did you mean 'green'?"
    assert fault(parser, "green", "--cup", "2").way_out == "did you mean '--cups'?"


def test_what_is_missing_is_named(parser: Parser) -> None:
    found = fault(parser)
    assert "leaf" in found.rule
    assert found.way_out == "see `salience brew --help`"


def test_an_option_without_its_value_is_named(parser: Parser) -> None:
    found = fault(parser, "green", "--cups")
    assert (found.parameter, found.rule) == ("cups", "expected one argument")


def test_options_are_not_abbreviated(parser: Parser) -> None:
    assert fault(parser, "green", "--sha", "0.2").value == "--sha"


def test_near_words_ignore_case_and_are_few() -> None:
    assert near("star wars", ["Star Wars (1977)", "Star Trek", "Heat"], count=1) == ["Star Wars (1977)"]
    assert near("zzz", ["Heat"]) == []
