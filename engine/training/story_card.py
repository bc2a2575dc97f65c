"""What the card of a story model says."""

from __future__ import annotations

from collections.abc import Mapping

from engine.models.story import StoryModelParams

_GENERATED = (
    "Stories of the project's own generator ({plots} plots, many wordings, own word lists), told "
    "anew at each view, with wishes, beats and picture prompts ({share:.0%} of the samples)."
)
_CORPUS = (
    " Besides, as plain prose, and one in seven for a guessed wish with names swapped: TinyStories "
    "(Eldan and Li 2023; CDLA-Sharing-1.0, whose results, such as trained models, are "
    "unrestricted; {tiny:.0%} of the samples), and a little "
    "of SimpleStories (Finke et al. 2025; MIT), fables of TinyFabulist (MIT; written by models "
    "under Apache-2.0 and MIT licences), picture books of Pratham Books' StoryWeaver and of "
    "African Storybook (CC-BY; with thanks to their authors), and old tales in the public domain "
    "(Project Gutenberg, Standard Ebooks)."
)


def card_sections(
    params: StoryModelParams, *, figures: Mapping[str, float], training: str, corpus: bool,
    shares: Mapping[str, float],
) -> dict[str, str | Mapping[str, object]]:  # fmt: skip
    """Write the sections of a card: what, data, recipe, figures, limits, licence.

    ``shares`` are the parts of the mix by kind of prose.
    """
    names = {"generated": "held-out generated stories (wish and plot given)",
             "tinystories_valid": "TinyStories validation part (no wish)"}  # fmt: skip
    rows: dict[str, object] = {"training": training}
    rows |= {
        f"bits a byte after int8, {names[key]}": f"{value:.3f}" for key, value in figures.items()
    }
    data = _GENERATED.format(plots=len(params.plots), share=shares["storybook"] if corpus else 1)
    return {
        "What": (
            f"A wish to a storybook page and its picture prompt: GPT-2 architecture, "
            f"{params.layers} layers of {params.width}, context {params.context}, byte-level BPE "
            f"of {params.vocabulary:,} tokens, tied embeddings, int8 safetensors. Hero, friend, "
            "place, thing and deed of the wish are role tokens, spelt when the prose is done; "
            "plot and beat are control tokens."
        ),
        "Data": data + (_CORPUS.format(tiny=shares["tiny"]) if corpus else " No other text."),
        "Recipe": (
            "`pagewright train story`: next-token loss on pages (the wish is masked, the choice "
            "of the plot weighs more), AdamW with warm-up and cosine, bfloat16, batches of like "
            "length; the export is the best by held-out bits a byte."
        ),
        "Figures": rows,
        "Limits": "English for small children. It knows its plots best; it does not know facts.",
        "Licence": (
            "Weights under the project's MIT licence. None of the text it was trained on is "
            "shipped with it."
        ),
    }
