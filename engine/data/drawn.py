"""Subjects drawn whole, for which the emoji font has no figure."""

from __future__ import annotations

from PIL import Image

from engine.data.bodies import Clothes, blank, curve, dressed, paste_head
from engine.data.canvas import RGB, WHITE, Canvas, mix

WOOD: RGB = (150, 100, 58)
DARK_WOOD: RGB = (112, 72, 42)
GOLD: RGB = (250, 200, 60)
STONE: RGB = (170, 172, 178)
SKIN: RGB = (245, 208, 172)


def knight() -> Image.Image:
    """Draw a knight in armour with a plume, a sword and a shield."""
    c = blank()
    steel, dark = (184, 194, 206), (128, 140, 156)
    for side in (-1, 1):
        c.limb([(0.5 + side * 0.11, 1.08), (0.5 + side * 0.11, 1.38)], 0.14, dark)
        c.ellipse(0.5 + side * 0.14, 1.43, 0.11, 0.055, steel)
        c.limb([(0.5 + side * 0.22, 0.82), (0.5 + side * 0.32, 1.06)], 0.12, dark)
        c.ellipse(0.5 + side * 0.2, 0.8, 0.1, 0.08, steel)
    c.line([(0.84, 0.56), (0.84, 1.12)], 0.05, (224, 230, 238))
    c.line([(0.75, 1.06), (0.93, 1.06)], 0.045, GOLD)
    c.rectangle(0.29, 0.74, 0.71, 1.18, (200, 44, 48), radius=0.06)
    c.line([(0.5, 0.78), (0.5, 1.16)], 0.06, GOLD)
    c.line([(0.33, 0.95), (0.67, 0.95)], 0.06, GOLD)
    c.line(curve((0.5, 0.3), (0.66, 0.1), (0.84, 0.36)), 0.11, (214, 48, 49))
    c.ellipse(0.5, 0.52, 0.23, 0.26, steel)
    c.rectangle(0.3, 0.52, 0.7, 0.78, steel, radius=0.06)
    c.rectangle(0.33, 0.49, 0.67, 0.59, (44, 48, 60), radius=0.04)
    for i in range(3):
        c.line([(0.42 + i * 0.08, 0.64), (0.42 + i * 0.08, 0.73)], 0.025, dark)
    c.polygon([(0.06, 0.86), (0.34, 0.86), (0.34, 1.06), (0.2, 1.26), (0.06, 1.06)], dark)
    c.polygon([(0.09, 0.89), (0.31, 0.89), (0.31, 1.05), (0.2, 1.21), (0.09, 1.05)], (58, 110, 200))
    return c.image


def king() -> Image.Image:
    """Draw a king with a white beard, a crown and a red cape."""
    wear = Clothes(
        (120, 60, 160), (120, 60, 160), "robe", cape=(196, 36, 44), trim=WHITE, skin=SKIN
    )
    image = dressed("🤴🏼", wear)
    c = Canvas(image)
    c.ellipse(0.5, 0.78, 0.2, 0.16, (244, 244, 244))
    c.ellipse(0.5, 0.68, 0.09, 0.025, (196, 90, 80))
    return image


def queen() -> Image.Image:
    """Draw a queen in a purple gown with a cape."""
    wear = Clothes(
        (126, 64, 176), (126, 64, 176), "robe", cape=(196, 36, 44), trim=GOLD, skin=(198, 142, 102)
    )
    return dressed("👸🏽", wear)


def pirate() -> Image.Image:
    """Draw a pirate with a black hat and an eye patch."""
    image = dressed(
        "👨🏽",
        Clothes(
            (196, 40, 44), (52, 48, 60), cape=(44, 44, 62), skin=(198, 142, 102), trim=(36, 34, 40)
        ),
    )
    c = Canvas(image)
    c.polygon(curve((0.12, 0.38), (0.5, -0.16), (0.88, 0.38)), (40, 38, 48))
    c.ellipse(0.5, 0.38, 0.38, 0.07, (40, 38, 48))
    c.ellipse(0.5, 0.24, 0.06, 0.06, WHITE)
    c.line([(0.41, 0.31), (0.59, 0.31)], 0.025, WHITE)
    c.ellipse(0.6, 0.52, 0.075, 0.065, (30, 30, 36))
    c.polygon(curve((0.33, 0.7), (0.5, 0.98), (0.67, 0.7)), (66, 44, 34))
    return image


def sailor() -> Image.Image:
    """Draw a sailor in blue and white."""
    image = dressed(
        "👨🏻", Clothes((48, 90, 170), (240, 240, 244), skin=(250, 220, 190), trim=WHITE)
    )
    c = Canvas(image)
    c.polygon([(0.36, 0.77), (0.64, 0.77), (0.5, 0.96)], WHITE)
    c.rectangle(0.23, 0.27, 0.77, 0.38, WHITE, radius=0.04)
    c.ellipse(0.5, 0.27, 0.22, 0.09, WHITE)
    c.rectangle(0.24, 0.36, 0.76, 0.4, (48, 90, 170))
    return image


def dwarf() -> Image.Image:
    """Draw a dwarf with a red hat and a long beard."""
    image = dressed(
        "👴🏻", Clothes((60, 130, 70), (104, 74, 46), skin=(250, 220, 190), trim=DARK_WOOD)
    )
    c = Canvas(image)
    c.polygon([(0.18, 0.44), (0.54, -0.02), (0.82, 0.44)], (206, 44, 46))
    c.ellipse(0.5, 0.44, 0.33, 0.06, (170, 30, 36))
    c.polygon(curve((0.24, 0.62), (0.5, 1.5), (0.76, 0.62)), (240, 240, 240))
    c.ellipse(0.5, 0.67, 0.08, 0.022, (190, 90, 80))
    return image


def scarecrow() -> Image.Image:
    """Draw a scarecrow on its pole."""
    c = blank()
    straw: RGB = (238, 200, 96)
    c.line([(0.5, 0.7), (0.5, 1.5)], 0.06, DARK_WOOD)
    c.line([(0.04, 0.86), (0.96, 0.86)], 0.05, DARK_WOOD)
    for x in (0.06, 0.94):
        for dy in (-0.06, 0.0, 0.06):
            c.line([(x, 0.86), (x + (0.06 if x > 0.5 else -0.06), 0.86 + dy)], 0.022, straw)
    c.polygon(
        [
            (0.12, 0.79),
            (0.88, 0.79),
            (0.88, 0.95),
            (0.7, 0.96),
            (0.74, 1.3),
            (0.26, 1.3),
            (0.3, 0.96),
            (0.12, 0.95),
        ],
        (70, 104, 176),
    )
    c.rectangle(0.38, 1.0, 0.5, 1.12, (214, 60, 50))
    c.ellipse(0.5, 0.56, 0.22, 0.22, (232, 204, 150))
    for x in (0.42, 0.58):
        c.ellipse(x, 0.54, 0.03, 0.035, (50, 40, 36))
    c.line(curve((0.4, 0.64), (0.5, 0.72), (0.6, 0.64)), 0.02, (110, 60, 40))
    c.polygon([(0.5, 0.52), (0.54, 0.6), (0.46, 0.6)], (240, 140, 40))
    c.polygon([(0.28, 0.42), (0.5, 0.08), (0.72, 0.42)], (176, 124, 60))
    c.ellipse(0.5, 0.42, 0.34, 0.055, (150, 100, 46))
    return c.image


def mole() -> Image.Image:
    """Draw a mole that looks out of its hill."""
    c = blank(1.1)
    fur: RGB = (76, 70, 84)
    c.ellipse(0.5, 0.62, 0.3, 0.4, fur)
    c.ellipse(0.5, 0.76, 0.17, 0.24, (112, 104, 118))
    for side in (-1, 1):
        c.ellipse(0.5 + side * 0.12, 0.42, 0.035, 0.04, (20, 18, 24))
        c.ellipse(0.5 + side * 0.11, 0.405, 0.012, 0.012, WHITE)
        c.limb([(0.5 + side * 0.24, 0.66), (0.5 + side * 0.36, 0.78)], 0.12, fur)
        c.ellipse(0.5 + side * 0.38, 0.8, 0.09, 0.06, (240, 170, 170))
    c.ellipse(0.5, 0.54, 0.12, 0.075, (150, 140, 150))
    c.ellipse(0.5, 0.51, 0.07, 0.05, (240, 140, 150))
    c.polygon(curve((0.02, 1.06), (0.5, 0.66), (0.98, 1.06)), (122, 80, 50))
    c.ellipse(0.5, 1.05, 0.48, 0.05, (102, 66, 42))
    return c.image


def lighthouse() -> Image.Image:
    """Draw a lighthouse with red stripes on a rock."""
    c = blank(1.5)
    c.ellipse(0.5, 1.42, 0.36, 0.09, (120, 112, 108))
    c.polygon([(0.37, 0.42), (0.63, 0.42), (0.72, 1.4), (0.28, 1.4)], (246, 244, 240))
    for y in (0.56, 0.88, 1.2):
        grow = (y - 0.42) * 0.092
        c.polygon(
            [
                (0.37 - grow, y),
                (0.63 + grow, y),
                (0.644 + grow, y + 0.15),
                (0.356 - grow, y + 0.15),
            ],
            (212, 52, 50),
        )
    c.rectangle(0.31, 0.38, 0.69, 0.44, (70, 74, 86))
    c.rectangle(0.4, 0.2, 0.6, 0.38, (255, 228, 120))
    c.line([(0.5, 0.2), (0.5, 0.38)], 0.025, (70, 74, 86))
    c.polygon([(0.36, 0.21), (0.5, 0.06), (0.64, 0.21)], (176, 36, 40))
    c.rectangle(0.44, 1.22, 0.56, 1.41, DARK_WOOD, radius=0.03)
    for y in (0.76, 1.06):
        c.rectangle(0.47, y, 0.53, y + 0.08, (80, 110, 150))
    return c.image


def tower() -> Image.Image:
    """Draw a stone tower with a blue roof."""
    c = blank(1.5)
    c.rectangle(0.3, 0.52, 0.7, 1.46, STONE)
    c.rectangle(0.58, 0.52, 0.7, 1.46, mix(STONE, (0, 0, 0), 0.16))
    for i in range(9):
        y = 0.66 + i * 0.09
        x = 0.36 + (i % 3) * 0.09
        c.rectangle(x, y, x + 0.08, y + 0.035, mix(STONE, (0, 0, 0), 0.12))
    c.rectangle(0.24, 0.46, 0.76, 0.56, mix(STONE, (0, 0, 0), 0.2))
    c.polygon([(0.2, 0.47), (0.5, 0.06), (0.8, 0.47)], (66, 92, 170))
    c.line([(0.5, 0.1), (0.5, 0.01)], 0.02, DARK_WOOD)
    c.polygon([(0.51, 0.01), (0.64, 0.05), (0.51, 0.09)], (214, 48, 49))
    c.rectangle(0.43, 0.66, 0.57, 0.86, (255, 222, 120), radius=0.06)
    c.rectangle(0.41, 1.18, 0.59, 1.46, DARK_WOOD, radius=0.08)
    return c.image


def windmill() -> Image.Image:
    """Draw a windmill with four sails."""
    c = blank(1.5)
    c.polygon([(0.37, 0.56), (0.63, 0.56), (0.74, 1.44), (0.26, 1.44)], (244, 236, 220))
    c.polygon([(0.33, 0.58), (0.5, 0.3), (0.67, 0.58)], (184, 74, 56))
    c.rectangle(0.43, 1.2, 0.57, 1.44, DARK_WOOD, radius=0.05)
    c.rectangle(0.45, 0.86, 0.55, 0.98, (110, 160, 210))
    for dx, dy in ((0.33, -0.33), (0.33, 0.33), (-0.33, 0.33), (-0.33, -0.33)):
        tip = (0.5 + dx, 0.54 + dy)
        side = (-dy * 0.3, dx * 0.3)
        c.polygon(
            [
                (0.5 + dx * 0.2, 0.54 + dy * 0.2),
                tip,
                (tip[0] + side[0], tip[1] + side[1]),
                (0.5 + dx * 0.2 + side[0], 0.54 + dy * 0.2 + side[1]),
            ],
            (232, 222, 196),
        )
        c.line([(0.5, 0.54), tip], 0.028, DARK_WOOD)
    c.ellipse(0.5, 0.54, 0.045, 0.045, DARK_WOOD)
    return c.image


def well() -> Image.Image:
    """Draw a well with a little roof."""
    c = blank(1.25)
    for x in (0.2, 0.8):
        c.line([(x, 0.3), (x, 0.86)], 0.06, DARK_WOOD)
    c.line([(0.2, 0.52), (0.8, 0.52)], 0.05, WOOD)
    c.line([(0.5, 0.52), (0.5, 0.72)], 0.018, (90, 70, 50))
    c.rectangle(0.43, 0.68, 0.57, 0.82, WOOD, radius=0.02)
    c.polygon([(0.04, 0.36), (0.24, 0.08), (0.76, 0.08), (0.96, 0.36)], (190, 78, 54))
    c.rectangle(0.1, 0.82, 0.9, 1.2, STONE, radius=0.06)
    for row in range(3):
        for i in range(4):
            x = 0.13 + i * 0.19 + (row % 2) * 0.05
            c.rectangle(
                x,
                0.88 + row * 0.1,
                x + 0.13,
                0.94 + row * 0.1,
                mix(STONE, (0, 0, 0), 0.16),
                radius=0.02,
            )
    c.ellipse(0.5, 0.83, 0.4, 0.055, (70, 84, 104))
    return c.image


def fence() -> Image.Image:
    """Draw a white picket fence."""
    c = blank(0.6)
    for y in (0.26, 0.44):
        c.rectangle(0.0, y, 1.0, y + 0.06, (222, 214, 200))
    for i in range(6):
        x = 0.03 + i * 0.165
        c.polygon(
            [(x, 0.14), (x + 0.055, 0.04), (x + 0.11, 0.14), (x + 0.11, 0.58), (x, 0.58)],
            (250, 246, 238),
        )
    return c.image


def campfire() -> Image.Image:
    """Draw a campfire over crossed logs."""
    c = blank(1.1)
    paste_head(c, "🔥", 0.5, 0.06, 0.66)
    c.limb([(0.14, 1.0), (0.86, 0.86)], 0.1, WOOD)
    c.limb([(0.14, 0.86), (0.86, 1.0)], 0.1, DARK_WOOD)
    return c.image


def treasure_chest() -> Image.Image:
    """Draw an open chest full of gold."""
    c = blank(1.0)
    c.polygon(curve((0.1, 0.46), (0.5, -0.14), (0.9, 0.46)), DARK_WOOD)
    c.polygon(curve((0.16, 0.46), (0.5, 0.0), (0.84, 0.46)), (84, 52, 30))
    for i in range(9):
        c.ellipse(0.2 + i * 0.075, 0.44 - 0.05 * ((i * 5) % 3), 0.065, 0.065, GOLD)
    c.ellipse(0.4, 0.34, 0.05, 0.05, (220, 50, 60))
    c.ellipse(0.62, 0.36, 0.05, 0.05, (60, 130, 230))
    c.rectangle(0.08, 0.44, 0.92, 0.92, WOOD, radius=0.03)
    for x in (0.16, 0.76):
        c.rectangle(x, 0.44, x + 0.08, 0.92, GOLD)
    c.rectangle(0.08, 0.44, 0.92, 0.51, mix(GOLD, (0, 0, 0), 0.12))
    c.rectangle(0.43, 0.5, 0.57, 0.68, GOLD, radius=0.02)
    c.ellipse(0.5, 0.58, 0.03, 0.04, (60, 40, 20))
    return c.image


def pirate_ship() -> Image.Image:
    """Draw a ship with black sails."""
    c = blank(1.2)
    for x, top in ((0.32, 0.2), (0.64, 0.08)):
        c.line([(x, top), (x, 0.84)], 0.035, DARK_WOOD)
    c.polygon(
        [*curve((0.14, 0.26), (0.3, 0.44), (0.12, 0.66)), (0.5, 0.66), (0.5, 0.26)], (236, 226, 204)
    )
    c.polygon(
        [*curve((0.46, 0.16), (0.6, 0.38), (0.44, 0.64)), (0.88, 0.64), (0.86, 0.16)], (52, 50, 60)
    )
    c.ellipse(0.68, 0.36, 0.075, 0.075, WHITE)
    c.line([(0.6, 0.5), (0.76, 0.5)], 0.03, WHITE)
    c.polygon([(0.64, 0.05), (0.8, 0.09), (0.64, 0.13)], (214, 48, 49))
    c.polygon([(0.02, 0.76), (0.98, 0.7), (0.86, 1.14), (0.18, 1.14)], WOOD)
    c.polygon([(0.02, 0.76), (0.98, 0.7), (0.96, 0.79), (0.05, 0.84)], GOLD)
    for i in range(4):
        c.ellipse(0.27 + i * 0.16, 0.94, 0.04, 0.04, (60, 40, 30))
    return c.image


def hot_air_balloon() -> Image.Image:
    """Draw a striped hot air balloon with its basket."""
    c = blank(1.4)
    c.polygon([(0.2, 0.7), (0.8, 0.7), (0.58, 1.08), (0.42, 1.08)], (200, 60, 60))
    c.ellipse(0.5, 0.5, 0.44, 0.46, (226, 72, 66))
    c.ellipse(0.5, 0.5, 0.29, 0.46, (252, 204, 76))
    c.ellipse(0.5, 0.5, 0.13, 0.46, (80, 140, 220))
    for x in (0.43, 0.57):
        c.line([(x, 1.0), (x, 1.2)], 0.014, DARK_WOOD)
    c.rectangle(0.39, 1.16, 0.61, 1.34, WOOD, radius=0.04)
    c.line([(0.39, 1.22), (0.61, 1.22)], 0.03, DARK_WOOD)
    return c.image


def submarine() -> Image.Image:
    """Draw a yellow submarine."""
    c = blank(0.8)
    c.line([(0.5, 0.2), (0.5, 0.05), (0.62, 0.05)], 0.04, (214, 140, 30))
    c.rectangle(0.38, 0.16, 0.64, 0.4, (250, 196, 50), radius=0.05)
    c.ellipse(0.5, 0.5, 0.42, 0.24, (250, 204, 60))
    c.ellipse(0.5, 0.6, 0.36, 0.13, (232, 168, 40))
    c.polygon([(0.88, 0.48), (1.0, 0.3), (1.0, 0.7)], (214, 90, 50))
    for x in (0.27, 0.47, 0.67):
        c.ellipse(x, 0.46, 0.075, 0.075, (110, 80, 40))
        c.ellipse(x, 0.46, 0.052, 0.052, (150, 214, 240))
    return c.image
