"""From a request's prompts to what each perceptor is to see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from einops import rearrange
from torch import Tensor

from engine.image.codec import to_tensor
from engine.image.cutouts import fixed_homographies, sample_views
from engine.image.guidance import Focus, Guidance, Kind, Target, weigh
from engine.image.layout import Figure, Layout
from engine.image.mentions import in_known_words
from engine.image.params import PaintParams
from engine.image.perceptor import Perceptor
from engine.image.picture import PicturePrompt, PictureRequest, Prompt, decode_picture
from engine.image.styles import find_style

# What a perceptor that has read the web takes for writing in a picture.
LETTERING = "text, letters, words, a watermark and a signature written on the picture"
WEAKLY = 0.1  # weight of the push away from letters
_PICTURE_SIDES = 2  # times the perceptor's own size, so that its crops are sharp as well

Say = Callable[[str], None]


def wanted_prompts(request: PictureRequest) -> list[Prompt]:
    """Return the prompts that are not blank, in the request's style."""
    style = find_style(request.style)
    prompts = [p for p in request.prompts if p.text.strip()]
    return [replace(p, text=style.apply(p.text)) for p in prompts]


def guide(
    request: PictureRequest,
    layout: Layout,
    perceptors: Sequence[Perceptor],
    params: PaintParams,
    *,
    say: Say | None = None,
) -> tuple[Guidance, ...]:
    """Return what each perceptor is to see; ``say`` is told of prompts that had to be cut."""
    # In a given picture nobody knows where the figures are, but those that are put into its hole.
    known = not request.given or bool(request.mask)
    figures = layout.figures if known else ()
    say = say or _silent
    shares = params.shares or (1.0,) * len(perceptors)
    return tuple(
        weigh(
            list(_targets(request, perceptor, params, say if place == 0 else _silent)),
            params,
            foci=[_focus(figure, perceptor) for figure in figures],
            share=share,
        )
        for place, (perceptor, share) in enumerate(zip(perceptors, shares, strict=True))
    )


def _silent(line: str) -> None:
    """Say nothing: the first perceptor's notes will do."""


def _targets(
    request: PictureRequest, perceptor: Perceptor, params: PaintParams, say: Say
) -> Iterator[Target]:
    """Yield all prompts as the perceptor sees them, in the order that they are added up in."""
    kinds: tuple[tuple[Kind, Sequence[Prompt]], ...] = (
        ("prompt", wanted_prompts(request)),
        ("extra", request.extra),
        ("exclude", request.exclude),
    )
    for kind, prompts in kinds:
        for prompt in prompts:
            if prompt.text.strip():
                embedding = encode_words(perceptor, prompt.text, say)
                yield Target(kind, embedding, prompt.weight, prompt.stop)
    for picture in request.picture_prompts:
        yield Target("prompt", _see(perceptor, picture), picture.weight, picture.stop)
    # Of small worlds without letters a perceptor cannot tell whether it sees any.
    weak = 0.0 if perceptor.few_words else WEAKLY
    lettering = weak if params.lettering is None else params.lettering
    if lettering:
        yield Target("lettering", perceptor.encode_text(LETTERING), lettering)


def encode_words(perceptor: Perceptor, text: str, say: Say = _silent) -> Tensor:
    """Encode a prompt (D,), where need be in words that the perceptor was taught, as much as fits.

    ``say`` is told where a prompt was too long.
    """
    known = in_known_words(text) if perceptor.few_words else text
    fitting, cut = perceptor.fit_text(known)
    if cut:
        say(f'A prompt was too long for the perceptor: it was read as far as "{fitting[-40:]}".')
    return perceptor.encode_text(fitting)


@torch.no_grad()
def _see(perceptor: Perceptor, prompt: PicturePrompt) -> Tensor:
    """Return a picture's embedding (D,): the mean of its whole and four large crops."""
    side = perceptor.image_size * _PICTURE_SIDES
    pixels = decode_picture(prompt.picture, width=side, height=side, name="picture to be like")
    device = next(perceptor.model.parameters()).device
    picture = ((to_tensor(pixels[None]) + 1) / 2).to(device)
    matrices = rearrange(fixed_homographies(side, side), "k i j -> 1 k i j").to(device)
    seen = perceptor.encode_views(sample_views(picture, matrices, size=perceptor.image_size))
    return torch.nn.functional.normalize(seen.mean(dim=0), dim=-1)


def _focus(figure: Figure, perceptor: Perceptor) -> Focus:
    """Return the part of a picture that one figure of its layout takes, and its words."""
    words = " ".join(word for word in (figure.colour, figure.subject) if word)
    article = "an" if words[0] in "aeiou" else "a"
    box = (figure.x, figure.y, figure.width, figure.height)
    return Focus(box, perceptor.encode_text(f"{article} {words}"))
