"""Segments: planted tastes come back under telling names, and weak ones say that they are weak."""

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.events.interactions import Attributes, Interactions
from salience.mine.segments import MOST_TRIED, POOR, Segment, Segmentation, segments
from salience.mine.taste import taste
from salience.prepare.attributes import describe

GENRES = ("Horror", "Thriller", "Comedy", "Romance", "Western", "War")


def world(people: int, seed: int = 0, own: float = 0.9, groups: int = 3) -> Interactions:
    """Genres come in pairs; each person takes ``own`` of their films from their pair, the others from anywhere.

    Half of everybody is old, but all of the first group are.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        pair = person % groups
        for _ in range(20):
            genre = 2 * pair + rng.integers(2) if rng.random() < own else rng.integers(2 * groups)
            rows.append((f"p{person}", f"{GENRES[genre]} {rng.integers(10)}", 1.0, 0))
    data = Interactions.from_rows(rows)
    films = describe([{} for _ in data.items.names], [(name.split()[0],) for name in data.items.names])
    ages = describe([{"age": "old" if n % groups == 0 or n % 2 else "young"} for n in range(people)])
    return replace(data, attributes=films, traits=ages)


def test_planted_tastes_are_found_counted_and_named() -> None:
    found = segments(world(90), seed=1)
    assert found.k == 3
    assert "best mean silhouette of 2 to 8 segments" in found.reason
    assert [segment.size for segment in found.segments] == [30, 30, 30]
    assert {frozenset(segment.name.split(" & ")) for segment in found.segments} == {
        frozenset(GENRES[:2]), frozenset(GENRES[2:4]), frozenset(GENRES[4:]),
    }  # fmt: skip
    for group in range(3):
        assert len(set(found.labels[group::3].tolist())) == 1
    assert found.stability == pytest.approx(1)
    assert (found.caution, found.unplaced) == ("", 0)


def test_a_portrait_tells_the_truth() -> None:
    data = world(90)
    found = segments(data, k=3)
    horror = next(segment for segment in found.segments if "Horror" in segment.name)
    people = np.flatnonzero(found.labels == horror.centroid)
    assert people.tolist() == list(range(0, 90, 3))
    attribute = next(a for a in horror.attributes if a.name == "category=Horror")
    shares = taste(data).shares.toarray()[:, taste(data).names.index("category=Horror")]
    assert attribute.share == pytest.approx(shares[people].mean(), rel=1e-5)
    assert attribute.lift == pytest.approx(attribute.share / attribute.overall)
    assert attribute.lift > 2
    assert all(item.split()[0] in ("Horror", "Thriller") for item in horror.items)
    assert horror.share == pytest.approx(1 / 3)
    assert "age=old" in {a.name for a in horror.attributes}
    assert msgspec.json.decode(msgspec.json.encode(horror), type=Segment) == horror


def test_traits_that_chance_explains_are_not_shown() -> None:
    data = world(90)
    found = segments(replace(data, traits=describe([{"badge": f"b{n % 7}"} for n in range(90)])), k=3)
    assert not any(a.name.startswith("badge") for segment in found.segments for a in segment.attributes)


def test_tastes_by_degree_are_called_that_and_poor_ones_carry_a_caution() -> None:
    found = segments(world(90, own=0.0), seed=0)
    assert 2 <= found.k <= MOST_TRIED
    assert "differ by degree" in found.reason
    assert "comes back best" in found.reason
    assert found.stability is not None
    assert found.stability < POOR
    assert found.caution.startswith(
        f"poorly reproducible: on other people's halves these segments agree to {found.stability:.2f}"
    )


def same(one: Segmentation, other: Segmentation) -> bool:
    return one.segments == other.segments and one.labels.tolist() == other.labels.tolist()


def test_the_same_seed_gives_the_same_segments() -> None:
    data = world(60, own=0.3)
    assert same(segments(data, seed=4), segments(data, seed=4))


def test_labels_and_centroids_agree_with_the_vectors() -> None:
    data = world(60)
    found = segments(data, k=4)
    people = taste(data)
    assert (people.vectors(people.placed) @ found.centroids.T).argmax(axis=1).tolist() == found.labels.tolist()
    assert [segment.centroid for segment in found.segments] == [0, 1, 2, 3]
    assert np.bincount(found.labels).tolist() == [segment.size for segment in found.segments]


def test_the_largest_segment_comes_first() -> None:
    data = world(90)
    uneven = data.rows(np.isin(data.user % 3, [0]) | (data.user >= 45) & (data.user % 3 == 1) | (data.user >= 75))
    found = segments(uneven, k=3)
    assert [segment.size for segment in found.segments] == [30, 15, 5]
    assert np.bincount(found.labels[found.labels >= 0]).tolist() == [30, 15, 5]
    assert (found.labels[::3] == 0).all()


def test_a_vector_weighs_departures_against_what_is_common() -> None:
    """Everybody wants mostly Comedy: half a share more of it says less than the same of rare War."""
    rows = [(f"p{n}", "Comedy", 0.8, 0) for n in range(10)] + [(f"p{n}", "War", 0.2, 0) for n in range(10)]
    rows += [("x", "Comedy", 0.5, 0), ("x", "War", 0.5, 0)]
    data = Interactions.from_rows(rows)
    data = replace(data, attributes=describe([{}, {}], [("Comedy",), ("War",)]))
    people = taste(data)
    comedy, war = people.vectors(np.array([10]))[0]
    assert people.overall.tolist() == pytest.approx([8.5 / 11, 2.5 / 11])
    assert war / -comedy == pytest.approx(np.sqrt(8.5 / 2.5))  # equal departures, over the roots of the shares


def test_without_attributes_histories_group_people_and_items_name_them() -> None:
    found = segments(replace(world(90), attributes=None), k=3, seed=0)
    assert sorted(segment.size for segment in found.segments) == [30, 30, 30]
    for segment in found.segments:
        assert segment.name == " & ".join(segment.items[:2])


def test_people_without_a_described_item_are_counted_not_guessed() -> None:
    data = world(30)
    assert data.attributes is not None
    bare = data.attributes.values.toarray()
    only = data.item[data.user == 0]
    bare[only] = 0
    found = segments(replace(data, attributes=Attributes(data.attributes.names, type(data.matrix)(bare))), k=2)
    assert found.labels[0] == -1
    assert found.unplaced >= 1
    assert sum(segment.size for segment in found.segments) == 30 - found.unplaced
    assert sum(segment.share for segment in found.segments) == pytest.approx(1)


def test_traits_form_segments_only_when_asked() -> None:
    data = world(90, own=0.0)
    split = describe([{"club": "red" if n < 45 else "blue"} for n in range(90)])
    data = replace(data, traits=split)
    clubs = np.arange(90) < 45

    def purity(labels: NDArray[np.int32]) -> float:
        return max(float((labels[clubs] == side).mean() + (labels[~clubs] != side).mean()) / 2 for side in (0, 1))

    assert purity(segments(data, k=2, trait_weight=0.9).labels) == 1
    assert purity(segments(data, k=2).labels) < 0.8


def test_names_are_different() -> None:
    found = segments(world(60, own=0.2), k=8)
    assert len({segment.name for segment in found.segments}) == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [({"k": 0}, "k = 0: must be between 1 and the 30 people"), ({"k": 31}, "k = 31"), ({"trait_weight": 2}, "trait_w")],
)
def test_faults_of_the_caller_are_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        segments(world(30), **change)


def test_one_person_is_no_group() -> None:
    with pytest.raises(InvalidInput, match="at least 2 people"):
        segments(Interactions.from_rows([("ann", "tea", 1, 0), ("ann", "milk", 1, 0)]))


def test_one_segment_is_everybody() -> None:
    found = segments(world(30), k=1)
    assert (found.segments[0].size, found.segments[0].name, found.stability) == (30, "Everybody", 1.0)


def test_two_people_are_too_few_to_choose() -> None:
    data = Interactions.from_rows([("ann", "tea", 1, 0), ("ann", "milk", 1, 0), ("bob", "milk", 1, 0)])
    assert segments(data).k == 1


def test_words_of_titles_stand_in_for_attributes() -> None:
    rng = np.random.default_rng(4)
    kinds = ("teapot regency", "lunch retrospot", "wooden christmas", "metal sign", "cake baking", "glass bead")
    titles = {f"i{n}": f"{kinds[n % 6]} {n} of" for n in range(120)}

    def wanted(camp: int) -> str:
        own = rng.random() < 0.9
        return f"i{6 * rng.integers(0, 20) + (2 * camp + rng.integers(0, 2) if own else rng.integers(0, 6))}"

    data = Interactions.from_rows([(f"p{n}", wanted(n % 3), 1.0, 0) for n in range(240) for _ in range(10)])
    found = segments(data, titles=titles, k=3)
    camps = [set(f"{kinds[at]} {kinds[at + 1]}".split()) for at in (0, 2, 4)]
    named = [set(one.name.replace(" & ", " ").split()) for one in found.segments]
    assert sorted(sum(name <= camp for name in named) for camp in camps) == [1, 1, 1]
    assert found.stability is not None
    assert found.stability > 0.9
    assert all(trait.name.startswith("word=") for one in found.segments for trait in one.attributes)
    assert not any("word=" in trait.name for one in segments(data, k=3).segments for trait in one.attributes)
