"""One served shop for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serve.site import Site, open_site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with open_site() as made:
        yield made
