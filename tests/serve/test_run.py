from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from salience import Engine
from salience.events import InvalidInput
from salience.serve.app import app
from salience.serve.protocol import Careful
from salience.serve.run import background, configured, listening, run
from tests.serve.site import KEYS

PROGRAM = """
import sys
from salience import Engine
from salience.serve.app import app
from salience.serve.run import run
engine = Engine.in_memory()
print("up", flush=True)
run(app(engine, {"wk": "write"}.get), engine, port=int(sys.argv[1]))
try:
    engine.log.last()
except RuntimeError as error:
    print(error, flush=True)
"""


def free_port() -> int:
    with listening("127.0.0.1", 0) as found:
        port: int = found.getsockname()[1]
        return port


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, sign: signal.Signals) -> None:
    port = free_port()
    env = {**os.environ, "PYTHONWARNINGS": "default"}
    with subprocess.Popen(  # noqa: S603 - this Python and the program above
        [sys.executable, "-c", PROGRAM, str(port)], stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=env
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        retrying = httpx.HTTPTransport(retries=8)  # connecting again until it listens
        with httpx.Client(transport=retrying) as client:
            assert client.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
        process.send_signal(sign)
        assert process.stdout.readline() == "the log is closed\n"
        assert process.wait(15) == 0


def test_a_port_that_is_taken_or_impossible_is_said_in_one_line() -> None:
    taken = pytest.raises(InvalidInput, match="cannot be listened on")
    with listening("127.0.0.1", 0) as first, taken, listening("127.0.0.1", first.getsockname()[1]):
        pass
    with pytest.raises(InvalidInput, match="between 0 and 65535"), listening("127.0.0.1", 70_000):
        pass
    with pytest.raises(InvalidInput, match="not an address"), listening("no.such.host.invalid", 0):
        pass


def test_more_workers_than_writers_are_refused() -> None:
    with Engine.in_memory() as engine, pytest.raises(InvalidInput, match="one writer"):
        run(app(engine, KEYS.get), engine, workers=2)


def test_it_runs_on_uvloop_and_httptools_and_does_not_name_itself() -> None:
    with Engine.in_memory() as engine:
        chosen = configured(app(engine, KEYS.get))
        assert (chosen.loop, chosen.http, chosen.proxy_headers) == ("uvloop", Careful, False)
        with background(app(engine, KEYS.get)) as address:
            assert "server" not in httpx.get(f"{address}/health/live").headers
