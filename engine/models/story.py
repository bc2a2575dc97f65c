"""Story model: the GPT-2 architecture (Radford et al. 2019) through transformers."""

from __future__ import annotations

from dataclasses import dataclass, field

from transformers import GPT2Config, GPT2LMHeadModel


@dataclass(frozen=True)
class StoryModelParams:
    """Size of a story model; ``context`` is the longest sequence in tokens.

    ``plots`` names the plots that it has learnt to choose from, each with its beats in order;
    ``roles`` which of them speak of the wish's thing or deed; ``clues`` tells how much words of
    a wish speak for which of them (log-odds).
    """

    vocabulary: int = 3520
    context: int = 512
    width: int = 256
    layers: int = 5
    heads: int = 4
    dropout: float = 0.0
    plots: dict[str, tuple[str, ...]] = field(default_factory=dict)
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clues: dict[str, dict[str, float]] = field(default_factory=dict)


def build_story_model(params: StoryModelParams) -> GPT2LMHeadModel:
    """Build a language model with tied embeddings and fresh weights."""
    config = GPT2Config(
        vocab_size=params.vocabulary,
        n_positions=params.context,
        n_embd=params.width,
        n_layer=params.layers,
        n_head=params.heads,
        resid_pdrop=params.dropout,
        embd_pdrop=params.dropout,
        attn_pdrop=0.0,  # scaled-dot-product attention on CPUs has no fast path with dropout
        bos_token_id=None,
        eos_token_id=None,
        activation_function="gelu_pytorch_tanh",  # GPT-2's own, in one fused operation
        attn_implementation="sdpa",
    )
    return GPT2LMHeadModel(config)
