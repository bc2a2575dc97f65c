"""How much memory a step takes, found out beforehand: what fits, and how many views at once.

Activations are counted on pictures of two small sizes, exactly, and carried over to others: they
grow with the picture's area, and those of attention with its square.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.image.perceptor import Perceptor
from engine.machine import free_memory
from engine.models.frozen import freeze
from engine.models.vqgan import VQGAN

# What is computed with beside what is kept for the backward pass.
OVERHEAD = 1.5
# The share of the memory that is free when the models are loaded.
SHARE = 0.7
# A decoder of more weights than that keeps all cores busy by itself.
LARGE_DECODER = 10_000_000
# What a picture is thought to be like when nobody has asked for one yet.
USUAL_SIDE, USUAL_VIEWS = 256, 32
MOST_PICTURES = 64


@dataclass(frozen=True)
class Appetite:
    """Bytes that a step keeps: of each pixel, of each pair of pixels, and of each view."""

    pixel: float
    pair: float
    view: float

    def decoder(self, height: int, width: int) -> float:
        """Return the bytes of a picture's decoder pass."""
        area = height * width
        return OVERHEAD * (self.pixel * area + self.pair * area * area)

    def step(self, height: int, width: int, views: int) -> float:
        """Return the bytes of a picture's whole step with so many views at once."""
        return self.decoder(height, width) + OVERHEAD * self.view * views

    def views_within(self, budget: float, height: int, width: int) -> int:
        """Return how many views at once a budget (bytes) has room for; at least 1."""
        room = budget - self.decoder(height, width)
        return max(1, int(room / max(1.0, OVERHEAD * self.view)))


@dataclass(frozen=True)
class Plan:
    """How a machine paints: ``passes`` side by side, ``threads`` in each, pictures a pass.

    ``budget`` is the memory (bytes) that all passes share.
    """

    passes: int
    threads: int
    chunk: int
    budget: float
    appetite: Appetite

    def most_views(self, height: int, width: int) -> int:
        """Return how many views of a picture of that size CLIP may look at in one go."""
        return self.appetite.views_within(self.budget / self.passes, height, width)

    def cost(self, height: int, width: int, views: int) -> float:
        """Return the bytes that a step of such a picture takes."""
        most = min(views, self.most_views(height, width))
        return self.appetite.step(height, width, most)


def make_plan(vqgan: VQGAN, perceptors: Sequence[Perceptor], *, cores: int, reduced: bool) -> Plan:
    """Plan the work of a machine's GPU, or of so many cores of its CPU.

    On a CPU each pass has one picture: a small decoder gets one thread and there are as many passes
    as cores, a large one keeps all cores busy by itself. On a GPU as many pictures share a pass as
    memory has room for.
    """
    device = vqgan.codebook.device
    appetite = measure_appetite(
        freeze(vqgan) if device.type == "cpu" else vqgan, perceptors,
        precision=lambda: torch.autocast(device.type, torch.bfloat16, enabled=reduced),
    )  # fmt: skip
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else free_memory()
    # Rounded down to a power of two, so that the same machine does the same tomorrow.
    budget = 2.0 ** math.floor(math.log2(max(1.0, SHARE * free)))
    if device.type == "cuda":
        usual = appetite.step(USUAL_SIDE, USUAL_SIDE, USUAL_VIEWS)
        return Plan(1, 1, max(1, min(MOST_PICTURES, int(budget / usual))), budget, appetite)
    large = sum(p.numel() for p in vqgan.decoder.parameters()) > LARGE_DECODER
    passes, threads = (1, cores) if large else (cores, 1)
    return Plan(passes, threads, 1, budget, appetite)


def measure_appetite(
    vqgan: VQGAN, perceptors: Sequence[Perceptor], *, precision: Callable[[], torch.autocast]
) -> Appetite:
    """Count what the models keep for the backward pass, in the precision they are used in."""
    p, device = vqgan.params, vqgan.codebook.device
    measured = []
    for codes in (2, 4):
        latents = torch.zeros(1, p.embed_dim, codes, codes, device=device, requires_grad=True)
        with precision():
            kept = kept_bytes(vqgan.decode, latents, of=vqgan)
        measured.append(((codes * p.factor) ** 2, kept))
    (small, few), (large, many) = measured
    pair = (many / large - few / small) / (large - small)
    view = 0.0
    for perceptor in perceptors:
        side = perceptor.image_size
        blank = torch.zeros(1, 3, side, side, device=device, requires_grad=True)
        with precision():
            view = max(view, kept_bytes(perceptor.encode_views, blank, of=perceptor.model))
    return Appetite(pixel=few / small - max(0.0, pair) * small, pair=max(0.0, pair), view=view)


def kept_bytes(function: Callable[[Tensor], Tensor], value: Tensor, *, of: nn.Module) -> float:
    """Return the bytes that a graph keeps beside the weights of the model it is a function of."""
    kept: dict[int, int] = {}
    # Weights in another precision are made anew in each call, but they do not grow with anything.
    weights = {tuple(sorted(parameter.shape)) for parameter in of.parameters()}

    def keep(tensor: Tensor) -> Tensor:
        if tuple(sorted(tensor.shape)) not in weights:
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        result = function(value)
    del result
    return float(sum(kept.values()))
