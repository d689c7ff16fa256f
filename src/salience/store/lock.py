"""One process per workspace: a second writer would fold and publish against the first one's back."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from salience.events import InvalidInput


class Lock:
    """An exclusive lock on a file, held until `release` or the end of the process, however it ends.

    Raises `InvalidInput` naming the process that holds it.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._handle, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._handle)
            raise InvalidInput(
                "home", str(path.parent), f"is in use by process {holder}", "stop that process, or ask it over HTTP"
            ) from None
        # The file stays when the lock goes: removing it would let a waiting process lock a file without a name.
        os.ftruncate(self._handle, 0)
        os.write(self._handle, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let others in. Releasing twice is allowed."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
