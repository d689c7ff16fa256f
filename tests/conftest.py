"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from salience.cli.demo.fetch import movielens as fetch_movielens


@pytest.fixture(scope="session")
def movielens() -> Path:
    """The folder with the MovieLens 100K files; `make test` fetches them beforehand. Mark such tests `movielens`."""
    return fetch_movielens().folder
