"""The writer of general language models: tiny ones with random weights, saved as published ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import ModelFileError
from engine.text.asking import as_chat, as_text
from engine.text.language import LanguageOptions, LanguageWriter
from engine.text.page import PageOrder, PageText
from tests.engine.text.tiny_models import save_writer

IDEA = "a fox who is afraid of the dark"
SHORT = LanguageOptions(
    least_words=8, most_words=16, max_page_tokens=80, max_sentence_tokens=20, max_prompt_tokens=16
)
KINDS = pytest.mark.parametrize("kind", ["plain", "chat"])


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("writers")
    return {kind: save_writer(root / kind, chats=kind == "chat") for kind in ("plain", "chat")}


@pytest.fixture(scope="module")
def writers(folders: dict[str, Path]) -> dict[str, LanguageWriter]:
    return {k: LanguageWriter.load(str(folder), options=SHORT) for k, folder in folders.items()}


def write(
    writer: LanguageWriter,
    *,
    number: int = 1,
    should_stop: Callable[[], bool] = lambda: False,
    **changes: Any,
) -> list[str | PageText]:
    order = replace(PageOrder(IDEA, pages=3, number=number, seed=1), **changes)
    return list(writer.write_page(order, should_stop=should_stop))


def page_of(pieces: Sequence[str | PageText]) -> PageText:
    assert isinstance(pieces[-1], PageText)
    return pieces[-1]


@KINDS
def test_words_stream_and_make_a_page_that_ends_with_a_sentence(
    writers: dict[str, LanguageWriter], kind: str
) -> None:
    *words, page = write(writers[kind])
    assert isinstance(page, PageText)
    assert "".join(map(str, words)) == page.text
    assert len(words) >= 8
    assert page.text[-1] in ".!?\"'"
    assert "\n" not in page.text
    assert page.prompt
    assert "<|" not in page.text + page.prompt


@KINDS
def test_the_same_seed_writes_the_same_page_and_another_another(
    folders: dict[str, Path], writers: dict[str, LanguageWriter], kind: str
) -> None:
    first = page_of(write(writers[kind], seed=4))
    again = page_of(write(LanguageWriter.load(str(folders[kind]), options=SHORT), seed=4))
    assert first == again
    assert page_of(write(writers[kind], seed=5)).text != first.text


@KINDS
def test_avoided_and_banned_words_do_not_appear(
    writers: dict[str, LanguageWriter], kind: str
) -> None:
    told = re.findall(r"[a-z]{4,}", page_of(write(writers[kind])).text.lower())
    avoid, other = list(dict.fromkeys(told))[:2]
    banned = (f"{other[:3]}*",)
    page = page_of(write(writers[kind], avoid=avoid, banned=banned))
    said = set(re.findall(r"\w+", f"{page.text} {page.prompt}".lower()))
    assert avoid not in said
    assert not any(word.startswith(other[:3]) for word in said)


@KINDS
def test_it_stops_at_the_next_token(writers: dict[str, LanguageWriter], kind: str) -> None:
    asked = 0

    def stop_after_five() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    pieces = write(writers[kind], should_stop=stop_after_five)
    assert asked == 6
    assert not any(isinstance(piece, PageText) for piece in pieces)


@KINDS
def test_a_long_story_leaves_its_oldest_pages_out(
    writers: dict[str, LanguageWriter], kind: str
) -> None:
    writer = writers[kind]
    home = "The fox went home. " * 20
    before = tuple(PageText(n, f"Page {n}. {home}", "a fox") for n in range(1, 9))
    order = PageOrder(IDEA, 9, 9, 1, before)
    laid_out = writer._vocabulary.decode(writer._fit(order))
    assert "Page 8." in laid_out
    assert "Page 1." not in laid_out
    assert page_of(write(writer, number=9, pages=9, before=before)).number == 9


def test_a_text_says_what_the_story_is_and_where_it_is() -> None:
    told = (PageText(1, "It was night.", "x"), PageText(2, "It was day.", "x"))
    order = PageOrder("Tell me a story about a fox.\n", 3, 3, 1, told, "a storm begins")
    text = as_text(order)
    assert text.startswith("The Fox\n\nA story for children in 3 short parts, about a fox.\n")
    assert "Part 1\n\nIt was night.\n\nPart 2\n\nIt was day.\n" in text
    assert text.endswith("Part 3, the end: a storm begins\n\n")


def test_a_chat_asks_for_each_page_and_tells_what_was_written() -> None:
    told = (PageText(1, "It was night.", "x"),)
    order = PageOrder(IDEA, 3, 2, 1, told, "a storm begins", avoid="owls")
    messages = as_chat(order)
    assert [m["role"] for m in messages] == ["user", "assistant", "user"]
    assert IDEA in messages[0]["content"]
    assert "owls" in messages[0]["content"]
    assert messages[1]["content"] == "It was night."
    assert messages[2]["content"] == "Page 2 of 3. What happens now: a storm begins."


def test_the_models_own_template_is_used(writers: dict[str, LanguageWriter]) -> None:
    vocabulary = writers["chat"]._vocabulary
    ids = vocabulary.chat([{"role": "user", "content": "Page 1."}])
    told = vocabulary.tokenizer.decode(ids)
    assert told == "<|im_start|>user\nPage 1.<|im_end|>\n<|im_start|>assistant\n"
    assert not writers["plain"]._vocabulary.chats


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def _lack(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights.pop("transformer.h.0.mlp.c_fc.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _other_size(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["n_embd"] = 64
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _pickled(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _own_code(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"model_type": "own", "auto_map": {"AutoModelForCausalLM": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "own.py").write_text("raise SystemExit('ran')", encoding="utf-8")


@pytest.mark.parametrize(
    "spoil",
    [_cut, _lack, _other_size, _pickled, _own_code, lambda f: (f / "config.json").unlink(),
     lambda f: (f / "tokenizer.json").unlink()],
    ids=["cut", "lack", "other-size", "pickled", "own-code", "no-config", "no-tokenizer"],
)  # fmt: skip
def test_a_bad_folder_is_refused_in_one_line(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    folder = save_writer(tmp_path / "writer")
    spoil(folder)
    with pytest.raises(ModelFileError) as caught:
        LanguageWriter.load(str(folder))
    assert str(folder) in caught.value.message
    assert "\n" not in caught.value.message
