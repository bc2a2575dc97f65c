"""Tiny language models with random weights, saved as published ones are."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

PROSE = [
    'The fox went into the dark wood. "Who is there?" asked the owl. The fox was afraid.',
    "A small fox sat by the river. The moon was bright! They went home, and all was well.",
] * 8
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save_writer(folder: Path, *, chats: bool = False) -> Path:
    """Save a tiny GPT-2 and its byte-level tokenizer, with a chat template where it ``chats``."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    marks = ["<|endoftext|>", *(("<|im_start|>", "<|im_end|>") if chats else ())]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=marks, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(PROSE, trainer)
    end = "<|im_end|>" if chats else "<|endoftext|>"
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end)
    if chats:
        fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    model = _make_model(tokenizer, fast.eos_token_id)
    model.save_pretrained(folder)
    return folder


def _make_model(tokenizer: Tokenizer, end: int) -> GPT2LMHeadModel:
    torch.manual_seed(0)
    config = GPT2Config(
        # Two rows more than words, as in models whose size was rounded up.
        vocab_size=tokenizer.get_vocab_size() + 2, n_positions=1024, n_embd=32, n_layer=2, n_head=2,
        bos_token_id=end, eos_token_id=end,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    # Words and full stops are likelier than odd bytes, so that sentences come about.
    likely = {i for text in PROSE for i in tokenizer.encode(text).ids} | {end}
    with torch.no_grad():
        model.transformer.ln_f.bias.fill_(1.0)
        model.transformer.wte.weight[sorted(likely)] += 0.05
    return model
