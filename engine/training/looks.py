"""How things and places look to the renderer: what the draft's textures start from."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from engine.data.scenes import render
from engine.image.codec import to_tensor
from engine.image.draft import scene_tensors
from engine.image.layout import Figure, Layout
from engine.image.names import Names
from engine.image.vocabulary import PLACES
from engine.models.draft import DraftNet
from engine.models.scenes import Scenes

SEEN_OFTEN, FEWEST_SCENES = 12, 1000
"""A subject in front of fewer scenes than the one, among at least the other, sits for portraits."""
_SITTINGS, _PORTRAIT_SIDE = 14, 128
_NOT_ON_GROUND = ("space", "underwater", "clouds")


@torch.no_grad()
def start_views(net: DraftNet, names: Names) -> None:
    """Put the renderer's views of the places by day into the first channels of their textures.

    The fourth tells how much a point changes with the hour.
    """
    backdrops = net.backdrops
    if backdrops is None:
        return
    for i, place in enumerate(names.places):
        for view in range(backdrops.views):
            bare = Layout(place, horizon=PLACES[place].horizon, backdrop=1 + 2 * view)
            shown = np.stack([
                render(replace(bare, time=time), 0, size=backdrops.textures.shape[-1])
                for time in ("day", "dawn", "sunset", "night")
            ])  # fmt: skip
            looks = to_tensor(shown).to(backdrops.textures.device)
            texture = backdrops.textures.data[i * backdrops.views + view]
            texture[:3], texture[3] = looks[0], looks.std(0).mean(0) * 2


@torch.no_grad()
def average_looks(
    images: NDArray[np.uint8], scenes: Scenes, *, subjects: int, side: int
) -> tuple[Tensor, Tensor]:
    """Return the mean and the deviation of each subject's look (subjects, 3, side, side).

    Only front figures count, which nothing hides, and uncoloured ones where there are any.
    """
    front = (scenes.subject > 0).sum(1) - 1
    rows = torch.arange(len(front))[front >= 0]
    front = front[rows]
    subject, colour = scenes.subject[rows, front], scenes.colour[rows, front]
    box, flip = scenes.box[rows, front], scenes.flip[rows, front]
    weight = torch.where(colour == 0, 1.0, 1e-3)
    total = torch.zeros(subjects)
    mean, square = torch.zeros(2, subjects, 3, side, side)
    steps = (torch.arange(side) + 0.5) / side * 2 - 1
    v, u = torch.meshgrid(steps, steps, indexing="ij")
    for start in range(0, len(rows), 256):
        chunk = torch.arange(start, min(start + 256, len(rows)))
        pixels = to_tensor(images[rows[chunk].numpy()])
        x, y, w, h = (rearrange(s, "b -> b 1 1") for s in box[chunk].unbind(-1))
        along = torch.where(rearrange(flip[chunk], "b -> b 1 1"), -u, u)
        grid = torch.stack([2 * (x + along * w / 2) - 1, 2 * (y + v * h / 2) - 1], -1)
        looks = F.grid_sample(pixels, grid, align_corners=False, padding_mode="border")
        weighted = looks * rearrange(weight[chunk], "b -> b 1 1 1")
        total.index_add_(0, subject[chunk], weight[chunk])
        mean.index_add_(0, subject[chunk], weighted)
        square.index_add_(0, subject[chunk], weighted * looks)
    share = rearrange(total.clamp_min(1e-6), "s -> s 1 1 1")
    mean, square = mean / share, square / share
    return mean, (square - mean**2).clamp_min(0).sqrt()


def start_textures(net: DraftNet, images: NDArray[np.uint8], scenes: Scenes, names: Names) -> None:
    """Put the average looks into the first channels of the textures.

    Who is hardly ever seen is painted for it: a texture that starts from one picture holds its
    background, and one that starts from none is never learnt.
    """
    p = net.params
    mean, deviation = average_looks(images, scenes, subjects=p.subjects, side=p.texture_side)
    rare = rare_subjects(scenes, subjects=p.subjects)
    if rare:
        painted, shown = portraits(rare, names)
        looks = average_looks(painted, shown, subjects=p.subjects, side=p.texture_side)
        mean[rare], deviation[rare] = looks[0][rare], looks[1][rare]
    textures = net.scene.figures.textures.data
    textures[:, 0:3] = mean.to(textures.device)
    textures[:, 3:4] = deviation.mean(1, keepdim=True).to(textures.device) * 2


def rare_subjects(scenes: Scenes, *, subjects: int) -> list[int]:
    """Return the numbers of subjects seldom in front; none where there are few scenes at all."""
    if len(scenes.subject) < FEWEST_SCENES:
        return []
    last = (scenes.subject > 0).sum(1, keepdim=True) - 1
    front = scenes.subject.gather(1, last.clamp_min(0))[:, 0]
    seen = torch.bincount(front, minlength=subjects)
    return [number for number in range(1, subjects) if seen[number] < SEEN_OFTEN]


def portraits(subjects: list[int], names: Names) -> tuple[NDArray[np.uint8], Scenes]:
    """Paint each subject alone in many places, mostly by day: (N, 128, 128, 3) and the layouts."""
    rng = random.Random("portraits")
    places = [place for place in PLACES if place not in _NOT_ON_GROUND]
    layouts = []
    for number in subjects:
        figure = Figure(names.subjects[number - 1], None, 0.5, 0.6, 0.55, 0.55)
        for sitting in range(_SITTINGS):
            place = rng.choice(places)
            time = ("sunset", "night")[sitting] if sitting < 2 else "day"
            layouts.append(Layout(place, time, horizon=PLACES[place].horizon, figures=(figure,)))
    painted = np.stack([render(one, i, size=_PORTRAIT_SIDE) for i, one in enumerate(layouts)])
    return painted, scene_tensors(layouts, names)
