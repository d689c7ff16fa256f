"""Pure rooms get time, chance and data as arguments: no clock, file, socket, environment or global random inside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import salience

SOURCE = Path(salience.__file__).parent
PURE = ("privacy", "prepare", "mine", "models", "evaluate", "train", "optimise", "recommend", "feedback")
MAY_TOUCH_FILES = {"models/files.py"}
"""By decision: a model is saved into the folder that the caller names."""

MODULES = frozenset(
    {"random", "secrets", "socket", "requests", "urllib", "http", "tempfile", "shutil", "sqlite3", "apsw"}
)
CLOCKS = {
    "time": {
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "perf_counter_ns",
        "process_time",
        "localtime",
        "gmtime",
    },
    "datetime": {"now", "utcnow", "today"},
    "datetime.datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "datetime.date": {"today"},
}
FILE_VERBS = frozenset(
    {"read_text", "write_text", "read_bytes", "write_bytes", "mkdir", "unlink", "touch", "rmdir", "iterdir", "glob"}
)
GLOBAL_RANDOM = frozenset({"np.random", "numpy.random"})
SEEDED = frozenset({"default_rng", "Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator"})


def impure(source: str) -> Iterator[str]:
    """Each reach into the outside world as ``line: what``."""
    tree = ast.parse(source)
    arguments = _defaults(tree)
    for node in ast.walk(tree):
        if node in arguments:
            continue
        if isinstance(node, ast.Import):
            yield from (f"{node.lineno}: import {a.name}" for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").split(".")[0] in MODULES:
                yield f"{node.lineno}: from {node.module}"
            elif node.module == "time":
                yield from (f"{node.lineno}: time.{a.name}" for a in node.names if a.name in CLOCKS["time"])
        elif isinstance(node, ast.Attribute):
            yield from _reach(node)
        elif isinstance(node, ast.Call):
            yield from _call(node)


def _defaults(tree: ast.AST) -> set[ast.AST]:
    """What stands as a parameter's default, e.g. ``clock=time.monotonic``: a caller may put another there."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {default for f in functions for default in [*f.args.defaults, *f.args.kw_defaults] if default is not None}


def _reach(node: ast.Attribute) -> Iterator[str]:
    owner = ast.unparse(node.value)
    if node.attr in CLOCKS.get(owner, ()):
        yield f"{node.lineno}: the clock, {owner}.{node.attr}"
    if owner == "os" and node.attr in {"environ", "getenv"}:
        yield f"{node.lineno}: os.{node.attr}"
    if owner in GLOBAL_RANDOM and node.attr not in SEEDED:
        yield f"{node.lineno}: {owner}.{node.attr}"


def _call(node: ast.Call) -> Iterator[str]:
    if isinstance(node.func, ast.Name) and node.func.id in {"open", "input", "print"}:
        yield f"{node.lineno}: {node.func.id}()"
    if isinstance(node.func, ast.Attribute):
        if node.func.attr in FILE_VERBS:
            yield f"{node.lineno}: .{node.func.attr}()"
        if node.func.attr == "default_rng" and not (node.args or node.keywords):
            yield f"{node.lineno}: an unseeded generator"


FILES = sorted(
    path
    for room in PURE
    for path in (SOURCE / room).rglob("*.py")
    if path.relative_to(SOURCE).as_posix() not in MAY_TOUCH_FILES
)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_pure_rooms_reach_for_nothing(path: Path) -> None:
    assert list(impure(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "time.time()",
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "from time import time_ns",
        "clock = time.monotonic",
        "open('x')",
        "Path('x').read_text()",
        "os.environ['HOME']",
        "import random",
        "import socket",
        "np.random.rand(3)",
        "np.random.default_rng()",
    ],
)
def test_each_rule_bites(line: str) -> None:
    assert len(list(impure(line))) >= 1


def test_seeded_chance_and_time_of_events_pass() -> None:
    assert list(impure("rng = np.random.default_rng(seed)\nage = now - event.time\nrow = data.time")) == []


def test_a_clock_may_be_a_default_that_a_caller_replaces() -> None:
    assert list(impure("def tune(data, clock=time.monotonic):\n    start = clock()")) == []
    assert list(impure("def tune(data, now=time.time()):\n    pass")) != []
