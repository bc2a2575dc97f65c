"""Accents in the free corners of a scene."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.image.accents import with_accents
from engine.image.layout import Figure, Layout
from engine.image.names import Names
from engine.image.vocabulary import PLACES
from engine.models.draft import FIGURES

FOX = Figure("fox", None, 0.5, 0.7, 0.3, 0.4)
SHARES = st.floats(0.1, 0.9)


def test_a_night_gets_its_moon_and_a_beach_its_palm_tree() -> None:
    scene = with_accents(Layout("beach", "night", "clear", 0.6, (FOX,)), seed=1)
    subjects = [figure.subject for figure in scene.figures]
    assert subjects[0] in ("moon", "crescent moon")
    assert subjects[1:] == ["palm tree", "fox"]


def test_rooms_stay_as_they_are_and_what_is_there_is_not_doubled() -> None:
    room = Layout("bedroom", "night", "clear", 0.6, (FOX,))
    assert with_accents(room, seed=1) == room
    moon = Figure("moon", None, 0.3, 0.2, 0.2, 0.2)
    scene = with_accents(Layout("meadow", "night", "clear", 0.6, (moon, FOX)), seed=1)
    assert sum("moon" in figure.subject for figure in scene.figures) == 1


@given(
    place=st.sampled_from(sorted(PLACES)),
    time=st.sampled_from(("dawn", "day", "sunset", "night")),
    weather=st.sampled_from(("clear", "cloudy", "rain", "snow", "rainbow")),
    horizon=st.floats(0.3, 0.8),
    boxes=st.lists(st.tuples(SHARES, SHARES, SHARES, SHARES), min_size=1, max_size=FIGURES),
    seed=st.integers(0, 2**32 - 1),
)
def test_accents_never_push_a_figure_out_and_are_the_same_for_a_seed(
    place: str,
    time: str,
    weather: str,
    horizon: float,
    boxes: list[tuple[float, float, float, float]],
    seed: int,
) -> None:
    figures = tuple(Figure("fox", None, *box) for box in boxes)
    layout = Layout(place, time, weather, horizon, figures)
    scene = with_accents(layout, seed=seed)
    assert scene == with_accents(layout, seed=seed)
    assert scene.figures[len(scene.figures) - len(figures) :] == figures
    assert len(scene.figures) <= FIGURES
    assert {figure.subject for figure in scene.figures} <= set(Names.current().subjects)


def test_a_rainbow_is_two_halves_behind_the_figures_where_there_is_room() -> None:
    wet = Layout("meadow", "day", "rainbow", 0.6, (FOX,), backdrop=2)
    scene = with_accents(wet, seed=1)
    left, right, fox = scene.figures
    assert (left.subject, right.subject, fox) == ("rainbow", "rainbow", FOX)
    assert left.x < right.x
    assert left.flip != right.flip
    assert scene.weather == "clear"
    crowd = Layout("meadow", "day", "rainbow", 0.6, (FOX,) * (FIGURES - 1), backdrop=2)
    assert with_accents(crowd, seed=1) == crowd


def test_a_view_of_a_place_has_all_it_needs() -> None:
    beach = Layout("beach", "night", "clear", PLACES["beach"].horizon, (FOX,), backdrop=3)
    assert with_accents(beach, seed=1) == beach
