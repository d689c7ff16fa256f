"""One process per workspace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from salience.events import InvalidInput
from salience.store.lock import Lock

HOLD = """
import sys
from pathlib import Path
from salience.store.lock import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = Lock(tmp_path / "lock")
    with pytest.raises(InvalidInput, match=f"is in use by process {os.getpid()}; stop that process"):
        Lock(tmp_path / "lock")
    first.release()
    first.release()
    Lock(tmp_path / "lock").release()


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holding = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InvalidInput, match=f"is in use by process {holder.pid}"):
            Lock(path)
        holder.kill()
        holder.wait()
    Lock(path).release()
