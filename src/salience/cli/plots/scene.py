"""A picture as a list of boxes, lines and words, and two ways to write it down."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from salience.events.fault import InvalidInput

INK, FAINT, PAPER = "#222222", "#dddddd", "#ffffff"
COLOURS = ("#0b6e8a", "#d1495b", "#edae49", "#00798c", "#66a182", "#6c5b7b", "#2e4057", "#8d96a3")
"""Told apart also by who sees no red and green (after ColorBrewer's advice: they differ in lightness too)."""

SIZE = 13
"""Pixels of a letter's height."""


@dataclass
class Scene:
    """``width`` x ``height`` pixels; shapes in the order in which they are drawn."""

    width: float
    height: float
    title: str = ""
    shapes: list[tuple[Any, ...]] = field(default_factory=list)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle."""
        self.shapes.append(("box", x, y, max(width, 0.0), max(height, 0.0), colour))

    def line(self, points: list[tuple[float, float]], colour: str = INK, width: float = 1.0) -> None:
        """A broken line through the points."""
        self.shapes.append(("line", points, colour, width))

    def words(self, x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK) -> None:
        """Text whose baseline begins, ends or has its middle (``start end middle``) at x, y."""
        self.shapes.append(("words", x, y, text, anchor, colour))

    def svg(self) -> str:
        """The picture as an SVG document."""
        size = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        font = f'font-family="sans-serif" font-size="{SIZE}" role="img"'
        made = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>',
            f"<title>{escape(self.title)}</title>",
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        ]
        for kind, *rest in self.shapes:
            if kind == "box":
                x, y, width, height, colour = rest
                made.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
                )
            elif kind == "line":
                points, colour, width = rest
                told = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
                made.append(f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>')
            else:
                x, y, text, anchor, colour = rest
                made.append(
                    f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
                )
        return "\n".join([*made, "</svg>", ""])

    def png(self) -> Any:
        """The picture as a Pillow image, two pixels for one."""
        from PIL import Image, ImageDraw, ImageFont

        image = Image.new("RGB", (round(2 * self.width), round(2 * self.height)), PAPER)
        draw = ImageDraw.Draw(image)
        font = ImageFont.load_default(size=2 * SIZE - 2)
        for kind, *rest in self.shapes:
            if kind == "box":
                x, y, width, height, colour = rest
                draw.rectangle([2 * x, 2 * y, 2 * (x + width), 2 * (y + height)], fill=colour)
            elif kind == "line":
                points, colour, width = rest
                draw.line([(2 * x, 2 * y) for x, y in points], fill=colour, width=max(1, round(2 * width)))
            else:
                x, y, text, anchor, colour = rest
                place = {"start": "ls", "end": "rs", "middle": "ms"}[anchor]
                draw.text((2 * x, 2 * y), text, fill=colour, font=font, anchor=place)
        return image


def wide(text: str) -> float:
    """About how many pixels a text takes; Chinese characters are twice as wide as letters."""
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.56 for sign in text) * SIZE


def short(text: str, most: float) -> str:
    """The text, cut to about ``most`` pixels."""
    if wide(text) <= most:
        return text
    while text and wide(text) > most - SIZE:
        text = text[:-1]
    return text.rstrip() + "…"


def check(name: str | None) -> None:
    """`InvalidInput` before any work is done if the file could not be written."""
    if not name:
        return
    path = Path(name).expanduser()
    if path.suffix.lower() not in (".svg", ".png"):
        raise InvalidInput("plot", name, "is neither .svg nor .png", "name it e.g. rules.svg")
    if not path.parent.is_dir():
        raise InvalidInput("plot", name, "its folder does not exist", "make the folder first")
    if path.suffix.lower() == ".png":
        try:
            import PIL  # noqa: F401
        except ImportError:
            raise InvalidInput("plot", name, "a PNG needs Pillow", "name it .svg, or: pip install pillow") from None


def write(name: str | None, scene: Scene) -> None:
    """Write the picture where a file was named."""
    if not name:
        return
    path = Path(name).expanduser()
    if path.suffix.lower() == ".svg":
        path.write_text(scene.svg(), encoding="utf-8")
    else:
        scene.png().save(path)
