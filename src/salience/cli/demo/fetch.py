"""MovieLens 100K on this machine: from a folder, the cache, a Python package that ships it, or GroupLens itself.

F. M. Harper and J. A. Konstan, The MovieLens Datasets: History and Context, ACM TiiS 5 (2015). Its licence forbids
passing the files on, so Salience fetches them instead of shipping them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from salience.events.fault import InvalidInput

PACKAGE = "recbole==1.2.1"
PACKAGE_SHA256 = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
PACKAGE_FILES = {
    f"recbole/dataset_example/ml-100k/ml-100k.{end}": f"ml-100k.{end}" for end in ("inter", "item", "user")
}

ARCHIVE = "https://files.grouplens.org/datasets/movielens/ml-100k.zip"
ARCHIVE_MD5 = "0e33842e24a9c977be4e0107933c0723"
ARCHIVE_FILES = {f"ml-100k/u.{end}": f"u.{end}" for end in ("data", "item", "user")}

LARGEST_MEMBER = 64 * 2**20  # bytes; the real ones are below 4 MB
PATIENCE = 120  # seconds for either source


class Found(NamedTuple):
    """The folder with the files, and where they came from, in words."""

    folder: Path
    source: str


class Unobtainable(OSError):  # noqa: N818 - as InvalidInput, it names what is wrong
    """Neither source answered; the message names both and what to do."""


def movielens(environment: Mapping[str, str] | None = None) -> Found:
    """A folder with ``ml-100k.inter|item|user`` or with ``u.data|item|user``; fetched once, then cached.

    ``environment`` (default: this process's) may name a folder in SALIENCE_DATA, and the cache in XDG_CACHE_HOME.
    """
    environment = os.environ if environment is None else environment
    given = environment.get("SALIENCE_DATA", "")
    if given:
        return Found(_given(Path(given).expanduser()), "SALIENCE_DATA")
    cache = cache_folder(environment)
    folder = cache / "movielens-100k"
    if _complete(folder):
        return Found(folder, "cache")
    trouble = []
    for source, fetch in (("package " + PACKAGE, _from_package), ("GroupLens", _from_archive)):
        try:
            return Found(_kept(fetch, folder), source)
        except (OSError, subprocess.SubprocessError, zipfile.BadZipFile, KeyError) as fault:
            trouble.append(f"{source}: {' '.join(str(fault).split())[:160]}")
    raise Unobtainable(
        f"MovieLens 100K could not be fetched ({'; '.join(trouble)}). Unpack {ARCHIVE} by hand"
        " and set SALIENCE_DATA to the folder that holds u.data, u.item and u.user"
    )


def cache_folder(environment: Mapping[str, str]) -> Path:
    """``$XDG_CACHE_HOME/salience``, else ``~/.cache/salience``."""
    base = environment.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "salience"


def _complete(folder: Path) -> bool:
    return any(all((folder / n).is_file() for n in files.values()) for files in (PACKAGE_FILES, ARCHIVE_FILES))


def _given(folder: Path) -> Path:
    for candidate in (folder, folder / "ml-100k", folder / "movielens-100k"):
        if _complete(candidate):
            return candidate
    raise InvalidInput(
        "SALIENCE_DATA",
        str(folder),
        "holds neither u.data, u.item, u.user nor ml-100k.inter, ml-100k.item, ml-100k.user",
        "point it at the unpacked ml-100k folder, or unset it to fetch the files",
    )


def _kept(fetch: Callable[[Path], None], folder: Path) -> Path:
    """Fetch into a folder of its own, then move it into the cache in one step; a read-only cache is done without."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".fetch-", dir=folder.parent))
    except OSError:
        work = Path(tempfile.mkdtemp(prefix="salience-movielens-"))
        fetch(work)
        return work
    try:
        fetch(work)
        if folder.exists():  # half of one, from a time before this rename
            shutil.rmtree(folder)
        work.rename(folder)
    except OSError:
        if not _complete(folder):  # else another process was first, and that is as good
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _from_package(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        words = [*_pip(), "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        words += ["--dest", name, PACKAGE]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603
        wheels = sorted(Path(name).glob("*.whl"))
        if done.returncode or not wheels:
            said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip answered nothing"]
            raise OSError(said[-1])
        check(wheels[0], "sha256", PACKAGE_SHA256)
        unpack(wheels[0], PACKAGE_FILES, folder)


def _pip() -> list[str]:
    from importlib.util import find_spec

    if find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")  # an environment made by uv has no pip of its own
    if not found:
        raise OSError("pip is not installed")
    return [found]


def _from_archive(folder: Path) -> None:
    from urllib.request import urlopen

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "ml-100k.zip"
        with urlopen(ARCHIVE, timeout=PATIENCE) as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)
        check(path, "md5", ARCHIVE_MD5)
        unpack(path, ARCHIVE_FILES, folder)


def check(path: Path, algorithm: str, expected: str) -> None:
    """Raise unless the file's digest is the expected one. The archive's publisher gives an MD5, hence that one."""
    digest = hashlib.new(algorithm, path.read_bytes(), usedforsecurity=False).hexdigest()
    if digest != expected:
        raise OSError(f"{algorithm} of {path.name} is {digest}, expected {expected}")


def unpack(archive: Path, members: Mapping[str, str], folder: Path) -> None:
    """Copy the named members into ``folder``, under our own names: what an archive calls its files decides nothing."""
    with zipfile.ZipFile(archive) as file:
        for member, name in members.items():
            if file.getinfo(member).file_size > LARGEST_MEMBER:
                raise OSError(f"{member} in {archive.name} is larger than {LARGEST_MEMBER:,} bytes")
            with file.open(member) as source, (folder / name).open("wb") as target:
                shutil.copyfileobj(source, target)
