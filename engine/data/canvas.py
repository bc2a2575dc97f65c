"""Drawing in fractions of a picture's side, under the light of a time of day and a weather."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

RGB = tuple[int, int, int]
Point = tuple[float, float]
WHITE: RGB = (255, 255, 255)


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """Blend two colours; ``share`` 0 gives the first, 1 the second."""
    r, g, b = (round(a + (z - a) * share) for a, z in zip(first, second, strict=True))
    return r, g, b


@dataclass(frozen=True)
class Light:
    """How a time and a weather colour things: a factor for each channel, then a veil."""

    factor: tuple[float, float, float] = (1.0, 1.0, 1.0)
    veil: RGB = WHITE
    veil_share: float = 0.0

    def shade(self, colour: RGB) -> RGB:
        """Return a daylight colour as it looks in this light."""
        r, g, b = (min(255, round(c * f)) for c, f in zip(colour, self.factor, strict=True))
        return mix((r, g, b), self.veil, self.veil_share)


@dataclass
class Canvas:
    """An image drawn on in fractions of its width; colours are daylight colours."""

    image: Image.Image
    light: Light = field(default_factory=Light)

    def __post_init__(self) -> None:
        mode = "RGBA" if self.image.mode == "RGB" else None
        self.draw = ImageDraw.Draw(self.image, mode)
        self.side = self.image.width

    def _colour(self, colour: RGB, alpha: float, lit: bool) -> tuple[int, int, int, int]:
        return (*(self.light.shade(colour) if lit else colour), round(255 * alpha))

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self.side, y * self.side) for x, y in points]

    def polygon(
        self, points: Sequence[Point], colour: RGB, *, alpha: float = 1.0, lit: bool = True
    ) -> None:
        """Fill a polygon."""
        self.draw.polygon(self._scaled(points), fill=self._colour(colour, alpha, lit))

    def ellipse(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        colour: RGB,
        *,
        alpha: float = 1.0,
        lit: bool = True,
    ) -> None:
        """Fill an ellipse around a centre."""
        box = self._scaled([(x - rx, y - ry), (x + rx, y + ry)])
        self.draw.ellipse(box, fill=self._colour(colour, alpha, lit))

    def rectangle(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        colour: RGB,
        *,
        radius: float = 0.0,
        alpha: float = 1.0,
        lit: bool = True,
    ) -> None:
        """Fill a rectangle, with round corners if a radius is given."""
        box = self._scaled([(x0, y0), (x1, y1)])
        fill = self._colour(colour, alpha, lit)
        if radius:
            self.draw.rounded_rectangle(box, radius * self.side, fill=fill)
        else:
            self.draw.rectangle(box, fill=fill)

    def line(
        self,
        points: Sequence[Point],
        width: float,
        colour: RGB,
        *,
        alpha: float = 1.0,
        lit: bool = True,
    ) -> None:
        """Draw a line of round joints."""
        pixels = max(1, round(width * self.side))
        self.draw.line(
            self._scaled(points),
            fill=self._colour(colour, alpha, lit),
            width=pixels,
            joint="curve",
        )

    def limb(self, points: Sequence[Point], width: float, colour: RGB) -> None:
        """Draw a thick line with round ends, such as a leg, an arm or a tail."""
        self.line(points, width, colour)
        for x, y in (points[0], points[-1]):
            self.ellipse(x, y, width / 2, width / 2, colour)

    def gradient(self, y0: float, y1: float, stops: Sequence[RGB], *, lit: bool = True) -> None:
        """Fill the band between two heights with colours that run from its top to its bottom."""
        colours = [self.light.shade(s) if lit else s for s in stops]
        top, bottom = round(y0 * self.side), round(y1 * self.side)
        if bottom <= top:
            return
        at = np.linspace(0, len(colours) - 1, bottom - top)
        table = np.asarray(colours, dtype=np.float32)
        column = np.stack(
            [np.interp(at, np.arange(len(colours)), table[:, i]) for i in range(3)], axis=1
        )
        strip = Image.fromarray(column.round().astype(np.uint8)[:, None, :], "RGB")
        self.image.paste(
            strip.resize((self.side, bottom - top), Image.Resampling.NEAREST), (0, top)
        )

    def stroke_arc(
        self,
        x: float,
        y: float,
        radius: float,
        width: float,
        colour: RGB,
        *,
        start: float = 180,
        end: float = 360,
        alpha: float = 1.0,
        lit: bool = True,
    ) -> None:
        """Draw a part of a circle; angles in degrees, clockwise from the right."""
        box = self._scaled([(x - radius, y - radius), (x + radius, y + radius)])
        self.draw.arc(
            box,
            start,
            end,
            fill=self._colour(colour, alpha, lit),
            width=max(1, round(width * self.side)),
        )
