"""Three kinds of picture: bars with their names, lines over steps, and a table of coloured cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from salience.cli.plots.scene import COLOURS, FAINT, INK, SIZE, Scene, short, wide

WIDTH, ROW, GAP, TOP = 860.0, 26.0, 10.0, 46.0
NAMES = 380.0
"""Pixels that names may take at most."""


def bars(title: str, rows: Sequence[tuple[str, float, str]], *, least: float = 0.0, names: float = NAMES) -> Scene:
    """Horizontal bars: (name, value, what is written at its end). Bars begin at ``least``; ``names``: most pixels."""
    scene = Scene(WIDTH, TOP + ROW * max(len(rows), 1) + GAP, title)
    scene.words(GAP, 26, title)
    if not rows:
        scene.words(GAP, TOP + SIZE, "nothing found", colour=FAINT)
        return scene
    room = min(names, max(wide(name) for name, _, _ in rows)) + 2 * GAP
    ends = max(wide(end) for _, _, end in rows) + 2 * GAP
    most = max(value for _, value, _ in rows)
    scale = (WIDTH - room - ends) / ((most - least) or 1.0)
    for at, (name, value, end) in enumerate(rows):
        y = TOP + at * ROW
        long = max((value - least) * scale, 1.0)
        scene.words(room - GAP, y + 17, short(name, names), anchor="end")
        scene.box(room, y + 3, long, ROW - 7, COLOURS[0])
        scene.words(room + long + 6, y + 17, end)
    return scene


def lines(
    title: str, rows: Mapping[str, Sequence[float | None]], steps: Sequence[str], *, percent: bool = False
) -> Scene:
    """One line per name over the same steps; None breaks off a line."""
    scene = Scene(WIDTH, 430.0, title)
    scene.words(GAP, 26, title)
    known = [value for row in rows.values() for value in row if value is not None]
    most = max(known, default=1.0) or 1.0
    left, right, low, high = 70.0, WIDTH - 220.0, 370.0, TOP
    span = max(len(steps) - 1, 1)
    for part in range(5):
        y = low - (low - high) * part / 4
        scene.line([(left, y), (right, y)], FAINT)
        value = most * part / 4
        scene.words(left - 6, y + 4, f"{value:.0%}" if percent else f"{value:,.3g}", anchor="end")
    every = max(1, len(steps) // 12)
    for at in range(0, len(steps), every):
        scene.words(left + (right - left) * at / span, low + 22, steps[at], anchor="middle")
    for number, (name, row) in enumerate(rows.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [
            (left + (right - left) * at / span, low - (low - high) * value / most)
            for at, value in enumerate(row)
            if value is not None
        ]
        if points:
            scene.line(points, colour, 2.0)
            scene.box(right + 16, high + number * 22 - 9, 12, 12, colour)
            scene.words(right + 34, high + number * 22 + 2, short(name, 170))
    return scene


def heat(
    title: str, rows: Sequence[tuple[str, Sequence[float | None]]], columns: Sequence[str], *, percent: bool = False
) -> Scene:
    """Cells, the darker the larger; negative ones red. None is an empty cell."""
    names = min(NAMES, max((wide(name) for name, _ in rows), default=0.0)) + 2 * GAP
    cell = max(54.0, *(wide(column) + 8 for column in columns)) if columns else 54.0
    scene = Scene(names + cell * len(columns) + GAP, TOP + ROW * (len(rows) + 1) + GAP, title)
    scene.words(GAP, 26, title)
    most = max((abs(v) for _, row in rows for v in row if v is not None), default=1.0) or 1.0
    for at, column in enumerate(columns):
        scene.words(names + cell * (at + 0.5), TOP + 14, column, anchor="middle")
    for place, (name, row) in enumerate(rows):
        y = TOP + ROW * (place + 1)
        scene.words(names - GAP, y + 17, short(name, NAMES), anchor="end")
        for at, value in enumerate(row):
            if value is None:
                continue
            strength = abs(value) / most
            scene.box(names + cell * at + 1, y + 1, cell - 2, ROW - 2, _shade(strength, negative=value < 0))
            told = f"{value:.0%}" if percent else f"{round(value, 2) + 0.0:.2g}"
            ink = "#ffffff" if strength > 0.55 else INK
            scene.words(names + cell * (at + 0.5), y + 17, told, anchor="middle", colour=ink)
    return scene


def _shade(strength: float, *, negative: bool) -> str:
    full = (178, 52, 70) if negative else (11, 110, 138)
    return "#" + "".join(f"{round(255 + (part - 255) * strength):02x}" for part in full)
