"""Marks of what data can carry: code, paths, formulas, line ends; and of what an answer or a log must not."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import secrets
import tarfile
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from salience import Engine, InvalidInput, load
from salience.collect.exporters import write as exporter
from salience.events.interactions import Interactions
from salience.models import Popularity, files
from salience.serve import faults, headers
from salience.serve.fault import HttpFault
from salience.store import backup, home
from tests.house import test_ban
from tests.serve.site import SECRET, WRITE, Site, open_site
from tests.trust.access import operations
from tests.trust.marks import Mark, Patch, expect, mark, overheard

INERT = (
    "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "script::Runtime.exec('touch PATH')", "#{T(java.lang.Runtime)}",
    "__import__('os').system('touch PATH')", "'; DROP TABLE events; --", "' OR 1=1--", "$(touch PATH)", "`touch PATH`",
    "| touch PATH", "!!python/object/apply:os.system ['touch PATH']", "\x80\x04cos\nsystem\n(S'touch PATH'\ntR.",
)  # fmt: skip


def code(folder: Path, long: bool) -> str:
    """S14: the source runs no data, and code in every field of text stays text."""
    sources = sorted(test_ban.SOURCE.rglob("*.py"))
    found = [f"{path.name}:{use}" for path in sources for use in test_ban.banned(path.read_text(encoding="utf-8"))]
    expect(not found, f"ways to run data: {found[:3]}")
    canary = folder / "ck"
    with open_site() as site:
        for number, text in enumerate(sample.replace("PATH", str(canary)) for sample in INERT):
            event = {"kind": "message", "id": f"c-{number}", "anonymous": "v", "text": text, "context": {"x": text}}
            item = {"kind": "item", "id": f"i-{number}", "item": f"i-{number}", "title": text, "text": text}
            site.post("/v1/collect", {"events": [event, item]}, SECRET)
            stored = site.engine.log.find(f"i-{number}")
            expect(stored is None or getattr(stored[1], "title", "") == text, f"text was changed: {text[:40]}")
        expect(site.engine.pulse().balanced, "the ledger does not balance")
    expect(not canary.exists(), "code out of data was run")
    return f"{len(sources)} files without a way to run data; {len(INERT)} samples of code stayed text"


def models(folder: Path, long: bool) -> str:
    """S15: a model with a pickle, an object array, a changed byte or a name of elsewhere is refused."""
    data = Interactions.from_rows([("a", "x", 1.0, 1), ("b", "x", 1.0, 2), ("b", "y", 1.0, 3)])
    Popularity().fit(data).without_people().save(folder / "model")
    manifest = json.loads((folder / "model" / files.MANIFEST).read_text())
    array = next(name for name in manifest["files"] if name.endswith(".npy"))
    objects = io.BytesIO()
    np.lib.format.write_array(objects, np.array([{}], dtype=object), allow_pickle=True)
    bad: dict[str, bytes] = {
        "a pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtins\x94.",
        "an object array": objects.getvalue(),
        "NaN": _npy(np.array([np.nan])),
        "nothing": b"",
        "a promise of 8 TB": _npy(np.zeros(1)).replace(b"(1,)", b"(1099511627776,)"),
    }
    let_in = []
    for name, body in bad.items():
        (folder / "model" / array).write_bytes(body)
        told = {**manifest, "files": {**manifest["files"], array: hashlib.sha256(body).hexdigest()}}
        (folder / "model" / files.MANIFEST).write_text(json.dumps(told))
        let_in += [name] if _loads(folder / "model") else []
    outside = {**manifest, "files": {**manifest["files"], "../model.npy": "0" * 64}}
    (folder / "model" / files.MANIFEST).write_text(json.dumps(outside))
    let_in += ["a file elsewhere"] if _loads(folder / "model") else []
    expect(not let_in, f"loaded: {let_in}")
    return f"{len(bad) + 1} kinds of bad model refused"


def _loads(folder: Path) -> bool:
    try:
        load(folder)
    except InvalidInput:
        return False
    return True


def _npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def paths(folder: Path, long: bool) -> str:
    """S13: an archive cannot write outside the folder that it is unpacked into."""
    home.create(folder / "shop")
    with Engine.open(folder / "shop") as engine:
        assert engine.home
        backup.backup(engine.home, folder / "good.tar", now=1)
    names = ["../canary", "../../canary", str(folder / "canary"), "models/../../canary", "..%2fcanary"]
    names += ["%252e%252e/canary", "models/..;/canary", "models/v/a canary", "models/v/.canary", "keys/../canary"]
    for number, name in enumerate(names):
        bad = folder / f"bad-{number}.tar"
        _with(folder / "good.tar", bad, name)
        try:
            backup.restore([bad], folder / f"out-{number}")
        except InvalidInput:
            continue
        expect(False, f"an archive with {name!r} was restored")  # noqa: FBT003
    stray = list(folder.rglob("*canary"))
    expect(not stray, f"written outside: {stray}")
    return f"{len(names)} archives with paths of their own refused, 0 files outside"


def _with(good: Path, bad: Path, name: str) -> None:
    """The same archive with one file more, which its manifest names."""
    with tarfile.open(good) as old, tarfile.open(bad, "w", format=tarfile.PAX_FORMAT) as new:
        for member in old:
            source = old.extractfile(member)
            assert source
            body = source.read()
            if member.name == backup.MANIFEST:
                told = json.loads(body)
                told["files"][name] = hashlib.sha256(b"x").hexdigest()
                body = json.dumps(told).encode()
            member.size = len(body)
            new.addfile(member, io.BytesIO(body))
        extra = tarfile.TarInfo(name.replace("\x00", ""))
        extra.name, extra.size = name, 1
        new.addfile(extra, io.BytesIO(b"x"))


def formulas(folder: Path, long: bool) -> str:
    """S18: no cell of an exported table begins like a formula."""
    starts = ["=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\n=1", "|calc", "%0a=1", "\x00=1"]
    rows = [{"id": str(number), "text": text} for number, text in enumerate(starts)]
    exporter.write(folder / "out.csv", rows, {"id": "VARCHAR", "text": "VARCHAR"})
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        cells = [row["text"] for row in csv.DictReader(file)]
    expect(len(cells) == len(starts), f"{len(cells)} rows came back")
    live = [cell for cell in cells if re.match(r"[=+\-@\t\r\n|%\x00]", cell)]
    expect(not live, f"cells that a spreadsheet runs: {live[:3]}")
    expect([exporter.bare(cell) for cell in cells] == starts, "the cells cannot be read back")
    return f"{len(starts)} formulas came out as text, and back as they were"


def logs(_folder: Path, long: bool) -> str:
    """S19: a fault writes one line, whatever the caller sent, and no key."""
    with overheard() as heard, open_site() as site:
        site.engine.recommend = _crash  # type: ignore[method-assign]
        for forged in ("a b", "x" * 100, "good-1", 'y"\\n'):
            site.post("/v1/recommend", {"anonymous": "v"}, SECRET, **{"X-Request-Id": forged})
        site.post("/v1/recommend", {"anonymous": "v\nERROR forged"}, SECRET)
    lines = [line for line in heard.getvalue().splitlines() if line.startswith(("ERROR", "WARNING"))]
    expect(len(lines) == 5, f"{len(lines)} lines for 5 faults: {lines[:6]}")
    strange = [line for line in lines if not re.fullmatch(r"ERROR request [\w.-]{1,64} failed", line)]
    expect(not strange, f"a caller's words stand in the log: {strange[:2]}")
    expect(SECRET not in heard.getvalue() and WRITE not in heard.getvalue(), "a key stands in the log")
    return "5 faults, 5 lines, no words of the caller, 0 keys"


def _crash(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("the secret sauce of /srv/app.py")


def defaults(folder: Path, long: bool) -> str:
    """S20: no key has a default, none is kept, none is shown twice; a folder without keys is not served."""
    made = [home.create(folder / f"shop-{n}") for n in range(20)]
    shown = {key for one in made for key in (one.write_key, one.secret_key)}
    expect(len(shown) == 40, f"{40 - len(shown)} keys are alike")
    expect(min(len(key) for key in shown) >= 43, "keys of less than 256 bits")
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    expect(not [key for key in shown if key[3:].encode() in kept], "a key is kept in the clear")
    (folder / "shop-0" / "keys.json").unlink()
    try:
        Engine.open(folder / "shop-0").close()
    except (InvalidInput, OSError):
        return "40 keys of 256 bits, all different, only hashes kept; a folder without keys is refused"
    expect(False, "a folder without keys is opened")  # noqa: FBT003
    return ""


def errors(_folder: Path, long: bool) -> str:
    """S26: no answer tells of the inside: no trace, no statement, no path, no version."""
    inside = r"Traceback|File \"|line \d+, in|SELECT |INSERT |apsw|sqlite|/site-packages/|\.py\b|0x[0-9a-f]{8}"
    telling = re.compile(inside)
    bodies = [b"", b"{", b"[]", b'{"events": 1}', b'{"anonymous": 3}', b'{"anonymous": "v", "k": -1}', b"\xff", b"null"]
    with overheard(), open_site() as site:
        asked = _all(site, bodies)
        site.engine.recommend = _crash  # type: ignore[method-assign]
        asked += [site.post("/v1/recommend", {"anonymous": "v"}, SECRET)]
    expect(asked[-1].status_code == 500, f"a crash answers {asked[-1].status_code}")
    loud = [answer.text[:200] for answer in asked if answer.status_code >= 400 and telling.search(answer.text)]
    expect(not loud, f"{len(loud)} answers tell of the inside: {loud[:1]}")
    nameless = [answer for answer in asked if "x-request-id" not in answer.headers or "server" in answer.headers]
    expect(not nameless, "an answer without a request id, or with the server's name")
    return f"{len(asked)} refusals and a crash: 0 tell of the inside, each with its request id"


def _all(site: Site, bodies: list[bytes]) -> list[httpx.Response]:
    given = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
    found = operations(site.client)
    return [site.client.request(m, path, content=body, headers=given) for m, path, _ in found for body in bodies]


def answer_headers(_folder: Path, long: bool) -> str:
    """S34: every route of the description, refused or not, carries the headers of safety."""
    wanted = {
        "content-security-policy": "frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    with open_site() as site:
        found = operations(site.client)
        answers = [
            site.client.request(method, path, headers=given)
            for method, path, _ in found
            for given in ({}, {"Authorization": f"Bearer {SECRET}"})
        ]
    for answer in answers:
        missing = [name for name, part in wanted.items() if part not in answer.headers.get(name, "")]
        expect(not missing, f"{answer.request.url.path} lacks {missing}")
        expect("charset=utf-8" in answer.headers["content-type"], f"{answer.request.url.path} names no charset")
        expect(answer.headers["cache-control"] == "no-store", f"{answer.request.url.path} may be kept")
    return f"{len(answers)} answers over {len(found)} routes: all of {len(wanted) + 2} headers"


def _evaluator(patch: Patch) -> None:
    """A file with a way to run data, among the sources."""
    patch(test_ban, "CALLS", test_ban.CALLS | {"len"})


def _believing(patch: Patch) -> None:
    patch(files, "_array", lambda path, body: np.zeros(2))


def _anywhere(patch: Patch) -> None:
    patch(backup, "_ours", lambda name: True)


def _live(patch: Patch) -> None:
    patch(exporter, "inert", lambda cell: cell)


def _wordy(patch: Patch) -> None:
    patch(headers, "_SAFE_ID", re.compile(r"[^\x00]*"))


def _constant(patch: Patch) -> None:
    patch(secrets, "token_urlsafe", lambda size: "change-me" * 5)


def _telling(patch: Patch) -> None:
    def named(error: Exception) -> HttpFault:
        return HttpFault(500, "server", "", f'File "{__file__}", line 1, in {error!r}')

    patch(faults, "_named", named)


def _bare(patch: Patch) -> None:
    patch(headers, "_BY_NAME", {})


MARKS: tuple[Mark, ...] = (
    mark("S13", "paths out of archives", paths, {"anywhere": _anywhere}),
    mark("S14", "code out of data", code, {"evaluator": _evaluator}),
    mark("S15", "models that carry code", models, {"believing": _believing}),
    mark("S18", "formulas in tables", formulas, {"live": _live}),
    mark("S19", "one fault, one line", logs, {"wordy": _wordy}),
    mark("S20", "no default secret", defaults, {"constant": _constant}),
    mark("S26", "errors tell nothing of the inside", errors, {"telling": _telling}),
    mark("S34", "headers of safety", answer_headers, {"bare": _bare}),
)
