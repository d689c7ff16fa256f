"""One thread that commits for everybody."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from salience.store.faults import Busy, Unavailable
from salience.store.group_commit import Bounds, GroupCommit


class Job:
    def __init__(self, rows: int = 1, size: int = 1) -> None:
        self.rows, self.size = rows, size
        self.error: Exception | None = None

    def fail(self, error: Exception) -> None:
        self.error = error


class Recorder:
    """Commits by writing down the sizes of groups; the first one waits until it may."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.entered, self.may = threading.Event(), threading.Event()

    def __call__(self, group: Sequence[Job]) -> None:
        self.entered.set()
        self.may.wait(10)
        self.groups.append([job.rows for job in group])


def test_what_arrives_during_a_commit_shares_the_next_one_within_bounds() -> None:
    recorder = Recorder()
    commits: GroupCommit[Job] = GroupCommit(recorder, Bounds(group_rows=10, group_bytes=1000), name="test")
    commits.submit(Job(1))
    assert recorder.entered.wait(5)
    for rows, size in ((4, 1), (4, 1), (4, 1), (1, 990), (1, 990), (50, 1)):
        commits.submit(Job(rows, size))
    assert commits.waiting == 65
    recorder.may.set()
    commits.close()
    assert recorder.groups == [[1], [4, 4], [4, 1], [1], [50]]
    assert commits.waiting == 0


@pytest.mark.parametrize("bounds", [Bounds(waiting_rows=5), Bounds(waiting_bytes=5)])
def test_too_much_waiting_is_refused_not_dropped(bounds: Bounds) -> None:
    recorder = Recorder()
    commits: GroupCommit[Job] = GroupCommit(recorder, bounds, name="test")
    commits.submit(Job(4, 4))
    with pytest.raises(Busy):
        commits.submit(Job(2, 2))
    commits.submit(Job(1, 1))
    recorder.may.set()
    commits.close()
    assert sum(map(sum, recorder.groups)) == 5
    with pytest.raises(Unavailable, match="closed"):
        commits.submit(Job())


def test_the_thread_outlives_a_commit_that_raises() -> None:
    def fails(group: Sequence[Job]) -> None:
        if group[0].rows == 1:
            raise ZeroDivisionError("a bug")

    commits: GroupCommit[Job] = GroupCommit(fails, Bounds(group_rows=1), name="test")
    bad, good = Job(1), Job(2)
    commits.submit(bad)
    commits.submit(good)
    commits.close()
    assert isinstance(bad.error, ZeroDivisionError)
    assert good.error is None
