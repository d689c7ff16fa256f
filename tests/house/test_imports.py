"""Which room may import which. The table is the design; the tree is walked and compared with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import salience

SOURCE = Path(salience.__file__).parent

MAY_IMPORT: dict[str, frozenset[str]] = {
    "events": frozenset(),
    "settings": frozenset({"events"}),
    "store": frozenset({"events"}),
    "privacy": frozenset({"events"}),
    "collect": frozenset({"events", "privacy"}),
    "prepare": frozenset({"events", "privacy"}),
    "mine": frozenset({"events", "prepare"}),
    "models": frozenset({"events"}),
    "evaluate": frozenset({"events", "models"}),
    "train": frozenset({"events", "prepare", "mine", "models", "evaluate"}),
    "optimise": frozenset({"events", "models"}),
    "recommend": frozenset({"events", "privacy", "prepare", "models", "optimise"}),
    "feedback": frozenset({"events", "optimise"}),
    "deliver": frozenset({"events", "privacy", "recommend"}),
    "follow": frozenset({"events", "store", "privacy", "prepare", "optimise", "feedback"}),
    "engine": frozenset(
        {
            "events",
            "settings",
            "store",
            "privacy",
            "collect",
            "prepare",
            "mine",
            "models",
            "evaluate",
            "train",
            "optimise",
            "recommend",
            "feedback",
            "deliver",
            "follow",
        }
    ),
    "console": frozenset({"engine", "events"}),
    "serve": frozenset({"engine", "events", "collect"}),
    "cli": frozenset(
        {"engine", "events", "settings", "store", "collect", "serve", "console", "train", "optimise", "feedback"}
    ),
}
"""Room -> rooms it may import, besides itself. docs/architecture.md prints the same table."""

TYPES_ONLY: dict[str, frozenset[str]] = {"cli": frozenset({"mine", "prepare"}), "serve": frozenset({"feedback"})}
"""Rooms whose result types another one may name for the type checker: what engine methods return, it may print."""


def imports_of(source: str, module: str, is_package: bool) -> Iterator[tuple[int, str, bool]]:
    """(line, absolute dotted name, for types only) of every import, those inside functions too."""
    package = module if is_package else module.rpartition(".")[0]
    tree = ast.parse(source)
    guards = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test).endswith("TYPE_CHECKING")]
    typing = {child for guard in guards for statement in guard.body for child in ast.walk(statement)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, node in typing) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}", node in typing) for alias in node.names)


def breaches(root: Path) -> list[str]:
    """Every import in the package at ``root`` that the table does not allow, as ``file:line: from -> to``."""
    found = []
    for path in sorted(root.rglob("*.py")):
        inner = path.relative_to(root).with_suffix("")
        room = inner.parts[0]
        # the shop window names every room and imports none until asked; `python -m salience` is the command line
        if room in ("__init__", "__main__"):
            continue
        if room not in MAY_IMPORT:
            found.append(f"{inner}: room {room!r} is not in the table")
            continue
        is_package = inner.name == "__init__"
        module = ".".join(["salience", *(inner.parts[:-1] if is_package else inner.parts)])
        for line, name, typing in imports_of(path.read_text(encoding="utf-8"), module, is_package):
            parts = name.split(".")
            if parts[0] != "salience" or len(parts) < 2 or parts[1] not in MAY_IMPORT:
                continue
            allowed = MAY_IMPORT[room] | (TYPES_ONLY.get(room, frozenset()) if typing else frozenset())
            if parts[1] != room and parts[1] not in allowed:
                found.append(f"{path.relative_to(root)}:{line}: {room} -> {parts[1]}")
    return found


def test_no_room_imports_upward() -> None:
    assert breaches(SOURCE) == []


def test_every_room_of_the_table_exists() -> None:
    present = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert set(MAY_IMPORT) <= present


def test_the_table_has_no_cycle() -> None:
    order: list[str] = []
    waiting = dict(MAY_IMPORT)
    while waiting:
        free = sorted(room for room, needs in waiting.items() if needs <= set(order))
        assert free, f"a cycle among {sorted(waiting)}"
        order += free
        for room in free:
            del waiting[room]
    assert order[0] == "events"


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("models/als.py", "from salience.engine import Engine"),
        ("models/als.py", "def fit():\n    from salience.train import tune"),
        ("models/als.py", "from ..recommend import decide"),
        ("events/kinds.py", "import salience.store.log"),
        ("cli/leaderboard.py", "from salience.mine import Rule"),
        ("models/als.py", "if TYPE_CHECKING:\n    from salience.train import Leaderboard"),
        ("privacy/consent.py", "if True:\n    from salience import collect"),
        ("cli/train.py", "from salience.models import ALS"),
    ],
)
def test_a_planted_breach_is_caught(tmp_path: Path, where: str, line: str) -> None:
    path = tmp_path / where
    path.parent.mkdir()
    path.write_text(line + "\n", encoding="utf-8")
    assert len(breaches(tmp_path)) == 1


def test_allowed_imports_pass(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "tune.py").write_text(
        "import numpy\nfrom salience.models.ease import EASE\nfrom . import card\nfrom salience import __version__\n",
        encoding="utf-8",
    )
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "leaderboard.py").write_text(
        "if TYPE_CHECKING:\n    from salience.mine import Rule\n", encoding="utf-8"
    )
    assert breaches(tmp_path) == []
