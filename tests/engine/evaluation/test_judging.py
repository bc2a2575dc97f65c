"""The judge looks at whole pictures of any size and ranks captions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelFileError
from engine.evaluation.judging import Judge
from tests.engine.evaluation.judges import make_judge

CAPTIONS = ("a fox", "a boat at sea", "a knight in a cave")


def test_a_judge_embeds_pictures_and_ranks_their_captions(tmp_path: Path) -> None:
    judge = Judge.load(make_judge(tmp_path), CAPTIONS)
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(5)]
    judged = judge.judge(pictures, [0, 1, 2, 0, 1])
    assert np.allclose((judged.embeddings**2).sum(axis=1), 1, atol=1e-5)
    assert set(judged.rank.tolist()) <= {1, 2, 3}
    assert judged.right.hits == (judged.rank == 1).sum()
    alone = judge.judge(pictures[2:3], [2])
    assert np.allclose(alone.score, judged.score[2:3], atol=1e-5)


def test_pictures_are_reduced_by_area(tmp_path: Path) -> None:
    judge = Judge.load(make_judge(tmp_path), CAPTIONS)
    small = np.random.default_rng(2).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    large = small.repeat(4, axis=0).repeat(4, axis=1)
    assert np.allclose(judge.look_at([small]), judge.look_at([large]), atol=1e-5)


def test_a_damaged_judge_is_refused(tmp_path: Path) -> None:
    assert not Judge.is_there(tmp_path)
    folder = make_judge(tmp_path)
    assert Judge.is_there(folder)
    (folder / "judge.safetensors").write_bytes(b"no")
    with pytest.raises(ModelFileError, match="judge"):
        Judge.load(folder, CAPTIONS)
