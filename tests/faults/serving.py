"""The server processes that are hurt: loads everything once, then forks a fresh server for every line it is told.

Usage: serving.py BUILD, then lines of HOME, PORT and any HOME served beside it, with tabs between; or serving.py BUILD
HOME PORT for one server alone (under a tracer).
"""

from __future__ import annotations

import os
import signal
import sys

from salience.cli import serve  # noqa: F401 - loaded here so that the forks need not
from salience.cli.main import main
from salience.engine import Engine  # noqa: F401 - as above
from salience.serve import app  # noqa: F401 - as above
from tests.faults.planted import plant


def served(home: str, port: str, *beside: str) -> int:
    """Serve until the end."""
    return main(["serve", "--home", home, "--port", port, *(word for one in beside for word in ("--beside", one))])


def forks() -> None:
    """A server per line, until there are no more lines."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for their statuses
    for told in sys.stdin:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(null, 1)
            status = 1
            try:
                status = served(*told.rstrip("\n").split("\t"))
            finally:
                os._exit(status)
        print(child, flush=True)


if __name__ == "__main__":
    plant(sys.argv[1])
    if len(sys.argv) > 2:
        print(os.getpid(), flush=True)
        sys.exit(served(sys.argv[2], sys.argv[3]))
    forks()
