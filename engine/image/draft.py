"""Draft a picture: prompt to layout, layout to codes by iterative decoding of masked codes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import ModelFileError
from engine.image.codec import REMEDY, fill_model, read_weights
from engine.image.composer import Composer
from engine.image.layout import Layout
from engine.image.names import Names
from engine.image.vocabulary import PLACES
from engine.machine import bfloat16_is_fast
from engine.models.draft import (
    FIGURES,
    LAYERS,
    DraftNet,
    DraftParams,
    Scenes,
    Wishes,
    local_coordinates,
)

# Of the height above the horizon, what is sky wherever one is.
_SKY = 0.8


@dataclass(frozen=True)
class Draft:
    """A first picture: codes (h, w) of the starter VQGAN, and the layout they were drawn from."""

    codes: NDArray[np.int64]
    layout: Layout


@dataclass(frozen=True)
class Decoding:
    """How codes are drawn: passes, temperatures, noise on the order, guidance.

    Figures are drawn with a cool hand, which keeps their shapes; what lies behind them with a
    warmer one, or it stays empty. ``guidance`` above 1 moves away from what the same scene without
    figures would be (Ho and Salimans 2022), at twice the work.
    """

    steps: int = 10
    temperature: float = 0.4
    background: float = 0.5
    order_noise: float = 1.5
    guidance: float = 1.0


def scene_tensors(layouts: Sequence[Layout], names: Names) -> Scenes:
    """Turn layouts into the draft model's tensors, the farthest figure first."""
    room = max([LAYERS, *(min(FIGURES, len(layout.figures)) for layout in layouts)])
    subject = torch.zeros(len(layouts), room, dtype=torch.long)
    colour = torch.zeros(len(layouts), room, dtype=torch.long)
    box = torch.full((len(layouts), room, 4), 0.5)
    flip = torch.zeros(len(layouts), room, dtype=torch.bool)
    for i, layout in enumerate(layouts):
        for k, figure in enumerate(layout.figures[-FIGURES:]):
            subject[i, k] = names.subject(figure.subject)
            colour[i, k] = names.colour(figure.colour)
            box[i, k] = torch.tensor([figure.x, figure.y, figure.width, figure.height])
            flip[i, k] = figure.flip
    return Scenes(
        place=torch.tensor([names.place(la.place) for la in layouts]),
        time=torch.tensor([names.time(la.time) for la in layouts]),
        weather=torch.tensor([names.weather(la.weather) for la in layouts]),
        horizon=torch.tensor([la.horizon for la in layouts]),
        subject=subject, colour=colour, box=box, flip=flip,
        backdrop=torch.tensor([la.backdrop for la in layouts]),
        shift=torch.tensor([la.horizon - PLACES[la.place].horizon for la in layouts]),
    )  # fmt: skip


def figure_codes(scenes: Scenes, size: tuple[int, int]) -> Tensor:
    """Return which codes lie in the box of a figure, or just beside it: (B, h, w)."""
    u, v = local_coordinates(scenes, *size)
    inside = (u.abs() < 1.05) & (v.abs() < 1.05) & (scenes.subject > 0)[..., None, None]
    return inside.any(dim=1)


def sky_codes(scenes: Scenes, size: tuple[int, int]) -> Tensor:
    """Return which codes lie in the sky: (B, h, w), well above the horizon and on no figure."""
    rows = (torch.arange(size[0], device=scenes.horizon.device) + 0.5) / size[0]
    above = rows[None, :, None] < _SKY * scenes.horizon[:, None, None]
    return above & ~figure_codes(scenes, size)


@torch.inference_mode()
def sample_codes(
    net: DraftNet, scenes: Scenes, *, seed: int, size: tuple[int, int], decoding: Decoding
) -> Tensor:
    """Draw the codes (h, w) of one scene, the surest first (algorithm of MaskGIT, section 3.2).

    The number still masked falls with the cosine of the passes done.
    """
    generator = torch.Generator().manual_seed(seed)
    scenes = scenes.to(net.device)
    inside = figure_codes(scenes, size)
    heat = torch.where(inside, decoding.temperature, decoding.background).flatten()[:, None]
    # The renderer's suns stand anywhere, but for those of a view: left to the model they come out
    # as bright blocks. Those of such a picture are figures of its layout.
    sky = sky_codes(scenes, size).flatten() & ~net.shows_view(scenes)
    glow = net.glow.nonzero()[:, 0]
    predict = _predictor(net, scenes, size, decoding.guidance)
    codes = torch.full((heat.shape[0],), net.mask, device=net.device)
    for step in range(decoding.steps):
        masked = int(len(codes) * math.cos(math.pi / 2 * (step + 1) / decoding.steps))
        noise = decoding.order_noise * (1 - (step + 1) / decoding.steps)
        unknown = (codes == net.mask).nonzero()[:, 0]
        logits = predict(codes, unknown) / heat[unknown]
        logits[sky[unknown].nonzero(), glow] = -math.inf
        drawn, sure = _draw(logits, noise, generator)
        codes[unknown] = drawn
        if masked > 0:
            codes[unknown[sure.topk(masked, largest=False).indices]] = net.mask
    return codes.view(size)


def _predictor(
    net: DraftNet, scenes: Scenes, size: tuple[int, int], guidance: float
) -> Callable[[Tensor, Tensor], Tensor]:
    """Return what gives the logits (n, codes) of those of one scene's codes (h * w,) at n rows."""
    kind = net.device.type
    reduced = bfloat16_is_fast(kind)
    both = [scenes]
    if guidance != 1.0:
        both.append(scenes.without_figures(torch.ones_like(scenes.place, dtype=torch.bool)))
    with torch.autocast(kind, torch.bfloat16, enabled=reduced):
        wishes = Wishes.join([net.wishes(scene, *size) for scene in both])

    def predict(codes: Tensor, rows: Tensor) -> Tensor:
        with torch.autocast(kind, torch.bfloat16, enabled=reduced):
            states = net.states(codes.view(1, *size).expand(len(both), -1, -1), wishes)
            logits = net.read(states.flatten(1, 2)[:, rows]).float()
        return logits[-1] + guidance * (logits[0] - logits[-1]) if len(both) > 1 else logits[0]

    return predict


def _draw(logits: Tensor, noise: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw a code for each row (n, codes), and say how sure it is, with some noise: (n,) each."""
    shares = logits.softmax(-1)
    edges = shares.cumsum(-1)
    # Drawn on the CPU, so that a picture's chances are the same on any device.
    chance, order = torch.rand(2, len(logits), generator=generator).to(logits.device)
    last = logits.shape[-1] - 1
    drawn = torch.searchsorted(edges, chance[:, None] * edges[:, -1:], right=True).clamp_max_(last)
    sure = shares.gather(-1, drawn)[:, 0].log()
    gumbel = -(-order.clamp(1e-9, 1 - 1e-7).log()).log()
    return drawn[:, 0], sure + noise * gumbel


class DraftModel:
    """The composer and the masked-code network of one folder of weights."""

    def __init__(self, net: DraftNet, names: Names, composer: Composer) -> None:
        self.net = net
        self.names = names
        self.composer = composer

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu") -> DraftModel:
        """Load ``draft.safetensors`` and ``layout.safetensors``.

        Raises ModelFileError where one is missing, damaged or of another shape.
        """
        net, names = load_draft_net(folder)
        return cls(net.to(device), names, Composer.load(folder, device=device))

    def lay_out(self, prompt: str, *, seed: int, previous: Layout | None = None) -> Layout:
        """Compose the layout of a prompt; a hero of the ``previous`` one keeps its looks."""
        return self.composer.compose(prompt, seed=seed, previous=previous)

    def draw(
        self,
        layouts: Sequence[Layout],
        seeds: Sequence[int],
        size: tuple[int, int] = (32, 32),
        *,
        decoding: Decoding | None = None,
    ) -> list[NDArray[np.int64]]:
        """Draw the codes of each layout, ``size`` rows and columns of them.

        Pictures are drawn one by one, so that a picture does not depend on its batch.
        """
        even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        drawn = []
        for layout, seed in zip(layouts, seeds, strict=True):
            scenes = scene_tensors([layout], self.names)
            codes = sample_codes(
                self.net, scenes, seed=seed, size=even, decoding=decoding or Decoding()
            )
            drawn.append(codes[: size[0], : size[1]].cpu().numpy())
        return drawn

    def lights(self, codes: Tensor, layout: Layout) -> Tensor:
        """Return which of a layout's codes (1, h, w) are a sun or a moon in its sky: (h, w)."""
        size = (codes.shape[-2], codes.shape[-1])
        lit = self.net.glow[codes[0].to(self.net.device).long()]
        return lit & sky_codes(scene_tensors([layout], self.names).to(self.net.device), size)[0]

    def draft(self, prompt: str, seed: int, previous: Layout | None = None) -> Draft:
        """Draft the picture of a prompt: layout, then codes."""
        layout = self.lay_out(prompt, seed=seed, previous=previous)
        return Draft(self.draw([layout], [seed])[0], layout)


def load_draft_net(folder: Path) -> tuple[DraftNet, Names]:
    """Load ``draft.safetensors`` of a folder, and ``draft.json`` if any, fp32 and frozen."""
    path = folder / "draft.safetensors"
    tensors, saved = read_weights(path)
    try:
        net = DraftNet(DraftParams(**saved["net"]))
        names = Names.from_dict(saved["names"])
    except (KeyError, TypeError):
        raise ModelFileError(f"{path} is of an unknown shape; {REMEDY}") from None
    fill_model(net, tensors, path)
    net.glow[_glowing(path.with_suffix(".json"))] = True
    return net, names


def _glowing(path: Path) -> list[int]:
    """Return the codes that a sun's or moon's inside is made of, none where nobody counted."""
    if not path.exists():
        return []
    try:
        codes = json.loads(path.read_text("utf-8"))["glow"]
        return [int(code) for code in codes]
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelFileError(f"{path} cannot be read; {REMEDY}") from None
