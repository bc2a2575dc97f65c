from __future__ import annotations

import torch

from engine.training.codebook import CodebookEma


def test_idle_codes_are_restarted_from_latents() -> None:
    torch.manual_seed(0)

    class Holder:
        codebook = torch.full((8, 2), 50.0)

    holder = Holder()
    ema = CodebookEma(holder)  # type: ignore[arg-type]
    latents = torch.randn(1, 2, 16, 16)
    for _ in range(400):
        ema.update(latents, torch.zeros(1, 16, 16, dtype=torch.long))
    assert holder.codebook.abs().max() < 5
