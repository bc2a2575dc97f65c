"""Compose a layout from a prompt: the layout transformer held to what the prompt surely says.

What the vocabulary finds in the prompt (subjects, colours, place, time, weather) is forced; the
transformer chooses the rest: what is unsaid, and where and how large everything is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from engine.errors import ModelFileError
from engine.image.arrange import arrange
from engine.image.boxes import inside
from engine.image.codec import REMEDY, fill_model, read_weights
from engine.image.crowd import FEWEST
from engine.image.layout import Figure, Layout
from engine.image.mentions import find_subjects, in_known_words
from engine.image.names import Names
from engine.image.prompts import Wanted, WantedFigure, read_prompt
from engine.image.vocabulary import BACKDROPS, PLACES
from engine.models.layout import LayoutNet, LayoutNetParams

BINS = 32
TAUGHT = 3  # figures that the layout transformer composes together
BEGIN, END = 0, 1
_GEOMETRY = ("x", "y", "width", "height")


def to_bin(value: float) -> int:
    """Return the bin of a fraction 0..1."""
    return min(BINS - 1, max(0, int(value * BINS)))


def from_bin(index: int) -> float:
    """Return the middle of a bin."""
    return (index + 0.5) / BINS


class LayoutTokens:
    """Ids of layout tokens: begin, end, then a range for each kind of slot."""

    def __init__(self, names: Names) -> None:
        self.names = names
        sizes = {
            "place": len(names.places), "time": len(names.times), "weather": len(names.weathers),
            "horizon": BINS, "subject": len(names.subjects) + 1, "colour": len(names.colours) + 1,
            **dict.fromkeys(_GEOMETRY, BINS), "flip": 2,
        }  # fmt: skip
        self.ranges: dict[str, range] = {}
        self.count = 2
        for kind, size in sizes.items():
            self.ranges[kind] = range(self.count, self.count + size)
            self.count += size

    def id(self, kind: str, index: int) -> int:
        """Return the token of one value of a kind."""
        return self.ranges[kind][index]

    def index(self, kind: str, token: int) -> int:
        """Return the value of a token of a kind."""
        return token - self.ranges[kind].start

    def encode(self, layout: Layout) -> list[int]:
        """Write a layout as tokens: begin, the scene, the figures with the hero first, end."""
        n = self.names
        tokens = [
            BEGIN, self.id("place", n.place(layout.place)), self.id("time", n.time(layout.time)),
            self.id("weather", n.weather(layout.weather)),
            self.id("horizon", to_bin(layout.horizon)),
        ]  # fmt: skip
        for figure in layout.figures[::-1][:TAUGHT]:
            tokens += [
                self.id("subject", n.subject(figure.subject)),
                self.id("colour", n.colour(figure.colour)),
                *(self.id(kind, to_bin(getattr(figure, kind))) for kind in _GEOMETRY),
                self.id("flip", int(figure.flip)),
            ]
        return [*tokens, END]


class Composer:
    """A layout transformer with its tokenizer, ready to compose."""

    def __init__(self, net: LayoutNet, tokenizer: Tokenizer, names: Names) -> None:
        self.net = net
        self.tokenizer = tokenizer
        self.names = names
        self.tokens = LayoutTokens(names)

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu") -> Composer:
        """Load ``layout.safetensors`` of a folder; ModelFileError where it cannot be used."""
        path = folder / "layout.safetensors"
        tensors, saved = read_weights(path)
        try:
            net = LayoutNet(LayoutNetParams(**saved["net"]))
            tokenizer = Tokenizer.from_str(saved["tokenizer"])
            names = Names.from_dict(saved["names"])
        except (KeyError, TypeError, ValueError):
            raise ModelFileError(f"{path} is of an unknown shape; {REMEDY}") from None
        fill_model(net, tensors, path)
        return cls(net.to(device), tokenizer, names)

    def compose(
        self, prompt: str, *, seed: int, previous: Layout | None = None, temperature: float = 0.8
    ) -> Layout:
        """Compose the layout of a prompt; always valid, never empty, the same for the same seed."""
        wanted = read_prompt(prompt, seed=seed, previous=previous)
        known = in_known_words(prompt)
        layout = _Sampler(self, known, seed=seed, temperature=temperature).sample(wanted)
        layout = replace(layout, backdrop=choose_backdrop(layout.place, previous, seed=seed))
        if previous:
            layout = keep_hero(layout, previous, named=find_subjects(prompt))
        return arrange(layout, wanted)


class _Sampler:
    """One run of constrained decoding."""

    def __init__(self, composer: Composer, prompt: str, *, seed: int, temperature: float) -> None:
        self.composer = composer
        self.tokens = composer.tokens
        caption = caption_ids(composer.tokenizer, [prompt], composer.net.params.caption_length)
        self.caption = caption.to(composer.net.device)
        self.generator = torch.Generator().manual_seed(seed)
        self.temperature = temperature
        self.sequence = [BEGIN]

    def sample(self, wanted: Wanted) -> Layout:
        """Decode slot by slot; wanted values are put in, the rest is drawn from its own range."""
        names = self.composer.names
        place = self._slot("place", wanted.place and names.place(wanted.place))
        time = self._slot("time", wanted.time and names.time(wanted.time))
        weather = self._slot("weather", wanted.weather and names.weather(wanted.weather))
        # The views of a place that the draft model knows have their horizon where it usually lies.
        horizon = PLACES[names.places[place]].horizon
        self._slot("horizon", to_bin(horizon))
        scene, figures = len(self.sequence), []
        for number, figure in enumerate(wanted.figures):
            if number % TAUGHT == 0:  # more than were taught are composed as another company
                del self.sequence[scene:]
            figures.append(self._figure(figure))
        return Layout(
            names.places[place], names.times[time], names.weathers[weather], horizon,
            tuple(figures[::-1]),
        )  # fmt: skip

    def _figure(self, wanted: WantedFigure) -> Figure:
        names = self.composer.names
        self._slot("subject", names.subject(wanted.subject))
        self._slot("colour", names.colour(wanted.colour))
        x, y, width, height = (from_bin(self._slot(kind)) for kind in _GEOMETRY)
        flip = bool(self._slot("flip"))
        return inside(Figure(wanted.subject, wanted.colour, x, y, width, height, flip))

    @torch.inference_mode()
    def _slot(self, kind: str, value: int | str | None = None) -> int:
        """Append one token, given or drawn, and return its value."""
        if not isinstance(value, int):
            sequence = torch.tensor([self.sequence], device=self.caption.device)
            # Drawn on the CPU, by the same random numbers wherever the network computes.
            logits = self.composer.net(self.caption, sequence)[0, -1].float().cpu()
            allowed = self.tokens.ranges[kind]
            shares = (logits[allowed.start : allowed.stop] / self.temperature).softmax(0)
            value = int(torch.multinomial(shares, 1, generator=self.generator))
        self.sequence.append(self.tokens.id(kind, value))
        return value


def caption_ids(tokenizer: Tokenizer, captions: Sequence[str], length: int) -> Tensor:
    """Turn captions into ids (B, length), cut or padded with 0."""
    rows = [tokenizer.encode(text.lower()).ids[:length] for text in captions]
    return torch.tensor([row + [0] * (length - len(row)) for row in rows])


def choose_backdrop(place: str, previous: Layout | None, *, seed: int) -> int:
    """Choose which view of a place is seen: the earlier picture's while it is the same place."""
    if previous is not None and previous.place == place and previous.backdrop:
        return previous.backdrop
    return 1 + int(np.random.default_rng([seed, 4_211]).integers(BACKDROPS))


def keep_hero(layout: Layout, previous: Layout, *, named: Sequence[str]) -> Layout:
    """Give the hero of an earlier picture the same colour and size, standing where it now stands.

    In a crowd it was smaller than it need be elsewhere. The hero is the earlier layout's front
    figure; ``named`` are the subjects of the prompt.
    """
    if not previous.figures:
        return layout
    hero = previous.figures[-1]
    if named and hero.subject not in named:
        return layout
    crowded = len(previous.figures) >= FEWEST
    return replace(
        layout,
        figures=tuple(
            _like(figure, hero, sized=not crowded) if figure.subject == hero.subject else figure
            for figure in layout.figures
        ),
    )


def _like(figure: Figure, hero: Figure, *, sized: bool) -> Figure:
    if not sized:
        return replace(figure, colour=hero.colour)
    base = figure.y + figure.height / 2
    kept = replace(
        figure, colour=hero.colour, width=hero.width, height=hero.height, y=base - hero.height / 2
    )
    return inside(kept)
