"""A contact sheet of scenes, to judge the renderer by eye."""

from __future__ import annotations

import numpy as np
from PIL import Image

from engine.data.scenes import random_layout, render_image

_GAP = 6
_PAPER = (250, 247, 240)


def contact_sheet(seed: int, *, columns: int = 6, rows: int = 4, size: int = 192) -> Image.Image:
    """Render the first scenes of a seed side by side, as they come."""
    step = size + _GAP
    sheet = Image.new("RGB", (columns * step + _GAP, rows * step + _GAP), _PAPER)
    rng = np.random.default_rng(seed)
    for index in range(columns * rows):
        picture = render_image(random_layout(rng), index, size=size)
        row, column = divmod(index, columns)
        sheet.paste(picture, (_GAP + column * step, _GAP + row * step))
    return sheet
