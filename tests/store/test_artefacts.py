"""Published versions: exactly one is current, whatever happens in between."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from salience.events import InvalidInput, NotFound
from salience.store.artefacts import Artefacts
from salience.store.faults import Damaged


def writing(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "more").mkdir()
        (folder / "more" / "card.json").write_text("{}")
        (folder / "arrays.bin").write_text(text)

    return write


def publish(artefacts: Artefacts, version: str) -> None:
    artefacts.publish(version, writing(version))


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    return Artefacts(tmp_path / "models")


def test_nothing_is_published_at_first(artefacts: Artefacts) -> None:
    assert artefacts.current() == ""
    assert artefacts.list() == ()
    with pytest.raises(NotFound, match="is not kept; choose one of none"):
        artefacts.path("v1")


def test_the_newest_is_current_and_an_older_one_can_be_again(artefacts: Artefacts) -> None:
    for version in ("v1", "v2", "v10"):
        publish(artefacts, version)
    assert artefacts.list() == ("v1", "v2", "v10")
    assert artefacts.current() == "v10"
    artefacts.rollback("v1")
    assert artefacts.current() == "v1"
    assert (artefacts.path("v1") / "arrays.bin").read_text() == "v1"
    with pytest.raises(NotFound):
        artefacts.rollback("v3")
    assert artefacts.current() == "v1"


def test_ten_old_versions_are_kept(artefacts: Artefacts, tmp_path: Path) -> None:
    for n in range(15):
        publish(artefacts, f"v{n}")
    assert artefacts.list() == tuple(f"v{n}" for n in range(4, 15))
    assert {path.name for path in (tmp_path / "models").iterdir()} == {*artefacts.list(), "current"}


def test_a_version_never_changes(artefacts: Artefacts) -> None:
    publish(artefacts, "v1")
    with pytest.raises(InvalidInput, match="is published already"):
        publish(artefacts, "v1")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "%2e%2e%2f", "..;/", "/etc/x", "a\x00", ".tmp", "current"]
)
def test_a_name_cannot_leave_the_folder(artefacts: Artefacts, name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="must be 1 to 64 letters"):
        publish(artefacts, name)
    with pytest.raises(NotFound):
        artefacts.path(name)
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_fails_changes_nothing(artefacts: Artefacts, tmp_path: Path) -> None:
    publish(artefacts, "v1")

    def fails(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise ArithmeticError("did not converge")

    with pytest.raises(ArithmeticError):
        artefacts.publish("v2", fails)
    assert artefacts.current() == "v1"
    assert {path.name for path in (tmp_path / "models").iterdir()} == {"v1", "current"}
    publish(artefacts, "v2")


@pytest.mark.parametrize("harm", ["flip", "cut", "add", "remove"])
def test_a_damaged_version_is_never_served(artefacts: Artefacts, harm: str) -> None:
    publish(artefacts, "v1")
    publish(artefacts, "v2")
    file = artefacts.path("v1") / "arrays.bin"
    match harm:
        case "flip":
            file.write_text("v9")
        case "cut":
            file.write_text("v")
        case "add":
            file.with_name("extra.py").write_text("")
        case _:
            file.unlink()
    with pytest.raises(Damaged, match="model v1: its files are not those that were published"):
        artefacts.rollback("v1")
    assert artefacts.current() == "v2"
    assert artefacts.path("v2").is_dir()


def test_a_version_is_on_disk_with_its_name_before_the_pointer_names_it(
    artefacts: Artefacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that a power cut would otherwise undo."""
    steps: list[str] = []
    sync, rename, replace = os.fsync, Path.rename, Path.replace

    def synced(handle: int) -> None:
        steps.append("sync " + Path(os.readlink(f"/proc/self/fd/{handle}")).name)  # noqa: PTH115
        sync(handle)

    def renamed(self: Path, target: Path) -> Path:
        steps.append(f"name {target.name}")
        return rename(self, target)

    def replaced(self: Path, target: Path) -> Path:
        steps.append(f"point {target.name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    monkeypatch.setattr(Path, "replace", replaced)
    publish(artefacts, "v1")
    assert [step for step in steps if not step.endswith(".tmp")] == [
        "sync arrays.bin",
        "sync more",
        "sync card.json",
        "name v1",
        "sync models",
        "point current",
        "sync models",
    ]


def test_a_damaged_pointer_is_said(artefacts: Artefacts, tmp_path: Path) -> None:
    publish(artefacts, "v1")
    (tmp_path / "models" / "current").write_text("v1")
    with pytest.raises(Damaged, match="models/current"):
        artefacts.current()


DIE = """
import os, sys
from pathlib import Path
from salience.store import artefacts, durable
point, steps = int(sys.argv[2]), 0
def step(real):
    def stepped(*a, **k):
        global steps
        steps += 1
        if steps == point:
            os.kill(os.getpid(), 9)
        return real(*a, **k)
    return stepped
os.fsync = step(os.fsync)
Path.rename = step(Path.rename)
Path.replace = step(Path.replace)
artefacts.shutil.rmtree = step(artefacts.shutil.rmtree)
models = artefacts.Artefacts(Path(sys.argv[1]), kept=1)
def write(folder):
    (folder / "arrays.bin").write_text("new")

models.publish("new", write)
models.rollback("v2")
print(steps)
"""


def test_a_kill_at_any_step_of_publishing_and_rolling_back_leaves_one_valid_version(tmp_path: Path) -> None:
    """Every sync, rename and removal in turn is the last thing that the process does."""
    point, died = 0, 0
    while True:
        point += 1
        folder = tmp_path / str(point)
        models = Artefacts(folder, kept=1)
        for version in ("v1", "v2"):
            models.publish(version, writing("old"))
        dying = [sys.executable, "-c", DIE, str(folder), str(point)]
        run = subprocess.run(dying, capture_output=True, check=False)  # noqa: S603 - this file's own program
        current = models.current()
        assert current in {"v2", "new"}
        assert (models.path(current) / "arrays.bin").read_text() == ("new" if current == "new" else "old")
        again = f"later-{point}"
        models.publish(again, writing("later"))
        assert models.current() == again
        assert {path.name for path in folder.iterdir()} == {*models.list(), "current"}
        if run.returncode == 0:
            break
        assert run.returncode == -9, run.stderr
        died += 1
    assert died >= 8
