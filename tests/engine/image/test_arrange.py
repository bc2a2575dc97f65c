"""Arrangement of figures: sides, twins, depth; always inside the picture."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.image.arrange import arrange, obey_sides, part_twins, uncover
from engine.image.layout import Figure, Layout
from engine.image.prompts import Wanted, WantedFigure

CAT, DOG = Figure("cat", x=0.3, width=0.4), Figure("dog", x=0.7, width=0.4)

boxes = st.builds(
    Figure,
    st.sampled_from(("cat", "dog", "owl")),
    st.none(),
    x=st.floats(0.2, 0.8),
    y=st.floats(0.3, 0.7),
    width=st.floats(0.05, 0.9),
    height=st.floats(0.05, 0.9),
)


def test_a_picture_that_is_as_wanted_stays_as_it_is() -> None:
    assert obey_sides([CAT, DOG], ["left", "right"]) == [CAT, DOG]


def test_a_picture_is_mirrored_where_that_is_enough() -> None:
    cat, dog = obey_sides([CAT, DOG], ["right", ""])
    assert (cat.x, cat.flip, dog.x) == (0.7, True, 1 - 0.7)


def test_figures_behind_are_drawn_first_smaller_and_partly_covered() -> None:
    wanted = Wanted(None, None, None, (WantedFigure("cat"), WantedFigure("dog")), ((0, 1),))
    layout = arrange(Layout(figures=(DOG, CAT)), wanted)
    cat, dog = layout.figures
    assert (cat.subject, dog) == ("cat", DOG)
    assert cat.height < CAT.height
    assert 0 < (cat.width + dog.width) / 2 - abs(cat.x - dog.x) < cat.width


def test_twins_do_not_hide_each_other() -> None:
    twins = part_twins([CAT, CAT, CAT])
    assert sorted(f.x for f in twins) == [f.x for f in sorted(twins, key=lambda f: f.x)]
    assert len({f.x for f in twins}) == 3
    assert max(f.width for f in twins) < CAT.width


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(boxes, st.sampled_from(("left", "right", "middle", ""))), max_size=3))
def test_sides_are_obeyed_wherever_the_figures_were(parts: list[tuple[Figure, str]]) -> None:
    sides = [side for _, side in parts]
    figures = obey_sides([figure for figure, _ in parts], sides)
    for figure, side in zip(figures, sides, strict=True):
        if sides.count(side) > 1:
            continue
        assert side != "left" or figure.x < 0.5
        assert side != "right" or figure.x > 0.5
        assert side != "middle" or len(parts) > 2 or 0.4 < figure.x < 0.6


def test_a_thing_hidden_behind_somebody_comes_out() -> None:
    boat = Figure("boat", None, 0.5, 0.7, 0.2, 0.2)
    cat = Figure("cat", None, 0.52, 0.7, 0.4, 0.5)
    wanted = Wanted(None, None, None, (WantedFigure("cat"), WantedFigure("boat")))
    seen = {f.subject: f for f in arrange(Layout(figures=(boat, cat)), wanted).figures}
    assert seen["boat"].x + seen["boat"].width / 2 <= seen["cat"].x - seen["cat"].width / 2
    assert uncover([CAT, DOG]) == [CAT, DOG]
