"""Flagged pictures: each look has a verdict, and one is painted once more where that is wanted."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.api import events
from engine.errors import EngineError
from engine.image.check import Judgement
from engine.image.illustrator import Illustrator
from engine.image.picture import PictureRequest, Pixels, Prompt
from engine.storytelling.checks import check_illustrate, check_tell
from engine.storytelling.looking import Look
from engine.storytelling.painting import Pictures, Sitting
from engine.text.page import PageText

STARTER = Path(__file__).parents[3] / "engine" / "starter"
PAGE = PageText(number=1, text="Ember flew.", prompt="a dragon in a cave")
ASKED = PictureRequest(
    key=1, prompts=(Prompt("a dragon in a cave"),), seed=3, steps=1, cuts=2, width=128, height=128
)
WANTED = events.PictureCheck(("a dragon",), threshold=0.5, redraw=True)


class ScriptedCheck:
    """Answers with these certainties, one a picture, the last one for ever."""

    def __init__(self, *scores: float) -> None:
        self.scores = list(scores)

    def judge(self, pixels: Pixels, concepts: tuple[str, ...]) -> Judgement:
        return Judgement(
            concepts[0], self.scores.pop(0) if len(self.scores) > 1 else self.scores[0]
        )


@pytest.fixture(scope="module")
def illustrator() -> Illustrator:
    return Illustrator.load(STARTER, threads=1)


def painted(illustrator: Illustrator, look: Look | None) -> list[events.StoryEvent]:
    pictures = Pictures(illustrator, owner=("c", "p"), preview_seconds=100, look=look)
    pictures.add(Sitting(PAGE, ASKED))
    told = []
    for event in pictures.finish(lambda: False):
        if event is None:
            time.sleep(0.01)
        else:
            told.append(event)
    return told


def test_without_a_check_there_is_no_verdict(illustrator: Illustrator) -> None:
    assert Look.for_request(ScriptedCheck(1.0), None) is None
    assert Look.for_request(ScriptedCheck(1.0), events.PictureCheck()) is None
    assert [getattr(event, "verdict", 0) for event in painted(illustrator, None)] == [None, None]


def test_previews_and_pictures_carry_their_verdict(illustrator: Illustrator) -> None:
    look = Look(ScriptedCheck(0.9, 0.2), WANTED)
    preview, done = painted(illustrator, look)
    assert isinstance(preview, events.Preview)
    assert preview.verdict == events.PictureVerdict(True, "a dragon", 0.9)
    assert isinstance(done, events.PageDone)
    assert done.verdict == events.PictureVerdict(False, "a dragon", 0.2)


def test_a_flagged_picture_is_painted_once_more_and_only_the_second_one_is_done(
    illustrator: Illustrator,
) -> None:
    plain = painted(illustrator, None)[-1]
    told = painted(illustrator, Look(ScriptedCheck(0.9, 0.9, 0.1), WANTED))
    assert [type(event) for event in told] == [events.Preview, events.Preview, events.PageDone]
    done = told[-1]
    assert isinstance(done, events.PageDone)
    assert isinstance(plain, events.PageDone)
    assert done.verdict == events.PictureVerdict(False, "a dragon", 0.1)
    assert done.image != plain.image
    assert done.seed != plain.seed
    again = painted(illustrator, Look(ScriptedCheck(0.9, 0.9, 0.1), WANTED))[-1]
    assert isinstance(again, events.PageDone)
    assert again.image == done.image


def test_there_is_no_third_try(illustrator: Illustrator) -> None:
    told = painted(illustrator, Look(ScriptedCheck(0.9), WANTED))
    done = [event for event in told if isinstance(event, events.PageDone)]
    assert [page.verdict.flagged for page in done if page.verdict] == [True]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"check": events.PictureCheck(("x",) * 33)}, "33 things"),
        ({"check": events.PictureCheck(("",))}, "unwanted thing is empty"),
        ({"check": events.PictureCheck(("x" * 301,))}, "301 characters"),
        ({"check": events.PictureCheck(("x",), threshold=0.0)}, "between 0 and 1"),
        ({"check": events.PictureCheck(("x",), threshold=float("nan"))}, "between 0 and 1"),
        ({"banned": ("x",) * 1001}, "1001 banned words"),
        ({"banned": ("x\0",)}, "control"),
    ],
)
def test_what_cannot_be_checked_for_is_refused_in_one_line(
    fields: dict[str, object], message: str
) -> None:
    request = events.TellRequest("j", "a fox", **fields)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=message) as caught:
        check_tell(request, profile="starter")
    assert "\n" not in caught.value.message


def test_a_single_picture_is_checked_alike() -> None:
    prompts = (events.WeightedPrompt("a fox"),)
    request = events.IllustrateRequest("j", prompts, check=events.PictureCheck(("",)))
    with pytest.raises(EngineError, match="unwanted thing"):
        check_illustrate(request, profile="starter")
