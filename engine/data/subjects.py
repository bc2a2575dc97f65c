"""Sprites of all subjects: emoji as they are, emoji with bodies, and figures drawn whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from PIL import Image

from engine.data import bodies, drawn
from engine.data.bodies import Clothes, Fur, Hide, dressed, sitting_animal, standing_animal
from engine.data.canvas import RGB, WHITE
from engine.data.sprites import emoji_sprite
from engine.image.vocabulary import COLOURS, SUBJECTS

_FURS: dict[str, Fur] = {
    "fox": Fur((244, 110, 24), (250, 240, 226), (110, 62, 40), "bushy"),
    "bear": Fur((138, 94, 84), (176, 128, 108), (118, 78, 70), "stub"),
    "wolf": Fur((158, 160, 164), (226, 228, 230), (140, 142, 148), "bushy", (120, 122, 128)),
    "lion": Fur((250, 176, 52), (255, 214, 120), (240, 160, 44), "tuft", (110, 74, 56), 0.72),
    "panda": Fur((246, 246, 246), WHITE, (52, 52, 58), "none"),
    "koala": Fur((158, 166, 172), (214, 218, 222), (140, 148, 156), head_y=0.26),
    "polar bear": Fur((222, 234, 242), WHITE, (206, 222, 234), "stub", head_y=0.3),
    "raccoon": Fur((150, 156, 162), (200, 204, 208), (84, 88, 94), "ringed", (70, 74, 80)),
    "hamster": Fur((246, 168, 96), (255, 240, 220), (250, 190, 130), "none"),
    "monster": Fur((206, 48, 44), (240, 130, 90), (170, 34, 40), "tuft", (60, 60, 68), 0.66),
}

_HIDES: dict[str, Hide] = {
    "pony": Hide((252, 178, 88), (110, 74, 56), (138, 94, 70)),
    "zebra": Hide((238, 238, 240), (60, 60, 66), (70, 70, 76), (62, 62, 68)),
    "moose": Hide((112, 80, 66), (60, 46, 40), (96, 66, 54), head_width=0.56),
    "boar": Hide((104, 76, 66), (52, 42, 40), (84, 60, 52), head_width=0.5, head_y=0.3, leg=0.22),
    "unicorn": Hide((238, 240, 246), (200, 170, 220), (252, 96, 170)),
}

_BLUE: RGB = (54, 104, 190)
_NAVY: RGB = (40, 52, 96)
_RED: RGB = (206, 52, 52)
_PINK: RGB = (240, 120, 170)
_LIGHT_SKIN: RGB = (250, 222, 190)
_TAN_SKIN: RGB = (206, 154, 112)
_DARK_SKIN: RGB = (150, 100, 66)

_CLOTHES: dict[str, Clothes] = {
    "girl": Clothes((226, 70, 90), (226, 70, 90), "gown", skin=_LIGHT_SKIN, trim=WHITE),
    "boy": Clothes((62, 140, 214), (86, 72, 60), skin=_TAN_SKIN, trim=(250, 210, 80)),
    "child": Clothes((250, 190, 60), (60, 110, 170), skin=_DARK_SKIN),
    "baby": Clothes(
        (150, 214, 240), (150, 214, 240), shoes=WHITE, skin=_LIGHT_SKIN, head_width=0.6
    ),
    "woman": Clothes((40, 150, 140), (40, 150, 140), "robe", skin=_TAN_SKIN, trim=(250, 220, 160)),
    "man": Clothes((110, 150, 80), (80, 64, 56), skin=_LIGHT_SKIN),
    "old woman": Clothes(
        (150, 90, 160), (150, 90, 160), "robe", skin=_LIGHT_SKIN, trim=(230, 210, 230)
    ),
    "old man": Clothes((120, 110, 100), (74, 80, 96), skin=_DARK_SKIN, trim=(180, 60, 50)),
    "princess": Clothes(_PINK, _PINK, "robe", skin=_LIGHT_SKIN, trim=(255, 220, 110)),
    "prince": Clothes(
        _BLUE, (236, 236, 244), skin=_TAN_SKIN, trim=(250, 204, 70), cape=(190, 40, 50)
    ),
    "guard": Clothes((214, 36, 40), (30, 30, 40), bust=True, head_width=0.62),
    "farmer": Clothes((58, 120, 200), (58, 120, 200), bust=True, head_width=0.66),
    "cook": Clothes((240, 240, 244), (90, 96, 110), bust=True, head_width=0.62),
    "teacher": Clothes((230, 96, 60), (90, 76, 66), bust=True, head_width=0.66),
    "doctor": Clothes((236, 242, 246), (70, 110, 160), bust=True, head_width=0.6),
    "scientist": Clothes((236, 240, 244), (90, 96, 120), bust=True, head_width=0.64),
    "painter": Clothes((70, 130, 180), (84, 84, 100), bust=True, head_width=0.62),
    "singer": Clothes((120, 60, 140), (50, 46, 60), bust=True, head_width=0.62),
    "pilot": Clothes((44, 48, 62), (44, 48, 62), bust=True, head_width=0.6),
    "astronaut": Clothes(
        (226, 230, 236),
        (206, 212, 220),
        bust=True,
        shoes=(130, 138, 150),
        trim=(240, 120, 50),
        head_width=0.6,
    ),
    "firefighter": Clothes(_RED, (60, 56, 60), bust=True, trim=(250, 220, 80), head_width=0.6),
    "police officer": Clothes((44, 96, 180), (36, 60, 120), bust=True, head_width=0.6),
    "builder": Clothes((250, 150, 40), (70, 100, 150), bust=True, head_width=0.6),
    "detective": Clothes((110, 112, 118), (80, 82, 90), "robe", bust=True, head_width=0.62),
    "ninja": Clothes((48, 52, 58), (48, 52, 58), bust=True, shoes=(30, 30, 34), head_width=0.6),
    "clown": Clothes(
        (250, 200, 60), (60, 150, 220), skin=WHITE, shoes=_RED, trim=_RED, head_width=0.62
    ),
    "wizard": Clothes(
        (52, 76, 178), (52, 76, 178), "robe", bust=True, trim=(250, 210, 90), head_width=0.7
    ),
    "witch": Clothes(
        (52, 76, 178), (86, 60, 150), "robe", bust=True, trim=(250, 210, 90), head_width=0.7
    ),
    "elf": Clothes((226, 84, 40), (120, 84, 50), bust=True, shoes=(90, 130, 60), head_width=0.6),
    "vampire": Clothes((34, 34, 42), (34, 34, 42), bust=True, cape=(170, 24, 34), head_width=0.6),
    "alien": Clothes(
        (120, 190, 130),
        (120, 190, 130),
        skin=(170, 178, 184),
        shoes=(90, 150, 100),
        trim=(90, 220, 200),
        head_width=0.5,
    ),
    "angel": Clothes(
        (248, 248, 252),
        (248, 248, 252),
        "robe",
        skin=_LIGHT_SKIN,
        trim=(250, 220, 120),
        head_width=0.66,
        bust=True,
    ),
    "santa": Clothes(
        (206, 36, 40), (206, 36, 40), bust=True, shoes=(40, 36, 40), trim=WHITE, head_width=0.58
    ),
}

_DRAWN: dict[str, Callable[[], Image.Image]] = {
    "dragon": bodies.sitting_dragon,
    "knight": drawn.knight,
    "king": drawn.king,
    "queen": drawn.queen,
    "pirate": drawn.pirate,
    "sailor": drawn.sailor,
    "dwarf": drawn.dwarf,
    "scarecrow": drawn.scarecrow,
    "mole": drawn.mole,
    "lighthouse": drawn.lighthouse,
    "tower": drawn.tower,
    "windmill": drawn.windmill,
    "well": drawn.well,
    "fence": drawn.fence,
    "campfire": drawn.campfire,
    "treasure chest": drawn.treasure_chest,
    "pirate ship": drawn.pirate_ship,
    "hot air balloon": drawn.hot_air_balloon,
    "submarine": drawn.submarine,
}

_HEAD_SHARE = 0.5  # of a dressed figure's height: the part a colour leaves as it is


def _maker(name: str) -> Callable[[], Image.Image] | None:
    """Return what draws a subject's body, or None where the emoji stands by itself."""
    emoji = SUBJECTS[name].emoji
    if name in _FURS:
        return partial(sitting_animal, emoji, _FURS[name])
    if name in _HIDES:
        return partial(standing_animal, emoji, _HIDES[name])
    if name in _CLOTHES:
        return partial(dressed, emoji, _CLOTHES[name])
    special: dict[str, Callable[[str], Image.Image]] = {
        "frog": bodies.sitting_frog,
        "hen": bodies.standing_hen,
        "cat": partial(bodies.standing_cat, face="🐱"),
        "donkey": lambda _: bodies.donkey("🐴"),
        "robot": bodies.robot_body,
        "skeleton": bodies.skeleton_body,
    }
    return partial(special[name], emoji) if name in special else _DRAWN.get(name)


@cache
def sprite(name: str, colour: str | None = None) -> Image.Image:
    """Return a subject's figure, RGBA and cropped, in its own colours or in a named one."""
    if colour is not None:
        clothed = name in _CLOTHES or SUBJECTS[name].category == "person"
        head = _HEAD_SHARE if clothed else 0.0
        return tint(sprite(name), COLOURS[colour], keep_top=head)
    maker = _maker(name)
    return emoji_sprite(SUBJECTS[name].emoji) if maker is None else bodies.finish_body(maker())


def aspect(name: str) -> float:
    """Return a subject's width divided by its height."""
    figure = sprite(name)
    return figure.width / figure.height


def tint(figure: Image.Image, colour: RGB, *, keep_top: float = 0.0) -> Image.Image:
    """Give a figure another colour but its own lights and darks.

    ``keep_top`` is the upper share of the height that stays as it is, for people's faces.
    """
    pixels = np.asarray(figure, dtype=np.float32)
    rgb, alpha = pixels[..., :3], pixels[..., 3:]
    luma = (rgb @ np.array([0.3, 0.59, 0.11], dtype=np.float32))[..., None]
    middle = float((luma * alpha).sum() / max(alpha.sum(), 1.0))
    dark = np.minimum(luma / middle, 1.0) * np.asarray(colour, dtype=np.float32)
    light = np.clip((luma - middle) / max(255.0 - middle, 1.0), 0.0, 1.0) ** 1.3
    dyed = dark + (255.0 - dark) * light * 0.85
    rows = np.linspace(0, 1, rgb.shape[0], dtype=np.float32)[:, None, None]
    share = 0.94 * np.clip((rows - keep_top) * 20, 0, 1) if keep_top else 0.94
    out = np.concatenate([rgb + (dyed - rgb) * share, alpha], axis=2)
    return Image.fromarray(out.round().astype(np.uint8), "RGBA")
