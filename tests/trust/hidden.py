"""Mark of secrets (S25): in no dump, answer, log or error; only their owner can read them; renewed in full flight."""

from __future__ import annotations

import base64
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import httpx

from salience import Engine
from salience.cli import main
from salience.engine.auditing import Auditing
from salience.serve.app import app
from salience.serve.run import background
from salience.store import durable, home, keys
from tests.trust.access import operations
from tests.trust.erasing import story
from tests.trust.marks import Mark, Patch, expect, mark, overheard

PASSWORD = "mooncalf-77-password"
URL = f"postgresql://shop:{PASSWORD}@127.0.0.1:1/log?connect_timeout=1"
TOLD = (
    ["doctor"],
    ["keys", "list"],
    ["models"],
    ["failed"],
    ["privacy", "audit"],
    ["privacy", "requests"],
    ["privacy", "paper", "record"],
    ["policies", "list"],
)
"""Commands that dump something."""


def dumps(folder: Path, long: bool) -> str:
    """Search everything that is written, printed or answered for every secret there is."""
    made = home.create(folder / "shop")
    place = str(made.home)
    spoken = StringIO()
    with redirect_stdout(spoken), redirect_stderr(spoken):
        main(["keys", "add", "analyst", "--home", place])
    given = [made.write_key, made.secret_key, *_words(spoken.getvalue(), "sk_")]
    with overheard() as log, Engine.open(made.home) as engine, background(app(engine, _check(made))) as address:
        engine.collect([*story("ann", 4), *story("bob", 4)], source="t")
        engine.train(minutes=0.003)
        with httpx.Client(base_url=address, timeout=20) as client:
            answers = [_asked(client, method, path, key) for method, path, _ in operations(client) for key in given[:2]]
            answers += [client.get(path).text for path in ("/openapi.json", "/docs", "/health/ready")]
        failures = _renewed(engine, made, address, 60 if long else 12)
        said = log.getvalue()
    printed = StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        for words in TOLD:
            main([*words, "--home", place, "--json"])
        with_password = folder / "pg"
        made_pg = home.create(with_password, settings=f'log_url = "{URL}"\n')
        for words in (["doctor"], ["models"]):
            main([*words, "--home", str(made_pg.home), "--json"])
        os.environ["SALIENCE_LOG_URL"] = "mysql://shop:" + PASSWORD + "@127.0.0.1/log"
        try:
            main(["doctor", "--home", place, "--json"])
        finally:
            del os.environ["SALIENCE_LOG_URL"]
    raw = list(_workspace_keys(made.home))
    words = [key[3:] for key in given] + [PASSWORD]
    words += [form for secret in raw for form in (base64.b64encode(secret).decode(), secret.hex())]
    places = {"answers": "".join(answers), "the log": said, "what is printed": printed.getvalue()}
    leaks = [f"{where}: {word[:6]}..." for where, text in places.items() for word in words if word in text]
    expect(not leaks, f"told: {leaks}")
    _at_rest(made.home, [key[3:].encode() for key in given], raw)
    expect(failures == 0, f"{failures} calls failed while keys were renewed")
    told = f"{len(words)} secrets searched in {len(answers)} answers, {len(TOLD) + 3} dumps, the log and every file"
    return f"{told}: 0; renewed with 0 failed calls"


def _words(text: str, start: str) -> list[str]:
    return [word.strip('",') for word in text.split() if word.strip('",').startswith(start)]


def _asked(client: httpx.Client, method: str, path: str, key: str) -> str:
    given = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return client.request(method, path, content=b"{}", headers=given).text


def _check(made: Any) -> Any:
    return home.open(made.home, read_only=True).keys.check


def _workspace_keys(folder: Path) -> Iterator[bytes]:
    told = json.loads((folder / "keys" / "workspace.json").read_bytes())
    for kept in told["keys"].values():
        yield base64.b64decode(kept)


def _at_rest(folder: Path, keys: list[bytes], raw: list[bytes]) -> None:
    """Keys of callers lie nowhere; what seals lies in one file, which its owner alone can read."""
    own = folder / "keys" / "workspace.json"
    for path in (file for file in folder.rglob("*") if file.is_file()):
        data = path.read_bytes()
        expect(not any(key in data for key in keys), f"{path.name} holds a key of a caller")
        if path != own:
            held = any(form in data for secret in raw for form in (secret, base64.b64encode(secret)))
            expect(not held, f"{path.name} holds a workspace key")
    for path in (own, folder / "keys.json"):
        expect(stat.S_IMODE(path.stat().st_mode) == 0o600, f"{path.name} can be read by others")
    expect(stat.S_IMODE(folder.stat().st_mode) == 0o700, "the folder can be read by others")


def _renewed(engine: Engine, made: Any, address: str, calls: int) -> int:
    """Calls that fail while workspace, fields and write key are renewed behind them."""
    stop, failed = threading.Event(), [0]

    def call() -> None:
        with httpx.Client(base_url=address, timeout=20) as client:
            n = 0
            while not stop.is_set() or n < calls:
                event = {"kind": "search", "id": f"r{n}", "anonymous": f"v{n % 5}", "query": "tea"}
                given = {"Authorization": f"Bearer {made.write_key}"}
                failed[0] += client.post("/v1/collect", json={"events": [event]}, headers=given).status_code != 200
                n += 1

    thread = threading.Thread(target=call)
    thread.start()
    spoken = StringIO()
    with redirect_stdout(spoken), redirect_stderr(spoken):
        for words in (["rotate", "write"], ["rotate", "workspace"]):
            failed[0] += main(["keys", *words, "--home", str(made.home)]) != 0
    engine.rotate_fields()
    stop.set()
    thread.join()
    failed[0] += bool(engine.log.damages())
    return failed[0]


def _keeps_keys(patch: Patch) -> None:
    real = durable.write_file

    def write_file(path: Path, data: bytes, mode: int = 0o600) -> None:
        real(path, data, mode=0o644)

    patch(keys, "write_file", write_file)


def _notes_keys(patch: Patch) -> None:
    real = Auditing.note

    def note(self: Any, action: str, **more: Any) -> Any:
        secret = base64.b64encode(next(iter(_workspace_keys(self.home.folder)))).decode() if self.home else ""
        return real(self, action, **{**more, "detail": secret})

    patch(Auditing, "note", note)


def _tells_address(patch: Patch) -> None:
    from salience.events import InvalidInput

    def postgres(url: str, **_more: Any) -> Any:
        raise InvalidInput("log_url", url, "cannot be reached")

    patch(home, "postgres", postgres)


def _ends_at_once(patch: Patch) -> None:
    real = keys.Keys.rotate
    patch(keys.Keys, "rotate", lambda self, kind, **_more: real(self, kind, overlap_ms=0))


MARKS: tuple[Mark, ...] = (
    mark(
        "S25",
        "secrets",
        dumps,
        {
            "others-may-read": _keeps_keys,
            "noted": _notes_keys,
            "tells-address": _tells_address,
            "ends-at-once": _ends_at_once,
        },
    ),
)
