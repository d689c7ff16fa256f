"""A model as a folder: ``manifest.json``, the ids as JSON, and one ``.npy`` file per array. Nothing in it is executed.

    manifest.json   format, kind, library, settings, and per file its SHA-256
    items.json      the item ids, in the order of their codes
    users.json      the user ids, if the model carries people
    <array>.npy     each array of `Model.arrays`; "people.*" are the people's histories

Writing is atomic: a temporary folder beside the target, then one rename. Loading trusts nothing: every file is checked
against its hash, every array against its header, length and finiteness, and what is wrong raises `InvalidInput`.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from salience import __version__
from salience.events.fault import InvalidInput, NotFound
from salience.events.interactions import IdMap, Matrix
from salience.models.people import People

if TYPE_CHECKING:
    from salience.models.model import Model

FORMAT = 1
MANIFEST = "manifest.json"


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What the folder holds. ``files`` maps file names to SHA-256 in hexadecimal."""

    format: int
    kind: str
    library: str
    settings: dict[str, Any]
    files: dict[str, str]


def save(model: Model, folder: Path) -> None:
    """Write ``model`` to ``folder``, which must be new, empty, or hold a model already (it is then replaced)."""
    arrays = dict(model.arrays())
    parts = {"items.json": msgspec.json.encode(model.items.names)}
    if model.people is not None:
        parts["users.json"] = msgspec.json.encode(model.people.users.names)
        arrays |= sparse_arrays(model.people.histories, "people.")
    put(folder, model.kind, parts, arrays, dict(model.settings))


def put(
    folder: Path, kind: str, parts: Mapping[str, bytes], arrays: Mapping[str, NDArray[Any]], settings: dict[str, Any]
) -> None:
    """Write any fitted thing to ``folder``: ``parts`` are JSON by file name, ``arrays`` numbers by name."""
    folder = folder.absolute()
    if folder.exists() and not folder.is_dir():
        raise InvalidInput("folder", str(folder), "is a file", "name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise InvalidInput("folder", str(folder), "holds other things than a model", "name a new or an empty folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        fresh = scratch / "new"
        fresh.mkdir()
        hashes = {name: _put(fresh / name, body) for name, body in parts.items()}
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array).reshape(array.shape), allow_pickle=False)
            hashes[f"{name}.npy"] = _put(fresh / f"{name}.npy", buffer.getbuffer())
        manifest = Manifest(FORMAT, kind, __version__, settings, hashes)
        _put(fresh / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        if folder.exists():
            folder.rename(scratch / "old")
        fresh.rename(folder)
    finally:
        if (scratch / "old").exists() and not folder.exists():
            (scratch / "old").rename(folder)
        shutil.rmtree(scratch, ignore_errors=True)


def _put(path: Path, body: bytes | memoryview) -> str:
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(body).hexdigest()


def load(folder: Path, kinds: Mapping[str, type[Model]]) -> Model:
    """The model saved in ``folder``; ``kinds`` maps the manifest's kind to the class that reads its arrays."""
    manifest, bodies, arrays = get(folder, kinds)
    items = _ids(folder, "items.json", bodies)
    people = None
    if "users.json" in bodies:
        people = _people(folder, _ids(folder, "users.json", bodies), items, arrays)
    own = {name: array for name, array in arrays.items() if not name.startswith("people.")}
    with sound(folder):
        model = kinds[manifest.kind].from_arrays(items, own, people=people)
    return replace(model, settings=manifest.settings)


def get(folder: Path, kinds: Iterable[str]) -> tuple[Manifest, dict[str, bytes], dict[str, NDArray[Any]]]:
    """What `put` wrote, every file checked: (manifest, files by name, arrays by name)."""
    manifest = _manifest(folder)
    if manifest.kind not in kinds:
        raise _broken(folder / MANIFEST, f"holds a model of the unknown kind {manifest.kind!r}")
    bodies = {name: _checked(folder, name, digest) for name, digest in manifest.files.items()}
    arrays = {name[:-4]: _array(folder / name, body) for name, body in bodies.items() if name.endswith(".npy")}
    return manifest, bodies, arrays


@contextmanager
def sound(folder: Path) -> Iterator[None]:
    """Whatever does not fit while arrays are read back is a damaged folder, not a bug."""
    try:
        yield
    except KeyError as missing:
        raise _broken(folder, f"lacks the array {missing.args[0]!r}") from None
    except InvalidInput:
        raise
    except (ValueError, IndexError, TypeError) as fault:
        raise _broken(folder, str(fault)) from None


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound("folder", str(folder), "holds no model", "name a folder written by `Model.save`") from None
    except (OSError, ValueError) as fault:  # msgspec's errors are ValueErrors
        raise _broken(path, str(fault)) from None
    if manifest.format != FORMAT:
        rule = f"is of format {manifest.format}; this version of Salience reads format {FORMAT}"
        raise InvalidInput("folder", str(folder), rule, "save the model again with this version")
    return manifest


def _checked(folder: Path, name: str, digest: str) -> bytes:
    path = folder / name
    if Path(name).name != name:
        raise _broken(folder / MANIFEST, f"names a file outside the folder: {name!r}")
    try:
        body = path.read_bytes()
    except OSError:
        raise _broken(path, "is missing or cannot be read") from None
    if hashlib.sha256(body).hexdigest() != digest:
        raise _broken(path, "does not have the SHA-256 that the manifest names: damaged or changed")
    return body


def _ids(folder: Path, name: str, bodies: Mapping[str, bytes]) -> IdMap:
    try:
        names = msgspec.json.decode(bodies[name], type=tuple[str, ...])
    except KeyError:
        raise _broken(folder / MANIFEST, f"does not list {name}") from None
    except ValueError as fault:
        raise _broken(folder / name, str(fault)) from None
    if len(set(names)) != len(names):
        raise _broken(folder / name, "repeats an id")
    return IdMap(names)


def _array(path: Path, body: bytes) -> NDArray[Any]:
    """One ``.npy`` file. The header is compared with the length *before* memory is taken for what it promises."""
    buffer = io.BytesIO(body)
    try:
        version = np.lib.format.read_magic(buffer)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    except Exception as fault:  # noqa: BLE001 - NumPy's parser lets the tokenizer's and the compiler's own errors through
        raise _broken(path, f"has no readable .npy header ({fault})") from None
    if version != (1, 0):
        raise _broken(path, "is not version 1.0 of the .npy format")
    size = dtype.itemsize
    for length in shape:
        size *= length
    rest = len(body) - buffer.tell()
    if dtype.kind not in "biuf" or fortran or min(shape, default=0) < 0 or size != rest:
        raise _broken(path, f"promises {shape} of {dtype} but holds {rest} bytes")
    array = np.frombuffer(body, dtype=dtype, offset=buffer.tell()).reshape(shape)
    if dtype.kind == "f" and not np.isfinite(array).all():
        raise _broken(path, "holds NaN or infinite numbers")
    return array


def _people(folder: Path, users: IdMap, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> People:
    try:
        matrix = sparse_from(arrays, "people.", (len(users), len(items)))
    except KeyError as missing:
        raise _broken(folder, f"lacks the array {missing.args[0]!r}") from None
    except ValueError as fault:
        raise _broken(folder, str(fault)) from None
    return People(users, matrix)


def sparse_arrays(matrix: Matrix, prefix: str) -> dict[str, NDArray[Any]]:
    """The three arrays of a CSR matrix, each name starting with ``prefix``."""
    return {
        f"{prefix}indptr": matrix.indptr,
        f"{prefix}indices": matrix.indices,
        f"{prefix}data": matrix.data,
    }


def sparse_from(arrays: Mapping[str, NDArray[Any]], prefix: str, shape: tuple[int, int]) -> Matrix:
    """The inverse of `sparse_arrays`; refuses indices outside ``shape``, which compiled code would follow blindly."""
    indptr, indices, data = (arrays[prefix + part] for part in ("indptr", "indices", "data"))
    sound = (
        indptr.shape == (shape[0] + 1,)
        and indices.ndim == 1
        and indices.shape == data.shape
        and indptr.dtype.kind == indices.dtype.kind == "i"
        and indptr[0] == 0
        and indptr[-1] == len(indices)
        and bool((np.diff(indptr) >= 0).all())
        and (not len(indices) or (indices.min() >= 0 and indices.max() < shape[1]))
    )
    if not sound:
        raise ValueError(f"{prefix or 'matrix'}: not a sparse matrix of shape {shape}")
    return sparse.csr_array((data.astype(np.float32, copy=False), indices, indptr), shape=shape)


def _broken(path: Path, rule: str) -> InvalidInput:
    return InvalidInput("folder", str(path), rule, "restore it from a copy or train again")
