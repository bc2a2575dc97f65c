from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.api import convert, events
from engine.api import story_engine_pb2 as pb

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
int32 = st.integers(-(2**31), 2**31 - 1)
seed = st.integers(0, 2**64 - 1)
single = st.floats(width=32, allow_nan=False)
picture = st.binary(max_size=20)
latents = st.builds(
    events.Latents,
    height=int32,
    width=int32,
    codes=st.lists(st.integers(0, 2**32 - 1), max_size=4).map(tuple),
)
texts = st.lists(text, max_size=3).map(tuple)
checks = st.builds(events.PictureCheck, texts, single, st.booleans())
verdicts = st.builds(events.PictureVerdict, st.booleans(), text, single)
BY_TYPE = {str: text, int: int32, float: single, bytes: picture, events.Latents: latents}


def filled(kind: type, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Build a wire dataclass with every field set, by its annotation where not given."""
    by_name = {type_.__name__: strategy for type_, strategy in BY_TYPE.items()}
    by_name |= {"bool": st.booleans(), "seed": seed, "tuple[str, ...]": texts}
    by_name |= {"PictureCheck | None": st.none() | checks}
    by_name |= {"PictureVerdict | None": st.none() | verdicts}
    by_name |= {"Latents | None": st.none() | latents, "Margins": margins}
    for simple in ("str", "int", "float", "bool"):
        by_name[f"{simple} | None"] = st.none() | by_name[simple]
    for name, annotation in kind.__annotations__.items():
        if name not in fields:
            fields[name] = seed if name == "seed" else by_name[annotation]
    return st.builds(kind, **fields)


margins = st.builds(events.Margins, int32, int32, int32, int32)
stages = st.lists(st.builds(events.Stage, single, single), max_size=2).map(tuple)
options = filled(events.PaintOptions, stages=stages, shares=st.lists(single, max_size=2).map(tuple))
prompts = st.lists(filled(events.WeightedPrompt), max_size=3).map(tuple)
known = st.lists(filled(events.KnownPage, latents=st.none() | latents), max_size=3).map(tuple)


@given(filled(events.TellRequest, known_pages=known))
def test_a_wish_comes_through_whole(request: events.TellRequest) -> None:
    wire = convert.tell_to_message(request).SerializeToString()
    assert convert.tell_from_message(pb.TellRequest.FromString(wire)) == request


pictures = st.lists(filled(events.PicturePrompt), max_size=2).map(tuple)
picture_wishes = filled(
    events.IllustrateRequest,
    prompts=prompts, exclude=prompts, extra=prompts, picture_prompts=pictures, options=options,
)  # fmt: skip


@given(picture_wishes)
def test_a_picture_wish_comes_through_whole(request: events.IllustrateRequest) -> None:
    wire = convert.illustrate_to_message(request).SerializeToString()
    assert convert.illustrate_from_message(pb.IllustrateRequest.FromString(wire)) == request


@given(st.one_of([filled(kind) for kind in convert.KIND_OF_EVENT]), seed)
def test_an_event_comes_through_whole(event: events.StoryEvent, seq: int) -> None:
    message = pb.StoryEvent.FromString(convert.event_to_message(event, seq=seq).SerializeToString())
    assert convert.event_from_message(message) == event
    assert message.seq == seq


@given(filled(events.EngineStatus))
def test_a_status_comes_through_whole(status: events.EngineStatus) -> None:
    wire = convert.status_to_message(status).SerializeToString()
    assert convert.status_from_message(pb.StatusReply.FromString(wire)) == status


def test_every_event_of_the_protocol_has_its_plain_form() -> None:
    kinds = {field.name for field in pb.StoryEvent.DESCRIPTOR.oneofs_by_name["event"].fields}
    assert kinds == set(convert.KIND_OF_EVENT.values())


def test_an_event_of_a_later_protocol_is_no_event_here() -> None:
    unknown_field = b"\xfa\x01\x02\x08\x01"  # field 31, a message
    message = pb.StoryEvent.FromString(pb.StoryEvent(seq=3).SerializeToString() + unknown_field)
    assert message.seq == 3
    assert convert.event_from_message(message) is None


@given(filled(events.FilmRequest, pages=st.lists(latents, max_size=3).map(tuple)))
def test_a_wish_for_a_film_comes_through_whole(request: events.FilmRequest) -> None:
    wire = convert.film_to_message(request).SerializeToString()
    assert convert.film_from_message(pb.FilmRequest.FromString(wire)) == request
