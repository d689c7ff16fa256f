import re

import pytest

from salience.events import InvalidInput
from salience.settings import Settings, load


def test_the_environment_wins_over_the_file_and_the_file_over_the_default() -> None:
    assert load().explore == Settings().explore
    assert load("explore = 0.2").explore == 0.2
    assert load("explore = 0.2", {"SALIENCE_EXPLORE": "0.3"}).explore == 0.3
    assert load("", {"SALIENCE_PERSONALISE_BY_DEFAULT": "false"}).personalise_by_default is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("explor = 0.2", "salience.toml = 'explor': is not a setting; did you mean explore?"),
        ("[section]\nexplore = 1", "salience.toml = 'section': is not a setting"),
        ("explore = 2", "explore = 2: Expected `float` <= 1.0"),
        ("layout_policy = 'best'", "layout_policy = 'best': Invalid enum value 'best'"),
        ("explore = ", "must be TOML"),
    ],
)
def test_a_wrong_key_or_value_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(message)):
        load(text)


def test_a_wrong_value_inside_a_table_is_shown_with_a_way_out() -> None:
    text = (
        '[oidc]\nissuer = "https://i.example"\nclient_id = "c"\naddress = "https://a.example"\nroles = {a = "boss"}\n'
    )
    with pytest.raises(InvalidInput, match=r"oidc.roles\[...\] = \{'a': 'boss'\}: Invalid enum value 'boss'; docs/"):
        load(text)
