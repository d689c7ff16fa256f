"""A report as a picture: the deciding metric at every look with its interval, as SVG text that any browser shows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from salience.optimise.experiments.looks import Look

if TYPE_CHECKING:
    from salience.optimise.experiments.judged import Judged

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 360, 80, 50, 20, 45
COLOURS = ("#1b6ca8", "#c2571a", "#2e7d32", "#7b3fa0")
REACH = 3.0
"""Intervals wider than so many of the last one's are cut at the edge: the first looks know next to nothing."""


def drawn(name: str, found: Judged) -> str:
    """The picture; an empty frame with the verdict where there is no look yet."""
    series = [(one.arm, one.metric, one.looks) for one in found.results if one.looks]
    top = max((_edge(looks) for _, _, looks in series), default=1.0) or 1.0
    said = escape(found.verdict.said, quote=True)
    frame = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg {frame} role="img" aria-label="{said}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="14">{escape(name)}: {said}</text>',
    ]
    for value in (-top, 0.0, top):
        y = _y(value, top)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#bbb"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:+.3g}</text>')
    for at, (arm, metric, looks) in enumerate(series):
        parts += _line(f"{metric}, {arm}", looks, COLOURS[at % len(COLOURS)], top, at)
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">units that count, of those planned</text>')
    return "\n".join([*parts, "</svg>", ""])


def _edge(looks: tuple[Look, ...]) -> float:
    last = looks[-1]
    width = last.se * (last.reach or 2.0)
    return max(abs(last.difference) + width, REACH * width)


def _x(fraction: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(fraction, 1.0)


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (max(min(value, top), -top) + top) / (2 * top))


def _line(title: str, looks: tuple[Look, ...], colour: str, top: float, number: int) -> list[str]:
    parts = [f'<text x="{LEFT + 8}" y="{TOP - 12 + 14 * number}" fill="{colour}">{escape(title)}</text>']
    points = " ".join(f"{_x(one.fraction):.1f},{_y(one.difference, top):.1f}" for one in looks)
    parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for one in looks:
        if one.reach is not None:
            low, high = (_y(one.difference + sign * one.reach * one.se, top) for sign in (-1, 1))
            x = _x(one.fraction)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}" '
                f'stroke-width="{4 if one.crossed else 1}" opacity="0.6"/>'
            )
    return parts
