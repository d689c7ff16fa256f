"""Fetch MovieLens 100K into the cache, so that tests and demo find it there. One line says where it is."""

from salience.cli.demo.fetch import Unobtainable, movielens
from salience.events import InvalidInput

try:
    found = movielens()
except (InvalidInput, Unobtainable) as fault:
    raise SystemExit(f"fetch_movielens: {fault}") from None
print(f"MovieLens 100K: {found.folder} ({found.source})")
