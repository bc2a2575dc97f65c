"""What a page may be for."""

from __future__ import annotations

import pytest

from engine.text.beats import fitting_beats, plan_of


@pytest.mark.parametrize("pages", range(1, 9))
def test_stories_begin_and_end(pages: int) -> None:
    begin = fitting_beats(number=1, pages=pages, directed=False)
    end = fitting_beats(number=pages, pages=pages, directed=False)
    assert begin[0] in ("begin", "short", "short1")
    assert end[0] in ("end", "short", "short2", "close")


@pytest.mark.parametrize("pages", range(1, 5))
def test_short_stories_go_by_their_plan(pages: int) -> None:
    plan = plan_of(pages)
    assert plan is not None
    for number, beat in enumerate(plan, 1):
        assert beat in fitting_beats(number=number, pages=pages, directed=False)


def test_a_page_that_a_listener_directs_goes_on() -> None:
    assert fitting_beats(number=5, pages=8, directed=True) == ("filler",)
