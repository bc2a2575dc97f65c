"""Reads PyTorch checkpoints that strangers made: tensors only, no code of theirs ever runs."""

from __future__ import annotations

import pickle
import pickletools
import re
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

CALLBACKS = ("pytorch_lightning.callbacks.", "lightning.pytorch.callbacks.")
"""Classes of these modules name the entries of a Lightning checkpoint; nothing reads them."""
_LEGACY_PICKLES = 5
_FEW = 4


class CheckpointError(ValueError):
    """A checkpoint or configuration that cannot be used; one line that names file and reason."""


class _Inert:
    """Stands where a checkpoint names one of Lightning's own classes; does nothing, keeps nothing.

    It takes whatever a pickle gives to such a class.
    """

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a ``.ckpt`` or ``.pt`` file, memory-mapped where it is a zip.

    Of a Lightning checkpoint these are its ``state_dict``. Raises ``CheckpointError`` where the
    file is missing, damaged, or its pickle names anything but tensors and Lightning's callbacks.
    """
    if not path.is_file():
        raise CheckpointError(f"There is no file {path}")
    try:
        loaded = _load(path, _foreign_names(path))
    except CheckpointError:
        raise
    except pickle.UnpicklingError as error:
        raise CheckpointError(_refusal(path, error)) from None
    # A damaged or hostile file makes the unpickler raise whatever it likes.
    except Exception as error:
        raise CheckpointError(f"{path} is damaged or no checkpoint ({_line(error)})") from None
    return _tensors(loaded, path)


def _foreign_names(path: Path) -> list[str]:
    """List what a checkpoint's pickle names beyond tensors; ``CheckpointError`` if not allowed."""
    if not zipfile.is_zipfile(path):
        return [name for name in _legacy_names(path) if name.startswith(CALLBACKS)]
    with zipfile.ZipFile(path) as file:
        if any(member.compress_type != zipfile.ZIP_STORED for member in file.infolist()):
            # PyTorch compresses nothing: a small file must not become a large one.
            raise CheckpointError(f"{path} is refused: it is compressed, as no checkpoint is")
    names = sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    refused = [name for name in names if not name.startswith(CALLBACKS)]
    if refused:
        raise CheckpointError(_refused(path, refused))
    return names


def _legacy_names(path: Path) -> set[str]:
    """List what the pickles of a file from before PyTorch 1.6 name, a row of them and no zip."""
    names: set[str] = set()
    with path.open("rb") as file:
        for _ in range(_LEGACY_PICKLES):
            for opcode, argument, _ in pickletools.genops(file):
                if opcode.name == "GLOBAL":
                    names.add(str(argument).replace(" ", "."))
    return names


def _load(path: Path, names: list[str]) -> Any:
    stand_ins: list[Any] = [(type("Inert", (_Inert,), {}), name) for name in names]
    with torch.serialization.safe_globals(stand_ins):
        return torch.load(
            path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
        )


def _refusal(path: Path, error: pickle.UnpicklingError) -> str:
    named = re.search(r"GLOBAL ([\w.]+)", str(error))
    if named:
        return _refused(path, [named[1]])
    return f"{path} is refused: its pickle holds more than tensors ({_line(error)})"


def _refused(path: Path, names: list[str]) -> str:
    shown = ", ".join(name[:80] for name in names[:_FEW])
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{path} is refused: its pickle names {shown}{more}, and code in it might run"


def _tensors(loaded: object, path: Path) -> dict[str, Tensor]:
    """Return the tensors by name of what a file held."""
    with suppress(KeyError, TypeError):
        loaded = loaded["state_dict"]  # type: ignore[index]
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path} holds no state_dict")
    tensors = {str(k): v.detach() for k, v in loaded.items() if isinstance(v, Tensor)}
    for name, tensor in tensors.items():
        # A stride of zero would make a small file a large model.
        if tensor.layout != torch.strided or (
            tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes()
        ):
            raise CheckpointError(f"{path} holds less than the tensor {name[:80]} needs")
    return tensors


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text.split(" In file ", maxsplit=1)[0][:100].rstrip(" .")
