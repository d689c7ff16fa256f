"""MovieLens 100K in either of the two layouts that are around: GroupLens' own, and typed headers with tabs.

F. M. Harper and J. A. Konstan, The MovieLens Datasets: History and Context, ACM TiiS 5 (2015). 943 users, 1,682 films,
100,000 ratings from 1 to 5. Both layouts give the same ids, ratings, users, years and genres, and titles as written
there; films keep the year in the title, "Matrix, The (1999)".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from msgspec import structs

from salience.collect.identity import content_id
from salience.collect.importers.lines import Progress, lines
from salience.collect.importers.table import Imported
from salience.collect.receipt import Rejected
from salience.events import AnyEvent, Identify, Item, NotFound, Rating, Scalar

GENRES = (
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)
_YEAR = re.compile(r"\((\d{4})\)\s*$")


def read_movielens(folder: Path, *, progress: Progress | None = None) -> Iterator[Imported]:
    """All films, then all users, then all ratings in order of time. ``progress`` counts bytes over the three files.

    Raises `NotFound` at once if the folder holds neither layout.
    """
    for encoding, makers in _LAYOUTS:
        if all((folder / name).is_file() for name in makers):
            return _events(folder, encoding, makers, progress)
    wanted = " or ".join(", ".join(makers) for _, makers in _LAYOUTS)
    raise NotFound("folder", str(folder), "does not hold MovieLens 100K", f"it must hold {wanted}")


def film(line: str) -> Item:
    """A line of u.item: ``id|title|release date|video date|URL|19 flags``.

    >>> film("50|Star Wars (1977)|01-Jan-1977||http://x|0|1|1|0|0|0|0|0|0|0|0|0|0|0|1|1|0|1|0").categories
    ('Action', 'Adventure', 'Romance', 'Sci-Fi', 'War')
    """
    item, title, *_, flags = line.split("|", 5)
    genres = tuple(genre for genre, flag in zip(GENRES, flags.split("|"), strict=True) if flag == "1")
    return _film(item, title.strip(), genres)


def typed_film(line: str) -> Item:
    """A line of ml-100k.item: id, title without the year, year, genres with spaces between.

    >>> typed_film("50\\tStar Wars\\t1977\\tAction Adventure Romance Sci-Fi War").title
    'Star Wars (1977)'
    """
    item, title, year, genres = line.split("\t")
    return _film(item, f"{title} ({year})" if year.isdigit() else title, tuple(genres.split()))


def person(line: str, separator: str = "|") -> Identify:
    """A line of either user file: id, age, gender, occupation, zip code.

    >>> person("1|24|M|technician|85711").traits
    {'age': 24, 'gender': 'M', 'occupation': 'technician', 'zip': '85711'}
    """
    user, age, gender, occupation, zip_code = line.split(separator)
    traits: dict[str, Scalar] = {"age": int(age), "gender": gender, "occupation": occupation, "zip": zip_code}
    return Identify(id="-", user=user, traits=traits)


def rating(line: str) -> Rating:
    """A line of either rating file: user, film, grade, seconds since 1970.

    >>> rating("196\\t242\\t3\\t881250949").time
    881250949000
    """
    user, item, grade, seconds = line.split("\t")
    return Rating(id="-", user=user, item=item, value=float(grade), time=int(seconds) * 1000)


def _film(item: str, title: str, genres: tuple[str, ...]) -> Item:
    year = _YEAR.search(title)
    attributes: dict[str, Scalar] = {"year": int(year[1])} if year else {}
    return Item(id="-", item=item, title=title, categories=genres, attributes=attributes)


def _typed_person(line: str) -> Identify:
    return person(line, "\t")


_Maker: TypeAlias = Callable[[str], AnyEvent]
_LAYOUTS: tuple[tuple[str, dict[str, _Maker]], ...] = (
    ("latin-1", {"u.item": film, "u.user": person, "u.data": rating}),
    ("utf-8", {"ml-100k.item": typed_film, "ml-100k.user": _typed_person, "ml-100k.inter": rating}),
)


def _events(folder: Path, encoding: str, makers: dict[str, _Maker], progress: Progress | None) -> Iterator[Imported]:
    sizes = [(folder / name).stat().st_size for name in makers]
    for place, (name, make) in enumerate(makers.items()):
        told = _part(progress, sum(sizes[:place]), sum(sizes))
        made = _made(lines(folder / name, told), encoding, make)
        # A log is in order of receipt, so what was rated first should be received first.
        yield from sorted(made, key=_time) if make is rating else made


def _made(every: Iterable[tuple[int, bytes]], encoding: str, make: _Maker) -> Iterator[Imported]:
    for number, line in every:
        if number == 1 and b":token" in line:
            continue
        try:
            event = make(line.decode(encoding).rstrip("\r\n"))
        except ValueError as error:
            yield Rejected(line, f"line {number}: {error}", line=number)
        else:
            structs.force_setattr(event, "id", content_id(event))
            yield event


def _time(one: Imported) -> int:
    return 0 if isinstance(one, Rejected) else one.time


def _part(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress through one file as progress through all of them."""
    return None if progress is None else lambda done, _: progress(before + done, total)
