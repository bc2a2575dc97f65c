"""Chooses a story's plot: what the model finds likely for the wish, and for the first page."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

import torch
from transformers import GPT2LMHeadModel

from engine.text.sampling import Decoder

_MOST, _WORTH, _BOLDNESS = 8, 0.3, 2.0
"""How many plots are weighed, and how likely each must be beside the likeliest to be drawn."""


def likely_plots(
    model: GPT2LMHeadModel, wish: Sequence[int], plots: Sequence[int], clues: Sequence[float]
) -> dict[int, float]:
    """Give the plot tokens that suit a wish, likeliest first, with their log-probabilities.

    ``clues`` are added to what the model finds (a product of experts, Hinton 2002).
    """
    logits = Decoder(model, wish).logits[list(plots)].log_softmax(-1) + torch.tensor(clues)
    shares = torch.log_softmax(logits, dim=-1)
    return {plots[i]: float(shares[i]) for i in shares.argsort(descending=True)[:_MOST].tolist()}


def draw_plot(likely: dict[int, float], *, seed: int) -> int:
    """Draw a plot for a new story, of those nearly as likely as the likeliest."""
    best = max(likely.values())
    near = {plot: value for plot, value in likely.items() if value >= best + math.log(_WORTH)}
    shares = [math.exp(_BOLDNESS * (value - best)) for value in near.values()]
    return random.Random(f"plot-{seed}").choices(list(near), shares)[0]


def recognise_plot(
    model: GPT2LMHeadModel, likely: dict[int, float], pages: Mapping[int, tuple[Sequence[int], int]]
) -> int:
    """Tell which plot a first page was written by.

    ``pages`` holds for each plot the tokens up to the page's end, and where its text begins.
    """
    scores = {plot: likely[plot] + _log_likelihood(model, *pages[plot]) for plot in likely}
    return max(scores, key=scores.__getitem__)


def _log_likelihood(model: GPT2LMHeadModel, tokens: Sequence[int], begin: int) -> float:
    ids = torch.tensor([list(tokens)])
    with torch.inference_mode():
        logits = model(ids.to(model.device)).logits[0, begin - 1 : -1].float().cpu()
    found = torch.log_softmax(logits, dim=-1).gather(1, ids[0, begin:, None])
    return float(found.sum())
