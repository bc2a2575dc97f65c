"""Bodies for subjects whose emoji is only a face or a bust, so that they stand in a scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageOps

from engine.data.canvas import RGB, WHITE, Canvas, Point, mix
from engine.data.sprites import emoji_sprite

UNIT = 480  # pixels of a body canvas's width; bodies are reduced to SPRITE_HEIGHT afterwards
SPRITE_HEIGHT = 200


def blank(height: float = 1.5) -> Canvas:
    """Return an empty canvas one unit wide and ``height`` units high."""
    return Canvas(Image.new("RGBA", (UNIT, round(UNIT * height)), (0, 0, 0, 0)))


def paste_head(
    canvas: Canvas, emoji: str, x: float, y: float, width: float, *, flip: bool = False
) -> None:
    """Paste an emoji, ``width`` wide, with its top centre at (x, y)."""
    head = emoji_sprite(emoji)
    if flip:
        head = head.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    w = round(width * canvas.side)
    head = head.resize((w, round(head.height * w / head.width)), Image.Resampling.LANCZOS)
    canvas.image.alpha_composite(head, (round(x * canvas.side - w / 2), round(y * canvas.side)))


def curve(start: Point, middle: Point, end: Point, count: int = 14) -> list[Point]:
    """Return points of a quadratic Bézier curve."""
    points = []
    for i in range(count + 1):
        t = i / count
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points.append(
            (a * start[0] + b * middle[0] + c * end[0], a * start[1] + b * middle[1] + c * end[1])
        )
    return points


@dataclass(frozen=True)
class Fur:
    """Colours of a sitting animal, and its tail: bushy, ringed, tuft, stub or none."""

    coat: RGB
    belly: RGB
    limbs: RGB
    tail: str = "none"
    tip: RGB = WHITE
    head_width: float = 0.62
    head_y: float = 0.2


def _tail(c: Canvas, fur: Fur) -> None:
    path = curve((0.66, 1.3), (1.04, 1.34), (0.86, 0.86))
    if fur.tail in ("bushy", "ringed"):
        for i, (x, y) in enumerate(path):
            t = i / (len(path) - 1)
            ringed = fur.tail == "ringed" and (i // 2) % 2 == 1
            colour = fur.tip if ringed or (fur.tail == "bushy" and t > 0.72) else fur.coat
            r = 0.055 + 0.075 * (1 - abs(2 * t - 1.05)) if t < 1 else 0.05
            c.ellipse(x, y, max(r, 0.045), max(r, 0.045), colour)
    elif fur.tail == "tuft":
        c.line(path, 0.045, fur.coat)
        c.ellipse(*path[-1], 0.08, 0.1, fur.tip)
    elif fur.tail == "stub":
        c.ellipse(0.75, 1.24, 0.08, 0.08, fur.coat)


def sitting_animal(emoji: str, fur: Fur) -> Image.Image:
    """Draw an animal that sits facing us under its emoji face."""
    c = blank()
    _tail(c, fur)
    shade = mix(fur.coat, (0, 0, 0), 0.14)
    for side in (-1, 1):
        c.ellipse(0.5 + side * 0.21, 1.27, 0.15, 0.17, shade)
    c.ellipse(0.5, 1.06, 0.25, 0.36, fur.coat)
    c.ellipse(0.5, 1.09, 0.15, 0.26, fur.belly)
    for side in (-1, 1):
        c.limb([(0.5 + side * 0.17, 0.86), (0.5 + side * 0.1, 1.36)], 0.115, fur.limbs)
        c.ellipse(0.5 + side * 0.105, 1.4, 0.085, 0.055, fur.limbs)
        c.ellipse(0.5 + side * 0.28, 1.41, 0.1, 0.055, fur.limbs)
    paste_head(c, emoji, 0.5, fur.head_y, fur.head_width)
    return c.image


def sitting_frog(emoji: str) -> Image.Image:
    """Draw a squat frog."""
    c = blank()
    green, dark, belly = (132, 190, 30), (100, 158, 22), (226, 236, 150)
    for side in (-1, 1):
        c.ellipse(0.5 + side * 0.27, 1.12, 0.17, 0.19, dark)
        c.ellipse(0.5 + side * 0.33, 1.3, 0.16, 0.05, green)
    c.ellipse(0.5, 1.06, 0.27, 0.27, green)
    c.ellipse(0.5, 1.09, 0.17, 0.2, belly)
    for side in (-1, 1):
        c.limb([(0.5 + side * 0.19, 1.02), (0.5 + side * 0.14, 1.28)], 0.08, green)
        c.ellipse(0.5 + side * 0.13, 1.31, 0.1, 0.045, green)
    paste_head(c, emoji, 0.5, 0.36, 0.62)
    return c.image


@dataclass(frozen=True)
class Hide:
    """Colours of a standing animal seen from its left side."""

    coat: RGB
    hoof: RGB
    tail: RGB
    stripes: RGB | None = None
    belly: RGB | None = None
    head_width: float = 0.46
    head_y: float = 0.1
    leg: float = 0.34


def _side_legs(c: Canvas, hide: Hide, colour: RGB, xs: tuple[float, float]) -> None:
    for x in xs:
        c.limb([(x, 0.78), (x - 0.01, 0.78 + hide.leg)], 0.1, colour)
        c.rectangle(x - 0.065, 0.75 + hide.leg, x + 0.045, 0.83 + hide.leg, hide.hoof, radius=0.02)


def standing_animal(emoji: str, hide: Hide) -> Image.Image:
    """Draw an animal on four legs, facing left, behind its emoji head and neck."""
    c = blank(1.3)
    c.limb(curve((0.88, 0.6), (1.0, 0.66), (0.95, 0.98)), 0.075, hide.tail)
    _side_legs(c, hide, mix(hide.coat, (0, 0, 0), 0.2), (0.4, 0.8))
    c.ellipse(0.6, 0.66, 0.33, 0.2, hide.coat)
    if hide.belly:
        c.ellipse(0.6, 0.76, 0.24, 0.09, hide.belly)
    _side_legs(c, hide, hide.coat, (0.32, 0.86))
    c.ellipse(0.38, 0.62, 0.15, 0.17, hide.coat)
    if hide.stripes:
        for i in range(6):
            x = 0.4 + i * 0.085
            c.line(curve((x, 0.5), (x + 0.05, 0.64), (x, 0.79)), 0.028, hide.stripes)
    paste_head(c, emoji, 0.28, hide.head_y, hide.head_width)
    return c.image


def standing_hen(emoji: str) -> Image.Image:
    """Draw a white hen with its emoji head."""
    c = blank(1.3)
    for x in (0.5, 0.62):
        c.line([(x, 0.95), (x, 1.18)], 0.03, (240, 150, 40))
        c.line([(x - 0.07, 1.19), (x + 0.05, 1.19)], 0.03, (240, 150, 40))
    c.polygon([(0.7, 0.75), (1.0, 0.38), (0.98, 0.7), (0.8, 0.98)], (214, 214, 214))
    c.ellipse(0.57, 0.78, 0.31, 0.24, (236, 236, 236))
    c.ellipse(0.62, 0.78, 0.17, 0.12, (206, 208, 212))
    paste_head(c, emoji, 0.32, 0.16, 0.46)
    return c.image


def _wing(c: Canvas, side: int, colour: RGB, membrane: RGB) -> None:
    x = 0.5 + side * 0.14
    tips = [(0.5 + side * 0.5, 0.52), (0.5 + side * 0.47, 0.86), (0.5 + side * 0.3, 0.98)]
    c.polygon([(x, 0.8), *tips, (x, 1.1)], membrane)
    for tip in tips:
        c.line([(x, 0.82), tip], 0.025, colour)


def _dragon_head(c: Canvas, green: RGB, dark: RGB) -> None:
    """Draw a round head of few, large parts: what is finer than a code of the VQGAN tangles."""
    for side in (-1, 1):
        c.polygon(
            curve((0.5 + side * 0.08, 0.4), (0.5 + side * 0.2, 0.3), (0.5 + side * 0.27, 0.22))
            + curve(
                (0.5 + side * 0.27, 0.22), (0.5 + side * 0.29, 0.36), (0.5 + side * 0.22, 0.46)
            ),
            (250, 170, 50),
        )
        c.polygon(
            [(0.5 + side * 0.24, 0.5), (0.5 + side * 0.42, 0.46), (0.5 + side * 0.26, 0.66)], dark
        )
    c.ellipse(0.5, 0.56, 0.29, 0.24, green)
    c.ellipse(0.5, 0.69, 0.25, 0.14, (128, 206, 92))
    for side in (-1, 1):
        c.ellipse(0.5 + side * 0.12, 0.49, 0.085, 0.1, WHITE)
        c.ellipse(0.5 + side * 0.1, 0.505, 0.048, 0.062, (34, 34, 44))
        c.ellipse(0.5 + side * 0.09, 0.65, 0.024, 0.018, dark)
    c.line(curve((0.36, 0.735), (0.5, 0.81), (0.64, 0.735)), 0.026, (150, 44, 40))


def sitting_dragon() -> Image.Image:
    """Draw a plump dragon with wings, which looks at us."""
    c = blank()
    green, dark, belly = (26, 160, 74), (12, 122, 62), (250, 212, 110)
    for side in (-1, 1):
        _wing(c, side, dark, (250, 160, 70))
    tail = curve((0.62, 1.36), (1.06, 1.5), (0.9, 1.06))
    for i, (x, y) in enumerate(tail):
        c.ellipse(x, y, 0.095 - 0.005 * i, 0.095 - 0.005 * i, green)
    x, y = tail[-1]
    c.polygon([(x, y - 0.13), (x + 0.09, y + 0.02), (x - 0.09, y + 0.02)], (240, 110, 50))
    for side in (-1, 1):
        c.ellipse(0.5 + side * 0.2, 1.27, 0.15, 0.17, dark)
    c.ellipse(0.5, 1.06, 0.26, 0.38, green)
    c.ellipse(0.5, 1.1, 0.17, 0.28, belly)
    for i in range(3):
        c.line([(0.39, 0.98 + i * 0.11), (0.61, 0.98 + i * 0.11)], 0.02, (226, 172, 70))
    for side in (-1, 1):
        c.limb([(0.5 + side * 0.22, 0.94), (0.5 + side * 0.15, 1.14)], 0.1, dark)
        c.ellipse(0.5 + side * 0.22, 1.42, 0.13, 0.06, green)
    _dragon_head(c, green, dark)
    return c.image


def standing_cat(emoji: str, face: str) -> Image.Image:
    """Draw a cat whose face looks at us: from the side it is taken for a dog."""
    c = blank(1.12)
    paste_head(c, emoji, 0.52, 0.06, 0.92)
    paste_head(c, face, 0.35, 0.0, 0.62)
    return c.image


def donkey(emoji: str) -> Image.Image:
    """Draw a grey donkey on its four legs, with long ears, under the head of a horse."""
    grey, dark, pale = (150, 146, 144), (84, 80, 82), (212, 206, 200)
    c = Canvas(standing_animal(emoji, Hide(grey, dark, dark, head_y=0.14, leg=0.2)))
    shades = ImageOps.colorize(c.image.convert("L"), (30, 28, 32), (236, 232, 226), (138, 134, 132))
    shades.putalpha(c.image.getchannel("A"))
    c = Canvas(shades)
    c.ellipse(0.13, 0.43, 0.08, 0.07, pale)
    c.ellipse(0.1, 0.42, 0.016, 0.02, dark)
    for x, tip in ((0.24, 0.2), (0.32, 0.36)):
        c.limb([(x, 0.2), (tip, 0.045)], 0.085, grey)
        c.limb([(x, 0.18), (tip, 0.06)], 0.035, (214, 176, 168))
    return c.image


@dataclass(frozen=True)
class Clothes:
    """What somebody wears under the emoji head: ``cut`` is gown, trousers, robe or suit."""

    top: RGB
    bottom: RGB
    cut: str = "trousers"
    shoes: RGB = (70, 52, 44)
    skin: RGB = (236, 190, 150)
    trim: RGB | None = None
    cape: RGB | None = None
    head_width: float = 0.56
    neck: float = 0.76
    bust: bool = False


def _legs(c: Canvas, wear: Clothes) -> None:
    for side in (-1, 1):
        x = 0.5 + side * 0.1
        colour = wear.skin if wear.cut == "gown" else wear.bottom
        c.limb([(x, 1.1), (x, 1.38)], 0.12, colour)
        c.ellipse(x + side * 0.025, 1.43, 0.1, 0.055, wear.shoes)


def _skirt(c: Canvas, wear: Clothes) -> None:
    hem = 1.3 if wear.cut == "gown" else 1.43
    wide = 0.27 if wear.cut == "gown" else 0.3
    c.polygon([(0.37, 0.98), (0.63, 0.98), (0.5 + wide, hem), (0.5 - wide, hem)], wear.bottom)
    c.ellipse(0.5, hem, wide, 0.04, wear.bottom)
    if wear.trim:
        c.line([(0.5 - wide, hem - 0.02), (0.5 + wide, hem - 0.02)], 0.05, wear.trim)


def _arms(c: Canvas, wear: Clothes) -> None:
    sleeve = mix(wear.top, (0, 0, 0), 0.14)
    for side in (-1, 1):
        hand = (0.5 + side * 0.3, 1.1)
        c.limb([(0.5 + side * 0.17, wear.neck + 0.12), hand], 0.105, sleeve)
        c.ellipse(hand[0], hand[1] + 0.04, 0.055, 0.055, wear.skin)


def dressed(emoji: str, wear: Clothes) -> Image.Image:
    """Draw somebody standing in clothes under an emoji face or bust."""
    c = blank()
    if wear.cape:
        c.polygon([(0.34, wear.neck), (0.66, wear.neck), (0.84, 1.4), (0.16, 1.4)], wear.cape)
    _legs(c, wear)
    if wear.cut in ("gown", "robe"):
        _skirt(c, wear)
    if not wear.bust:
        _arms(c, wear)
    shoulder = 0.24 if wear.bust else 0.2
    c.rectangle(0.5 - shoulder, wear.neck, 0.5 + shoulder, 1.14, wear.top, radius=0.1)
    if wear.trim:
        c.rectangle(0.5 - shoulder, 1.04, 0.5 + shoulder, 1.09, wear.trim)
    head = emoji_sprite(emoji)
    height = wear.head_width * head.height / head.width
    top = wear.neck + (0.18 if wear.bust else 0.08) - height
    paste_head(c, emoji, 0.5, top, wear.head_width)
    return c.image


def robot_body(emoji: str) -> Image.Image:
    """Draw a robot of boxes and bolts."""
    c = blank()
    steel, dark, red = (144, 164, 174), (96, 114, 124), (198, 40, 40)
    for side in (-1, 1):
        c.limb([(0.5 + side * 0.12, 1.1), (0.5 + side * 0.12, 1.36)], 0.11, dark)
        c.rectangle(
            0.5 + side * 0.14 - 0.11, 1.36, 0.5 + side * 0.14 + 0.11, 1.46, red, radius=0.03
        )
        c.limb([(0.5 + side * 0.24, 0.88), (0.5 + side * 0.36, 1.12)], 0.09, dark)
        c.ellipse(0.5 + side * 0.37, 1.15, 0.075, 0.075, red)
    c.rectangle(0.25, 0.78, 0.75, 1.2, steel, radius=0.05)
    c.rectangle(0.34, 0.88, 0.66, 1.1, (220, 228, 232), radius=0.03)
    for i, colour in enumerate(((239, 83, 80), (255, 202, 40), (102, 187, 106))):
        c.ellipse(0.42 + i * 0.08, 0.99, 0.03, 0.03, colour)
    paste_head(c, emoji, 0.5, 0.2, 0.62)
    return c.image


def skeleton_body(emoji: str) -> Image.Image:
    """Draw a friendly skeleton."""
    c = blank()
    bone: RGB = (224, 226, 232)
    c.line([(0.5, 0.75), (0.5, 1.15)], 0.05, bone)
    for i in range(4):
        c.limb([(0.36 + 0.01 * i, 0.84 + i * 0.08), (0.64 - 0.01 * i, 0.84 + i * 0.08)], 0.04, bone)
    for side in (-1, 1):
        c.limb([(0.5 + side * 0.18, 0.84), (0.5 + side * 0.3, 1.1)], 0.05, bone)
        c.limb([(0.5 + side * 0.09, 1.16), (0.5 + side * 0.12, 1.42)], 0.055, bone)
        c.ellipse(0.5 + side * 0.15, 1.44, 0.09, 0.04, bone)
    c.ellipse(0.5, 1.16, 0.13, 0.06, bone)
    paste_head(c, emoji, 0.5, 0.24, 0.56)
    return c.image


def finish_body(image: Image.Image) -> Image.Image:
    """Crop a body to its figure and bring it to the sprite height."""
    image = image.crop(image.getbbox())
    width = max(1, round(image.width * SPRITE_HEIGHT / image.height))
    return image.resize((width, SPRITE_HEIGHT), Image.Resampling.LANCZOS)


Maker = Callable[[str], Image.Image]
