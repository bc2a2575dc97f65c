"""Captions for the judge: those of the renderer, said more loosely, as people type prompts.

A judge that knew the templates only would stumble over every other word; so words that say nothing
of what is seen are put in between, and times, weathers and colours are said in further ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.data.captions import caption
from engine.image.layout import Layout
from engine.image.vocabulary import (
    COLOUR_WORDS,
    SUBJECTS,
    TIMES,
    WEATHERS,
    place_words,
    synonyms,
)
from engine.image.words import plural

# What is done, how, and with what feeling; none of it can be told from the scenes of the renderer.
_ACTIONS = (
    "asleep", "awake", "sleeping", "running", "jumping", "hiding", "dancing", "singing", "resting",
    "reading", "eating", "drinking", "waiting", "sitting", "standing", "walking", "flying",
    "swimming", "playing", "looking around", "looking up", "dreaming", "laughing", "crying",
    "smiling", "yawning", "hopping", "climbing", "searching", "wandering", "exploring", "resting",
    "listening", "watching", "thinking", "working", "cooking", "digging", "gliding", "sailing",
    "travelling", "going home", "coming home", "on its way", "having a picnic", "on holiday",
    "telling a story", "looking for a friend", "waiting for a friend", "having fun",
    "lost in thought",
    "who is afraid", "who cannot sleep", "that smiles", "that shines", "standing guard", "rests",
    "waits", "hides", "runs", "jumps", "sings", "dances", "sleeps", "walks", "sits", "watches",
    "looks up", "wanders", "plays", "dreams", "floats", "flies", "swims", "stands still",
)  # fmt: skip
_MANNERS = (
    "all alone", "happily", "quietly", "together", "very", "softly", "slowly", "proudly", "sadly",
    "at last", "again", "just", "once more", "far from home", "side by side", "for the first time",
    "with a smile", "one day", "today", "still", "almost", "only", "carefully", "gently", "there",
    "here", "now", "while", "as", "with", "who", "that", "next to", "close to", "behind",
    "for", "has", "is", "are", "has found", "tries to", "wants to", "begins to", "and then",
)  # fmt: skip
_LOOKS = (
    "happy", "sad", "lonely", "brave", "shy", "sleepy", "young", "cute", "friendly", "clever",
    "curious", "proud", "funny", "gentle", "kind", "hungry", "tired", "lost", "wild", "magic",
    "beautiful", "pretty", "quiet", "famous", "silly", "grumpy", "fluffy", "fat", "thin",
    "tall", "round", "strange", "lovely", "cosy", "new", "tiny", "huge", "wise", "merry", "jolly",
)  # fmt: skip
_STYLES = (
    "drawing of", "watercolour of", "children's book page:", "picture book,", "a cosy scene with",
    "once upon a time", "a story about", "the tale of", "imagine", "draw me", "paint", "show me",
    "a cute picture of", "a page with", "there is", "here comes", "look,", "a scene of",
)  # fmt: skip
_ARTICLES = ("the", "one", "my", "this", "our", "some", "another")
_TIMES = {
    "dawn": ("as the sun rises", "early one morning", "at daybreak", "before breakfast",
             "in the first light", "one morning", "at first light"),
    "day": ("in daylight", "at midday", "one fine day", "in the middle of the day", "at lunchtime"),
    "sunset": ("as the sun goes down", "one evening", "at twilight", "in the evening light",
               "at the end of the day", "in the last light", "when the sun sets"),
    "night": ("one night", "in the moonlight", "on a starry night", "late at night", "at bedtime",
              "in the middle of the night", "on a dark night", "under the moon", "after dark"),
}  # fmt: skip
_WEATHERS = {
    "clear": ("in good weather",),
    "cloudy": ("on a cloudy day", "under grey clouds", "when the sky is grey", "on a dull day"),
    "rain": ("on a rainy day", "as rain falls", "in heavy rain", "on a wet day", "in a downpour",
             "in stormy weather", "while it is raining"),
    "snow": ("on a snowy day", "in a snowstorm", "while it is snowing", "in winter",
             "as flakes fall", "in a blizzard", "on a cold winter day", "through the falling snow"),
    "fog": ("on a foggy day", "on a misty morning", "in thick fog", "in the haze",
            "as mist drifts"),
    "rainbow": ("with a rainbow", "after the rain, a rainbow", "a rainbow overhead",
                "beneath a rainbow", "and a rainbow in the sky"),
}  # fmt: skip


def loose_caption(layout: Layout, rng: np.random.Generator) -> str:
    """Say a layout in one of many ways, a third of them exactly as the renderer says it."""
    text = caption(layout, rng)
    if rng.random() < 1 / 3:
        return text
    text = _say_otherwise(text, layout, rng)
    words = text.split()
    if rng.random() < 0.3:
        words = [_other_article(w, rng) for w in words]
    words = _put_in(words, rng, int(rng.integers(0, 4)))
    if rng.random() < 0.1:
        words = [w for w in words if w not in ("a", "an", "the")]
    lead = [_choice(rng, _STYLES)] if rng.random() < 0.15 else []
    return " ".join([*lead, *words])


def judge_texts(
    layouts: Sequence[Layout], rng: np.random.Generator, *, count: int
) -> Iterator[str]:
    """Yield loose captions of random layouts, then every word that names a subject or a place."""
    for _ in range(count):
        yield loose_caption(layouts[int(rng.integers(len(layouts)))], rng)
    for word in (*synonyms(), *place_words(), *COLOUR_WORDS, *_ACTIONS, *_MANNERS, *_LOOKS):
        yield from (word, plural(word) if word in SUBJECTS else word)


def _choice(rng: np.random.Generator, items: Sequence[str]) -> str:
    return items[int(rng.integers(len(items)))]


def _say_otherwise(text: str, layout: Layout, rng: np.random.Generator) -> str:
    """Replace the time, the weather and the colours that a caption says by other words for them."""
    said = ((TIMES[layout.time], _TIMES[layout.time]),
            (WEATHERS[layout.weather][1:], _WEATHERS[layout.weather]))  # fmt: skip
    for usual, others in said:
        if rng.random() < 0.5:
            phrase = next((p for p in sorted(usual, key=len, reverse=True) if p in text), None)
            text = text.replace(phrase, _choice(rng, others), 1) if phrase else text
    for figure in layout.figures:
        colours = [w for w, colour in COLOUR_WORDS.items() if colour == figure.colour]
        if figure.colour and colours and rng.random() < 0.2:
            text = text.replace(f"{figure.colour} ", f"{_choice(rng, colours)} ", 1)
    return text


def _other_article(word: str, rng: np.random.Generator) -> str:
    return _choice(rng, _ARTICLES) if word in ("a", "an") and rng.random() < 0.6 else word


def _put_in(words: list[str], rng: np.random.Generator, count: int) -> list[str]:
    """Put words that show nothing between others."""
    for _ in range(count):
        kind = (_ACTIONS, _MANNERS, _LOOKS)[int(rng.integers(3))]
        at = int(rng.integers(len(words) + 1))
        words = [*words[:at], *_choice(rng, kind).split(), *words[at:]]
    return words
