"""From the wire's wish for one picture to what the illustrator is to paint."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.api.events import IllustrateRequest, WeightedPrompt
from engine.api.events import PicturePrompt as WirePicturePrompt
from engine.image.picture import PicturePrompt, PictureRequest, Prompt
from engine.storytelling.filming import grid


def title_of(request: IllustrateRequest) -> str:
    """Return what a picture is called: the prompts it was asked for with."""
    words = ", ".join(prompt.text.strip() for prompt in request.prompts)
    return words or "a picture"


def picture_request(request: IllustrateRequest) -> PictureRequest:
    """Return what the illustrator is to paint for a request."""
    latents, margins = request.latents, request.extend
    return PictureRequest(
        key=1,
        prompts=_prompts(request.prompts),
        exclude=_prompts(request.exclude),
        extra=_prompts(request.extra),
        seed=request.seed,
        style=request.style,
        width=request.width,
        height=request.height,
        steps=request.steps,
        cuts=request.cuts,
        init_image=request.picture,
        options=request.options,
        picture_prompts=tuple(
            PicturePrompt(prompt.picture, prompt.weight, _stop(prompt))
            for prompt in request.picture_prompts
        ),
        codes=None if latents is None else grid(latents),
        mask=request.mask,
        extend=(margins.left, margins.top, margins.right, margins.bottom),
        preview_steps=request.preview_steps,
        show_crops=request.show_crops,
        time_lapse=request.time_lapse,
        keep_state=request.keep_state,
        state=request.state,
        stop_at=request.stop_at,
    )


def _prompts(prompts: Sequence[WeightedPrompt]) -> tuple[Prompt, ...]:
    return tuple(Prompt(prompt.text, prompt.weight, _stop(prompt)) for prompt in prompts)


def _stop(prompt: WeightedPrompt | WirePicturePrompt) -> float:
    return -math.inf if prompt.stop is None else prompt.stop
