"""Fill a hole in a picture: a draft model draws hidden codes, given those around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.image.draft import DraftModel, scene_tensors, sky_codes
from engine.image.enlarge import EnlargeParams, draw_hidden
from engine.image.layout import Layout
from engine.image.mentions import find_place, find_time, find_weather
from engine.image.vocabulary import BACKDROPS, PLACES, TIMES, WEATHERS
from engine.models.backdrops import Frame, Wishes
from engine.models.draft import DraftNet

_HALO = 5  # codes from the middle of a sun or moon to where its light ends
_HORIZONS = tuple(round(0.3 + 0.05 * step, 2) for step in range(11))


@torch.inference_mode()
def fill_in(
    drafts: DraftModel, layout: Layout, codes: Tensor, hidden: Tensor, *, seed: int,
    text: str = "", frame: Frame | None = None,
) -> tuple[Tensor, Layout]:  # fmt: skip
    """Return codes (1, h, w) with the ``hidden`` ones drawn anew, and the layout they show.

    What the prompt's ``text`` leaves open of the scene is taken from what lies around them; the
    ``frame`` is where the picture was before its canvas was enlarged.
    """
    height, width = codes.shape[-2:]
    # The draft model reads codes two by two.
    odd = (0, width % 2, 0, height % 2)
    known = F.pad(codes.float(), odd, mode="replicate").long()
    open_ = F.pad(hidden.float(), odd, mode="replicate").bool()
    layout = seen_layout(drafts, layout, known, open_, text=text, frame=frame)
    known = torch.where(open_, torch.full_like(known, drafts.net.mask), known)
    size = (known.shape[-2], known.shape[-1])
    scenes = scene_tensors([layout], drafts.names).to(drafts.net.device)
    bare = scenes.without_figures(torch.ones_like(scenes.place, dtype=torch.bool))
    wishes = Wishes.join([drafts.net.wishes(scene, *size, frame=frame) for scene in (scenes, bare)])
    dim = None
    if frame is not None:
        dim = sky_codes(bare, size) & open_
        wishes = wishes.without_view(mirrored_lights(drafts.net, known, dim, frame))
    generator = torch.Generator().manual_seed(seed)
    filled = draw_hidden(drafts.net, known, wishes, generator, EnlargeParams(), dim=dim)
    return filled[:, :height, :width], layout


def mirrored_lights(net: DraftNet, codes: Tensor, sky: Tensor, frame: Frame) -> Tensor:
    """Return where in the open ``sky`` (1, h, w) a view beyond its ``frame`` shows a second sun.

    A view goes on as in a mirror, and so does the glow of a sun or moon near the border.
    """
    left, top, wide, high = frame
    lit = net.glow[codes.clamp_max(net.mask - 1)] & (codes != net.mask)
    ys, xs = lit[0].nonzero(as_tuple=True)
    _, height, width = codes.shape
    found = torch.zeros_like(sky, dtype=torch.float)
    for x in (xs, 2 * left - 1 - xs, 2 * (left + wide) - 1 - xs):
        for y in (ys, 2 * top - 1 - ys, 2 * (top + high) - 1 - ys):
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            found[0, y[inside], x[inside]] = 1.0
    near = F.max_pool2d(found[:, None], 2 * _HALO + 1, stride=1, padding=_HALO)[:, 0] > 0
    return near & sky


def seen_layout(
    drafts: DraftModel, layout: Layout, codes: Tensor, hidden: Tensor, *, text: str,
    frame: Frame | None = None,
) -> Layout:  # fmt: skip
    """Return a layout whose place, light, weather and horizon fit a picture's known codes best.

    Half of the known codes (1, h, w) are hidden as well: the scene under which the draft model
    finds them likeliest is the one. What the ``text`` says stands.
    """
    generator = torch.Generator().manual_seed(0)
    asked = ~hidden & (torch.rand(codes.shape, generator=generator) < 0.5).to(hidden.device)
    if not bool(asked.any()):
        return layout
    masked = torch.where(hidden | asked, torch.full_like(codes, drafts.net.mask), codes)

    def likelihood(candidate: Layout) -> float:
        bare = replace(candidate, figures=())
        scenes = scene_tensors([bare], drafts.names).to(codes.device)
        wishes = drafts.net.wishes(scenes, *codes.shape[-2:], frame=frame)
        shares = drafts.net.predict(masked, wishes).float().log_softmax(-1)
        return float(shares.gather(-1, codes[..., None])[..., 0][asked].mean())

    layout = replace(layout, backdrop=0)  # a given picture need not show any of the known views
    for vary in _open_parts(text):
        layout = max([layout, *vary(layout)], key=likelihood)
    return layout


def _open_parts(text: str) -> Iterator[Callable[[Layout], list[Layout]]]:
    """Yield ways to vary a layout, one for each part of a scene that a text leaves open."""
    # Light first: in the wrong one all places look wrong.
    if find_time(text) is None:
        yield lambda layout: [replace(layout, time=time) for time in TIMES]
    if find_place(text) is None:
        yield lambda layout: [
            replace(layout, place=place, horizon=info.horizon) for place, info in PLACES.items()
        ]
    if find_weather(text) is None:
        yield lambda layout: [replace(layout, weather=weather) for weather in WEATHERS]
    yield lambda layout: [replace(layout, backdrop=1 + view) for view in range(BACKDROPS)]
    yield lambda layout: [replace(layout, horizon=horizon) for horizon in _HORIZONS]
