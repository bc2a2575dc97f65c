"""What the published profiles consist of, and where each part is to be had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from engine.errors import EngineError
from engine.profiles import ClipPart, ProfileParts
from engine.supply.fetching import RemoteFile, unreachable

_TAMING = "https://heibox.uni-heidelberg.de/d/{}/files/?p=%2F{}&dl=1"
_F16_16384 = "a7530b09fed84f80a887"
_WORDS = ("tokenizer*", "vocab*", "merges.txt", "special_tokens_map.json")
CLIP_FILES = ("open_clip_config.json", "open_clip_model.safetensors", "*.model", *_WORDS)
WRITER_FILES = (
    "config.json", "generation_config.json", "*.safetensors", "*.safetensors.index.json", "*.jinja",
    *_WORDS,
)  # fmt: skip


# Older repositories have no safetensors; this one is read without running anything in it.
_OLDER_CLIP = "open_clip_pytorch_model.bin"


@dataclass(frozen=True)
class HubPart:
    """Files of a repository on the hub, at its root, that go into a folder of the profile."""

    folder: str
    repository: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Supply:
    """A profile's parts, and where they come from."""

    parts: ProfileParts
    hub: tuple[HubPart, ...]
    files: tuple[RemoteFile, ...]


_VQGAN = (
    RemoteFile("vqgan.yaml", _TAMING.format(_F16_16384, "configs%2Fmodel.yaml")),
    RemoteFile("vqgan.ckpt", _TAMING.format(_F16_16384, "ckpts%2Flast.ckpt")),
)

SUPPLIES = {
    "classic": Supply(
        ProfileParts(),
        (
            HubPart("clip", "timm/vit_base_patch32_clip_224.openai", CLIP_FILES),
            HubPart("writer", "openai-community/gpt2", WRITER_FILES),
        ),
        _VQGAN,
    ),
    "studio": Supply(
        ProfileParts(
            clips=(ClipPart("clip"), ClipPart("clip-siglip", 0.5)), side=512, steps=300, cuts=32
        ),
        (
            HubPart("clip", "laion/CLIP-ViT-B-16-laion2B-s34B-b88K", CLIP_FILES),
            HubPart("clip-siglip", "timm/ViT-B-16-SigLIP", CLIP_FILES),
            HubPart("writer", "Qwen/Qwen3-4B-Instruct-2507", WRITER_FILES),
        ),
        _VQGAN,
    ),
}


def supply_of(profile: str) -> Supply:
    """Return what a profile consists of; ``EngineError("bad_input")`` for others."""
    if profile not in SUPPLIES:
        known = " or ".join(SUPPLIES)
        raise EngineError("bad_input", f'There is no profile "{profile}" to pull: use {known}.')
    return SUPPLIES[profile]


def hub_files(part: HubPart) -> list[RemoteFile]:
    """List a part's files as they are now on the hub, with the sizes and hashes it tells.

    Raises ``EngineError("unavailable")`` where the hub does not answer, lacks the repository, or
    has no weights in it.
    """
    there = {file.path.rpartition("/")[2]: file for file in _listed(part)}
    wanted = [name for name in there if any(fnmatch(name, p) for p in part.patterns)]
    if not any(name.endswith(".safetensors") for name in wanted):
        wanted += [name for name in (_OLDER_CLIP,) if name in there]
        if _OLDER_CLIP not in wanted:
            raise EngineError("unavailable", f"The hub's {part.repository} holds no safetensors.")
    return [there[name] for name in wanted]


def _listed(part: HubPart) -> Iterator[RemoteFile]:
    from huggingface_hub import HfApi, hf_hub_url

    # All of these are open to everybody: nobody's token need travel.
    api = HfApi(token=False)
    try:
        info: Any = api.model_info(part.repository, files_metadata=True, timeout=30)
    # The library's own errors and those of the HTTP client it happens to use.
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise unreachable(f"The hub's {part.repository}", reason) from None
    for sibling in info.siblings or ():
        name = str(sibling.rfilename)
        if "/" in name:
            continue
        yield RemoteFile(
            path=f"{part.folder}/{name}".lstrip("/"),
            # A commit's own address: what has come in part still fits tomorrow.
            url=hf_hub_url(part.repository, name, revision=info.sha, endpoint=api.endpoint),
            size=sibling.size,
            sha256=sibling.lfs.sha256 if sibling.lfs else "",
            git="" if sibling.lfs else sibling.blob_id or "",
        )
