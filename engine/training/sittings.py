"""Recipe that gives subjects of a finished draft model other looks: all else of it stays frozen.

They sit for the renderer, alone and in twos, in many places and lights; then only their textures
learn, and what is known of them by number. Minutes are enough, where a whole training takes hours.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from engine.data.composition import random_layout
from engine.data.scenes import render
from engine.errors import EngineError
from engine.image.codec import load_vqgan
from engine.image.draft import load_draft_net, scene_tensors
from engine.image.layout import Layout
from engine.models.draft import DraftNet, Scenes
from engine.training.codes import to_device
from engine.training.common import TrainOptions, bfloat16, export_weights
from engine.training.draft import figure_weights, hide, move, pick
from engine.training.looks import average_looks, portraits
from engine.training.run import Run

MINUTES, BATCH, RATE = 10.0, 8, 3e-2
SITTINGS = 24  # of each subject
_IN_TWOS = 0.6
_SIDE = 256
_FEWEST_HIDDEN, _LEARNT = 0.3, 0.5  # shares of a picture's codes


def sittings(subjects: list[str], rng: np.random.Generator) -> list[Layout]:
    """Compose scenes in which each subject sits about as often, alone or with another one."""
    waiting = [subject for subject in subjects for _ in range(SITTINGS)]
    rng.shuffle(waiting)
    layouts = []
    while waiting:
        cast = [waiting.pop()]
        if waiting and waiting[-1] != cast[0] and rng.random() < _IN_TWOS:
            cast.append(waiting.pop())
        layouts.append(random_layout(rng, subjects=cast))
    return layouts


class Training(Run):
    """State of one run; with ``only``, these subjects begin with their looks as now rendered."""

    def __init__(self, options: TrainOptions) -> None:
        super().__init__(options, "sittings", minutes=MINUTES)
        self.net, self.names = load_draft_net(options.start or options.out)
        subjects = list(options.only or self.names.subjects)
        if unknown := sorted(set(subjects) - set(self.names.subjects)):
            raise EngineError("bad_input", f"--only: the draft model knows no {unknown[0]!r}")
        self.net.to(options.device).requires_grad_(False)
        figures = self.net.scene.figures
        rows = [self.names.subject(subject) for subject in subjects]
        looks = nn.ParameterList([figures.textures, figures.subject.weight]).requires_grad_(True)
        for learnt in looks:
            learnt.register_hook(_only(rows, learnt))
        layouts = sittings(subjects, self.rng)
        self.codes = self._paint(layouts).to(options.device)
        self.scenes = move(scene_tensors(layouts, self.names), options.device)
        self.begin(looks, rate=RATE, weight_decay=0.0, afresh=lambda: self._begin_anew(rows))

    def _begin_anew(self, rows: list[int]) -> None:
        if not self.options.only:
            return
        painted, scenes = portraits(rows, self.names)
        side = self.net.params.texture_side
        mean, spread = average_looks(painted, scenes, subjects=len(self._textures), side=side)
        others = [row for row in range(1, len(self._textures)) if row not in rows]
        device = self._textures.device
        self._textures[rows, :3] = mean[rows].to(device)
        self._textures[rows, 3:4] = spread[rows].mean(1, keepdim=True).to(device) * 2
        self._textures[rows, 4:] = self._textures[others, 4:].mean(0, keepdim=True)

    @property
    def _textures(self) -> Tensor:
        return self.net.scene.figures.textures.data

    @torch.no_grad()
    def _paint(self, layouts: list[Layout]) -> Tensor:
        """Render scenes and return their codes (N, h, w)."""
        vqgan = load_vqgan(self.options.out).to(self.options.device)
        codes = []
        for start in range(0, len(layouts), BATCH):
            painted: NDArray[np.uint8] = np.stack([
                render(layout, start + i, size=_SIDE)
                for i, layout in enumerate(layouts[start : start + BATCH])
            ])  # fmt: skip
            with bfloat16(self.options.device):
                latents = vqgan.encode(to_device(painted, self.options.device))
            codes.append(vqgan.nearest(latents.float()).cpu())
        return torch.cat(codes)

    def train_step(self) -> float:
        """Learn hidden codes of the figures of one batch, and return the loss."""
        device = self.options.device
        rows = torch.from_numpy(self.rng.integers(len(self.codes), size=BATCH)).to(device)
        ratio = (torch.rand(BATCH, device=device) * torch.pi / 2).cos().clamp_min(_FEWEST_HIDDEN)
        scenes = pick(self.scenes, rows)
        return self.descend(figures_loss(self.net, self.codes[rows], scenes, ratio))

    def export(self) -> None:
        """Write the draft model with its new looks; its card is told by hand what was done."""
        params = {"net": asdict(self.net.params), "names": self.names.to_dict()}
        metadata = {"params": json.dumps(params)}
        path = self.options.out / "draft.safetensors"
        export_weights(self.net.state_dict(), path, metadata=metadata, int8=True)


def figures_loss(net: DraftNet, codes: Tensor, scenes: Scenes, ratio: Tensor) -> Tensor:
    """Return the mean cross-entropy, in nats, of the hidden codes of figures."""
    seen, hidden = hide(codes, net.mask, ratio)
    hidden &= figure_weights(scenes, codes.shape[1], 2.0) > 1
    hidden &= torch.rand(hidden.shape, device=hidden.device) < _LEARNT
    plain = sdpa_kernel([SDPBackend.MATH]) if codes.device.type == "cpu" else nullcontext()
    with bfloat16(codes.device), plain:
        states = net.states(seen, net.wishes(scenes, *codes.shape[1:]))
        logits = net.read(states[hidden])
    return F.cross_entropy(logits.float(), codes[hidden])


def _only(rows: list[int], learnt: Tensor) -> Callable[[Tensor], Tensor]:
    """Return what takes the gradient away from all other rows, which so stay as they are."""
    kept = torch.zeros(len(learnt), device=learnt.device)
    kept[rows] = 1.0
    return lambda gradient: gradient * kept.view(-1, *[1] * (learnt.ndim - 1))


def train(options: TrainOptions) -> None:
    """Tune the looks of subjects, of all or of ``only`` some, and export the draft model."""
    run = Training(options)
    run.go()
    run.export()
