"""Run the app under uvicorn with uvloop and httptools, in the foreground until a signal, or behind a `with` block."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp

from salience.events import InvalidInput
from salience.serve.protocol import Careful

if TYPE_CHECKING:
    from salience.engine import Engine

GRACE_SECONDS = 8
"""How long calls under way may take to end after a stop signal."""

BACKLOG = 2048

TURN_SECONDS = 0.0001
"""How long a thread may keep the interpreter where another waits for it, in place of Python's 5 ms. A post asks for it
some ten times before it is answered, once after each statement of its commit, and while another workspace is folded
each of those may wait so long."""


def run(app: ASGIApp, engine: Engine, *, host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Serve until SIGINT or SIGTERM; then take nothing new, finish what is under way, close the engine, return."""
    if workers != 1:
        raise InvalidInput("workers", workers, "must be 1: the embedded log has one writer", "leave --workers out")
    # uvicorn stops on both signals and raises them again at its end, which must not kill the process before `close`.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    sys.setswitchinterval(TURN_SECONDS)
    try:
        with contextlib.suppress(KeyboardInterrupt), listening(host, port) as listener:
            uvicorn.Server(configured(app)).run(sockets=[listener])
    finally:
        engine.close()
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def background(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve from a thread while the block runs; gives the address, e.g. ``http://127.0.0.1:43117``. Port 0: a free one.

    Calls made before the loop runs wait in the listening socket, so nothing needs to poll for readiness.
    """
    server = uvicorn.Server(configured(app))
    with listening(host, port) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="salience-serve", daemon=True)
        thread.start()
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(GRACE_SECONDS + 2)


def configured(app: ASGIApp) -> uvicorn.Config:
    """The one configuration: no websocket, no proxy headers (anybody can send them), no server header, no h11."""
    return uvicorn.Config(
        app,
        loop="asyncio" if sys.platform == "win32" else "uvloop",
        http=Careful,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound, listening socket; a port that cannot be had is the caller's fault, said before anything else starts."""
    if not 0 <= port <= 65_535:
        raise InvalidInput("port", port, "must be between 0 and 65535", "pass --port 8000")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InvalidInput("host", host, f"is not an address of this machine ({error.strerror})", "127.0.0.1") from None
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise InvalidInput(
                "port", port, f"cannot be listened on ({error.strerror})", "pass another --port"
            ) from None
        listener.listen(BACKLOG)
        yield listener
