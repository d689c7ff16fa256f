"""The second process of a large import: reads a table of text, block by block, as it is asked (`aside`).

`aside` runs it as ``python -m salience.collect.importers.aside_reader``. Whatever goes wrong, it ends: who asked reads
on.
"""

from __future__ import annotations

import gc
import sys
from itertools import islice
from pathlib import Path

from salience.collect.columns import Block, judged
from salience.collect.importers.aside import Bad, Frame, Pipe, Task, encoder, moment, received, sent, task_of
from salience.collect.importers.delimited import csv_blocks
from salience.collect.importers.table import Imported, events
from salience.collect.receipt import Rejected
from salience.events import AnyEvent


class Read:
    """Bytes read so far, and in all."""

    done = total = 0

    def told(self, done: int, total: int) -> None:
        """Progress, as importers tell it."""
        self.done, self.total = done, total


def main(asked: Pipe, answers: Pipe) -> int:
    """The whole table, or as much as is asked for; 1 where that cannot be."""
    if (data := received(asked)) is None:
        return 1
    task, read = task_of(data), Read()
    for block in islice(csv_blocks(Path(task.path), task.mapping, read.told), task.first, None):
        if (now := moment(asked)) is None:
            return 1
        sent(answers, encoder.encode(_frame(block, task, now, read)))
    sent(answers, b"")
    return 0


def _frame(block: Block, task: Task, now: int, read: Read) -> Frame:
    rows = judged(block, task.mapping, now=now, source=task.source)
    others = [] if rows is not None else list(map(_carried, events(block.rows(), task.mapping)))
    return Frame(None if rows is None else rows.values, others, read.done, read.total)


def _carried(one: Imported) -> AnyEvent | Bad:
    return Bad(one.raw, one.reason, one.received, one.line) if isinstance(one, Rejected) else one


if __name__ == "__main__":
    gc.disable()  # what a block is made of goes with it, and nothing in it leads back to itself
    raise SystemExit(main(sys.stdin.buffer, sys.stdout.buffer))
