"""What the card of a story model says."""

from __future__ import annotations

from collections.abc import Mapping

from engine.models.story import StoryModelParams

_GENERATED = (
    "Stories of the project's own generator (60 plots, many wordings, own word lists), told anew "
    "at each view, with wishes and picture prompts."
)
_CORPUS = (
    " Besides, with names swapped: TinyStories (Eldan and Li 2023; CDLA-Sharing-1.0, whose "
    "results, such as trained models, are unrestricted), SimpleStories (Finke et al. 2025; MIT), "
    "fables of TinyFabulist (MIT; written by models under Apache-2.0 and MIT licences), picture "
    "books of Pratham Books' StoryWeaver and of African Storybook (CC-BY; with thanks to their "
    "authors), and old tales in the public domain (Project Gutenberg, Standard Ebooks)."
)


def card_sections(
    params: StoryModelParams, *, figures: Mapping[str, float], training: str, corpus: bool
) -> dict[str, str | Mapping[str, object]]:
    """Write the sections of a card: what, data, recipe, figures, limits, licence."""
    names = {"generated": "held-out generated stories (wish given)",
             "tinystories_valid": "TinyStories validation part (no wish)"}  # fmt: skip
    rows: dict[str, object] = {"training": training}
    rows |= {f"bits a byte, {names[key]}": f"{value:.3f}" for key, value in figures.items()}
    return {
        "What": (
            f"A wish to a storybook page and its picture prompt: GPT-2 architecture, "
            f"{params.layers} layers of {params.width}, context {params.context}, byte-level BPE "
            f"of {params.vocabulary:,} tokens, tied embeddings, int8 safetensors. Words of the "
            "wish are pointer tokens, so that names and things are copied whole."
        ),
        "Data": _GENERATED + (_CORPUS if corpus else " No other text."),
        "Recipe": (
            "`pagewright train story`: next-token loss on pages (the wish is masked), AdamW with "
            "warm-up and cosine, bfloat16, batches of like length; the export is the best by "
            "held-out bits a byte."
        ),
        "Figures": rows,
        "Limits": "English for small children. It knows its plots best; it does not know facts.",
        "Licence": (
            "Weights under the project's MIT licence. None of the text it was trained on is "
            "shipped with it."
        ),
    }
