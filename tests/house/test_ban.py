"""What may appear nowhere in the source: ways to run data as code, and pickles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import salience

SOURCE = Path(salience.__file__).parent

MODULES = frozenset({"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"})
CALLS = frozenset({"eval", "exec", "compile", "__import__"})


def banned(source: str) -> Iterator[str]:
    """Each banned use as ``line: what``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (f"{node.lineno}: {a.name}" for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield f"{node.lineno}: {node.module}"
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in CALLS:
                yield f"{node.lineno}: {node.func.id}()"
            for word in node.keywords:
                value = word.value.value if isinstance(word.value, ast.Constant) else None
                if (word.arg, value) in {("shell", True), ("allow_pickle", True)}:
                    yield f"{node.lineno}: {word.arg}=True"
            if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in {"os.system", "os.popen"}:
                yield f"{node.lineno}: {ast.unparse(node.func)}()"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_the_source_runs_no_data_as_code(path: Path) -> None:
    assert list(banned(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "exec('x = 1')",
        "numpy.load(path, allow_pickle=True)",
        "subprocess.run(words, shell=True)",
        "os.system('ls')",
    ],
)
def test_each_ban_bites(line: str) -> None:
    assert len(list(banned(line))) == 1


def test_a_pattern_may_be_compiled() -> None:
    assert list(banned("import re\nPATTERN = re.compile('a+')")) == []
