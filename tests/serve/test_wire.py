from __future__ import annotations

import pytest

from salience.events import RecommendRequest, SimilarRequest
from salience.serve.fault import HttpFault
from salience.serve.wire import read


def test_a_body_becomes_the_typed_request() -> None:
    assert read(b'{"user":"u","layouts":["a"]}', RecommendRequest) == RecommendRequest(user="u", layouts=("a",))


@pytest.mark.parametrize(
    ("body", "parameter", "value"),
    [
        (b"{}", "item", ""),
        (b'{"item":"x","k":1001}', "k", "1001"),
        (b'{"item":"x","k":null}', "k", "null"),
        (b'{"item":"x","size":1}', "size", "1"),
        (b'{"item":["x"]}', "item", "['x']"),
    ],
)
def test_a_broken_rule_points_at_its_place(body: bytes, parameter: str, value: str) -> None:
    with pytest.raises(HttpFault) as refused:
        read(body, SimilarRequest)
    assert (refused.value.status, refused.value.parameter, refused.value.value) == (422, parameter, value)
