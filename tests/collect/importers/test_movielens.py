"""Both layouts of MovieLens 100K, in a world of two films, and the real one where it is there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from salience.collect.accept import accept
from salience.collect.importers.movielens import read_movielens
from salience.collect.receipt import Rejected
from salience.events import Identify, Item, NotFound, Rating


def flags(*on: int) -> str:
    return "|".join("1" if n in on else "0" for n in range(19))


@pytest.fixture
def original(tmp_path: Path) -> Path:
    folder = tmp_path / "original"
    folder.mkdir()
    films = f"50|Star Wars (1977)|01-Jan-1977||http://x?a|{flags(1, 2)}\n543|Mis\u00e9rables, Les (1995)|||http://y|{flags(8)}\n"
    (folder / "u.item").write_text(films, encoding="latin-1")
    (folder / "u.user").write_text("1|24|M|technician|85711\n2|53|F|other|02134\n")
    (folder / "u.data").write_text("2\t50\t5\t891717742\n1\t50\t3\t881250949\n")
    return folder


@pytest.fixture
def typed(tmp_path: Path) -> Path:
    folder = tmp_path / "typed"
    folder.mkdir()
    (folder / "ml-100k.item").write_text(
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        "50\tStar Wars\t1977\tAction Adventure\n543\tMis\u00e9rables, Les\t1995\tDrama",
        encoding="utf-8",
    )
    (folder / "ml-100k.user").write_text(
        "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
        "1\t24\tM\ttechnician\t85711\n2\t53\tF\tother\t02134\n"
    )
    (folder / "ml-100k.inter").write_text(
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n2\t50\t5\t891717742\n1\t50\t3\t881250949\n"
    )
    return folder


def test_films_people_and_ratings_in_order_of_time(original: Path) -> None:
    star_wars, les_miserables, ann, bob, early, late = read_movielens(original)
    assert isinstance(star_wars, Item)
    assert (star_wars.item, star_wars.title) == ("50", "Star Wars (1977)")
    assert star_wars.categories == ("Action", "Adventure")
    assert star_wars.attributes == {"year": 1977}
    assert isinstance(les_miserables, Item)
    assert les_miserables.title == "Mis\u00e9rables, Les (1995)"
    assert isinstance(ann, Identify)
    assert isinstance(bob, Identify)
    assert bob.traits == {"age": 53, "gender": "F", "occupation": "other", "zip": "02134"}
    assert isinstance(early, Rating)
    assert isinstance(late, Rating)
    assert (early.user, early.item, early.value, early.time) == ("1", "50", 3.0, 881_250_949_000)
    assert late.user == "2"


def test_both_layouts_are_the_same_events(original: Path, typed: Path) -> None:
    assert list(read_movielens(original)) == list(read_movielens(typed))


def test_all_of_it_passes_the_gate(typed: Path) -> None:
    judged = accept(list(read_movielens(typed)), now=10**12, source="movielens")
    assert Counter(result.status for result in judged.results) == {"stored": 6}


def test_a_broken_line_is_rejected_and_a_folder_without_films_refused(original: Path, tmp_path: Path) -> None:
    (original / "u.data").write_text("2\t50\t5\t891717742\n1\t50\n")
    rejected = [one for one in read_movielens(original) if isinstance(one, Rejected)]
    assert [(one.line, one.raw) for one in rejected] == [(2, b"1\t50\n")]
    with pytest.raises(
        NotFound, match=r"does not hold MovieLens 100K; it must hold u.item, u.user, u.data or ml-100k.item"
    ):
        read_movielens(tmp_path)


@pytest.mark.movielens
def test_the_real_files(movielens: Path) -> None:
    seen: list[tuple[int, int]] = []
    found = list(read_movielens(movielens, progress=lambda done, total: seen.append((done, total))))
    assert Counter(one.kind for one in found if not isinstance(one, Rejected)) == {
        "item": 1682,
        "identify": 943,
        "rating": 100_000,
    }
    assert len({one.id for one in found if not isinstance(one, Rejected)}) == 102_625
    assert seen[-1][0] == seen[-1][1]
