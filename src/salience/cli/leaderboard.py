"""A leaderboard for people: values with their intervals, what is chosen, and why, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salience.cli import show

if TYPE_CHECKING:
    from salience.train import Leaderboard


def print_board(title: str, board: Leaderboard) -> None:
    """The rows, best first, then the verdict and what could not be tried."""
    columns = ("", "model", board.metric, "95 % interval", "vs popularity", "known people", "coverage", "seconds", "MB")
    rows = [
        (
            ">" if row.name == board.chosen else "",
            row.name,
            f"{row.value:.3f}",
            f"{row.low:.3f} to {row.high:.3f}",
            f"{row.lift:+.0%}",
            "" if row.warm is None else f"{row.warm:.3f}",
            f"{row.metrics.get('coverage', 0.0):.0%}",
            f"{row.seconds:.2f}",
            f"{row.peak_mb:.0f}",
        )
        for row in board.rows
    ]
    show.table(f"{title}: {board.judged_on}, {board.users:,} users", columns, rows)
    print(board.verdict)
    for skipped in board.skipped:
        print(f"not tried: {skipped.name} ({skipped.reason})")
    if not board.complete:
        print("The time was up before every setting was tried; give it more with --minutes.")


def served_then(board: Leaderboard) -> str:
    """What a live engine answers with, whoever leads: it is not cut off at one moment, and sees each click."""
    if not board.cold_users:
        return "Served: the published model, to everybody who did anything before; the popular list to the others."
    new = f"the {board.cold_users:.0%} without any history"
    return f"Served: the popular list to {new}, and the published model as soon as there is one click to go by."
