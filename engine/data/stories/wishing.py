"""How people type wishes: templates of each plot, and the looks of something typed in haste."""

from __future__ import annotations

import random

from engine.data.stories.lexicon import Plot, extra_wishes

_BARE = ("[a hero]", "[a hero]", "[hero]", "[a hero] and [a friend]", "[name-the]",
         "[a hero] [in place]", "[a hero] who [s:live] [in place]", "the [hero] [in place]",
         "[name-the] and [a friend]", "the [hero] and the [friend]")  # fmt: skip
_LEADS = ("Tell me a story about ", "a story about ", "Please tell a story about ",
          "I want a story about ", "Write about ", "story: ", "Can you tell me about ")  # fmt: skip


def wish_template(plot: Plot, rng: random.Random) -> str:
    """Draw how the plot is wished for; some wishes only say who it is about."""
    if rng.random() < 0.1 and "general" not in plot.flags:
        return rng.choice(_BARE)
    return rng.choice((*plot.wishes, *extra_wishes().get(plot.name, ())))


def type_wish(text: str, rng: random.Random, *, topic: bool) -> str:
    """Give a wish the looks of something people type; a ``topic`` may follow "a story about"."""
    lead = rng.choice(_LEADS) if topic and rng.random() < 0.2 else ""
    if (lead or rng.random() < 0.45) and text.split()[0] in ("A", "An", "The", "Two", "Three"):
        text = text[0].lower() + text[1:]
    text += rng.choice((".", "!")) if rng.random() < 0.12 else ""
    return lead + (text.lower() if rng.random() < 0.05 else text)
