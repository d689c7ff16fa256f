"""A model's folder is written whole or not at all, and read with suspicion."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salience.events import InvalidInput, NotFound
from salience.models import ALS, EASE, ItemKNN, Model, Popularity, UserKNN, files, load
from tests.models.model_suite import checkerboard


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ItemKNN(neighbours=3).fit(checkerboard()).save(tmp_path / "model")
    return tmp_path / "model"


def forge(folder: Path, name: str, body: bytes) -> None:
    """Write a file and make the manifest agree with it, as somebody with a hash function would."""
    (folder / name).write_bytes(body)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][name] = hashlib.sha256(body).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def npy(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]], folder: Path) -> bytes:
    np.save(folder / "scratch.npy", array)
    body = (folder / "scratch.npy").read_bytes()
    (folder / "scratch.npy").unlink()
    return body


def test_the_manifest_says_what_a_person_wants_to_know(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["format"] == 1
    assert manifest["kind"] == "item-weights"
    assert manifest["settings"]["neighbours"] == 3
    assert set(manifest["files"]) == {path.name for path in folder.iterdir()} - {"manifest.json"}


def test_a_published_model_carries_no_people(tmp_path: Path) -> None:
    model = EASE(l2=1.0).fit(checkerboard()).without_people()
    model.save(tmp_path / "m")
    assert not [path for path in (tmp_path / "m").iterdir() if "people" in path.name or "users" in path.name]
    back = load(tmp_path / "m")
    with pytest.raises(InvalidInput, match="no people"):
        back.recommend(["user 1"])
    assert back.similar("item 2", 2)[0].tolist() == model.similar("item 2", 2)[0].tolist()


def test_every_file_cut_short_or_gone_fails_cleanly(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        for kept in (0, 1, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:kept])
            with pytest.raises(InvalidInput):
                load(folder)
        path.unlink()
        with pytest.raises(InvalidInput):
            load(folder)
        path.write_bytes(whole)
    load(folder)


def test_one_flipped_bit_that_leaves_a_sound_array_is_noticed(folder: Path) -> None:
    for name in ("weights.data.npy", "items.json"):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
        with pytest.raises(InvalidInput, match="SHA-256"):
            load(folder)
        (folder / name).write_bytes(whole)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(body=st.binary(max_size=300), which=st.integers(0, 20))
def test_random_bytes_fail_cleanly_even_with_the_right_hash(folder: Path, body: bytes, which: int) -> None:
    names = sorted(path.name for path in folder.iterdir())
    name = names[which % len(names)]
    saved = {path.name: path.read_bytes() for path in folder.iterdir()}
    if name == "manifest.json":
        (folder / name).write_bytes(body)
    else:
        forge(folder, name, body)
    try:
        with pytest.raises(InvalidInput):
            load(folder)
    finally:
        for other, content in saved.items():
            (folder / other).write_bytes(content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(at=st.integers(0, 127), byte=st.integers(0, 255))
def test_a_changed_byte_of_a_header_never_crashes(folder: Path, at: int, byte: int) -> None:
    saved = {path.name: path.read_bytes() for path in folder.iterdir()}
    body = bytearray(saved["weights.data.npy"])
    body[at] = byte
    forge(folder, "weights.data.npy", bytes(body))
    try:
        load(folder)
    except InvalidInput:
        pass
    finally:
        for other, content in saved.items():
            (folder / other).write_bytes(content)


def test_arrays_that_cannot_be_right_are_refused(folder: Path, tmp_path: Path) -> None:
    weights = files.load(folder, {"item-weights": ItemKNN.fits}).arrays()
    nan = weights["weights.data"].copy()
    nan[0] = np.nan
    far = weights["weights.indices"].copy()
    far[0] = 10_000  # compiled code would follow this out of the array
    negative = weights["weights.indices"].copy()
    negative[0] = -1
    falling = weights["weights.indptr"].copy()
    falling[1] = 99
    wrong = {
        "weights.data": [nan, weights["weights.data"][:-1], weights["weights.data"].astype(object)],
        "weights.indices": [far, negative, weights["weights.indices"].astype(np.float32)],
        "weights.indptr": [falling, weights["weights.indptr"][:-1]],
        "binary": [np.array([True, False])],
    }
    for name, arrays in wrong.items():
        original = (folder / f"{name}.npy").read_bytes()
        for array in arrays:
            forge(folder, f"{name}.npy", npy(array, tmp_path))
            with pytest.raises(InvalidInput):
                load(folder)
        forge(folder, f"{name}.npy", original)
    load(folder)


def test_a_header_that_promises_a_terabyte_is_refused_before_memory_is_taken(folder: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    body = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 16
    forge(folder, "weights.data.npy", body)
    with pytest.raises(InvalidInput, match="promises"):
        load(folder)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("format", 99, "format 99"),
        ("kind", "oracle", "unknown kind 'oracle'"),
        ("files", {"../../secret.json": "0" * 64}, "outside the folder"),
        ("surprise", 1, "surprise"),
    ],
)
def test_a_manifest_of_something_else_is_refused(folder: Path, key: str, value: object, said: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest[key] = value
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InvalidInput, match=said):
        load(folder)


def test_settings_out_of_range_are_refused(tmp_path: Path) -> None:
    for model, name in ((ALS(factors=2).fit(checkerboard()), "reg"), (UserKNN().fit(checkerboard()), "measure")):
        model.save(tmp_path / name)
        forge(tmp_path / name, f"{name}.npy", npy(np.array(-7.0 if name == "reg" else 7), tmp_path))
        with pytest.raises(InvalidInput):
            load(tmp_path / name)


def test_repeated_ids_are_refused(folder: Path) -> None:
    forge(folder, "items.json", json.dumps(["same"] * 11).encode())
    with pytest.raises(InvalidInput, match="repeats"):
        load(folder)


def test_nothing_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="holds no model"):
        load(tmp_path / "nowhere")


def test_saving_again_replaces_the_model_whole(folder: Path) -> None:
    Popularity().fit(checkerboard()).save(folder)
    assert load(folder).kind == "popular"
    assert not [path.name for path in folder.iterdir() if path.name.startswith("weights")]
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InvalidInput, match="other things"):
        Popularity().fit(checkerboard()).save(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_failed_write_leaves_the_old_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load(folder).arrays()

    def full_disk(path: Path, body: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_put", full_disk)
    with pytest.raises(OSError, match="No space"):
        Popularity().fit(checkerboard()).save(folder)
    after: Model = load(folder)
    for name, array in after.arrays().items():
        np.testing.assert_array_equal(array, before[name])
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
