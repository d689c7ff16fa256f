"""A large table of text read, judged and written as JSON by a second process: reading and storing have a core each.

In one process they take turns at Python's interpreter, and reading a line takes longer than storing it. Here a child
(`aside_reader`) sends blocks of finished rows through a pipe, each for one question that says what time it is; a few
questions are under way at once. It ends when its pipe does, so it never outlives its parent. A Parquet file gains
nothing: its rows are made outside of the interpreter (`drawn`).

The child knows no words for what goes wrong: it ends. Whoever asked then reads on from the block that was due, in its
own process, and meets the fault there. So a child that cannot be started, or is killed, costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeAlias

import msgspec

import salience
from salience.collect.columns import Block, Drawn, Lost, Ready
from salience.collect.importers.lines import Progress
from salience.collect.importers.table import Imported, TableMap
from salience.collect.receipt import Rejected
from salience.events import AnyEvent
from salience.events.written import Packed

LARGE = 4_000_000
"""Bytes of a file from which on a second process pays: some hundred thousand rows."""

FIRST = 40  # blocks that this process reads itself: about as long as the child takes to start
AHEAD = 6  # questions under way: the child works on while this process decodes and the disk is slow
_PIPE = 1 << 20  # bytes a pipe holds, where the system allows: a block or two
_PATIENCE = 5.0  # seconds for a child whose pipe is closed to end by itself
_WORD = 8  # bytes of a number


class Task(msgspec.Struct, frozen=True):
    """What the child reads."""

    path: str
    mapping: TableMap
    source: str = ""
    first: int = FIRST
    """Blocks that are not its part."""


class Bad(msgspec.Struct, frozen=True, tag_field="kind", tag="(rejected)"):
    """A `Rejected` among events."""

    raw: bytes
    reason: str
    received: int
    line: int


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """One block: values of finished rows, else the ``others`` as the long way takes them; bytes read, and in all."""

    rows: tuple[Any, ...] | None
    others: list[AnyEvent | Bad]
    done: int
    total: int


Pipe: TypeAlias = IO[bytes]
encoder = msgspec.msgpack.Encoder()
task_of = msgspec.msgpack.Decoder(Task).decode
_frame_of = msgspec.msgpack.Decoder(Frame).decode


def worth_it(path: Path) -> bool:
    """Whether the file is large enough to pay for a process, and there is a second core for it."""
    return path.stat().st_size >= LARGE and _cores() > 1 and bool(sys.executable)


def read(
    task: Task, blocks: Iterator[Block | Drawn], now: Callable[[], int], source: str, *, progress: Progress | None
) -> Iterator[Block | Drawn | Ready]:
    """A few of ``blocks`` while the child starts, then those behind them as the child judged them. See `Aside`."""
    try:
        asked = encoder.encode(msgspec.structs.replace(task, source=source))
        child = _started()
    except (OSError, ValueError, OverflowError) as error:  # a path or a source that is no text, too
        raise Lost from error
    to, back = child.stdin, child.stdout
    assert to is not None and back is not None  # noqa: S101, PT018 - both were asked for
    try:
        sent(to, asked)
        yield from islice(blocks, task.first)
        for _ in range(AHEAD):
            _ask(to, now())
        while (data := received(back)) is not None:
            if not data:
                return  # the whole table was read
            frame = _frame_of(data)
            with contextlib.suppress(BrokenPipeError):  # it may be done already
                _ask(to, now())
            if progress is not None:
                progress(frame.done, frame.total)
            yield Ready(None if frame.rows is None else Packed(frame.rows), [_imported(one) for one in frame.others])
        raise Lost
    except (OSError, msgspec.MsgspecError) as error:
        raise Lost from error
    finally:
        _ended(child)


def received(pipe: Pipe) -> bytes | None:
    """What was sent with its length before it; None where the pipe ends."""
    size = pipe.read(_WORD)
    if len(size) < _WORD:
        return None
    data = pipe.read(int.from_bytes(size, "little"))
    return data if len(data) == int.from_bytes(size, "little") else None


def sent(pipe: Pipe, data: bytes) -> None:
    """The other side of `received`."""
    pipe.write(len(data).to_bytes(_WORD, "little"))
    pipe.write(data)
    pipe.flush()


def moment(pipe: Pipe) -> int | None:
    """The next question: what time it is; None where nobody asks any more."""
    data = pipe.read(_WORD)
    return int.from_bytes(data, "little") if len(data) == _WORD else None


def _ask(pipe: Pipe, now: int) -> None:
    pipe.write(now.to_bytes(_WORD, "little"))
    pipe.flush()


def _imported(one: AnyEvent | Bad) -> Imported:
    return Rejected(one.raw, one.reason, one.received, one.line) if isinstance(one, Bad) else one


def _started() -> subprocess.Popen[bytes]:
    """The same interpreter with the same code; a group of its own, so that Ctrl-C reaches the parent alone."""
    ours = str(Path(salience.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (ours, os.environ.get("PYTHONPATH"))))
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "salience.collect.importers.aside_reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": path},
        process_group=0,
    )
    assert child.stdout is not None  # noqa: S101 - it was asked for
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, _PIPE)
    return child


def _ended(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()
    try:
        child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
