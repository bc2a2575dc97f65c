"""A whole profile of tiny published models, as ``models pull`` leaves it."""

from __future__ import annotations

from pathlib import Path

from engine.profiles import ClipPart, ProfileParts, record_all_sums, write_parts
from engine.supply.importing import import_vqgan
from tests.engine.image.tiny_clips import save_clip, save_siglip
from tests.engine.models.tiny_taming import save_published
from tests.engine.text.tiny_models import save_writer


def save_profile(folder: Path, *, chats: bool = False) -> Path:
    """Make a profile of 32 px pictures that two CLIPs guide, and a writer that goes on or chats."""
    save_clip(folder / "clip")
    save_siglip(folder / "clip-siglip")
    save_writer(folder / "writer", chats=chats)
    checkpoint = save_published(folder / "published")
    import_vqgan(checkpoint, out=folder / "vqgan.safetensors")
    clips = (ClipPart("clip"), ClipPart("clip-siglip", 0.5))
    write_parts(folder, ProfileParts(clips=clips, side=32, steps=3, cuts=2))
    record_all_sums(folder)
    return folder
