"""Between the wire's messages and plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, TypeVar

from engine.api import events
from engine.api import story_engine_pb2 as pb

T = TypeVar("T")

KIND_OF_EVENT: dict[type[events.StoryEvent], str] = {
    events.Queued: "queued",
    events.TextDelta: "text",
    events.PageText: "page_text",
    events.Preview: "preview",
    events.PageDone: "page",
    events.StoryDone: "done",
    events.Failed: "failed",
    events.Heartbeat: "heartbeat",
    events.FilmFrame: "frame",
    events.PaintState: "state",
}
"""The name each event goes by on the wire and in lines for machines."""


def tell_to_message(request: events.TellRequest) -> pb.TellRequest:
    """Write a wish as a message."""
    values = dict(vars(request))
    values["known_pages"] = [_known_page_to_message(page) for page in request.known_pages]
    values["check"] = _check_to_message(request.check)
    return pb.TellRequest(**values)


def tell_from_message(message: pb.TellRequest) -> events.TellRequest:
    """Read a wish."""
    values = _scalars(message, events.TellRequest)
    values["known_pages"] = tuple(_known_page_from_message(page) for page in message.known_pages)
    values["facts"] = tuple(message.facts)
    values["banned"] = tuple(message.banned)
    values["check"] = _check_from_message(message)
    return events.TellRequest(**values)


def illustrate_to_message(request: events.IllustrateRequest) -> pb.IllustrateRequest:
    """Write a wish for one picture as a message."""
    values = dict(vars(request))
    for name in ("prompts", "exclude", "extra"):
        values[name] = [pb.WeightedPrompt(**vars(prompt)) for prompt in values[name]]
    pictures = [pb.PicturePrompt(**vars(prompt)) for prompt in request.picture_prompts]
    options = dict(vars(request.options))
    options["stages"] = [pb.Stage(**vars(stage)) for stage in request.options.stages]
    values |= {
        "picture_prompts": pictures,
        "options": pb.PaintOptions(**options),
        "extend": pb.Margins(**vars(request.extend)),
        "latents": _latents_to_message(request.latents) if request.latents else None,
        "check": _check_to_message(request.check),
    }
    return pb.IllustrateRequest(**values)


def illustrate_from_message(message: pb.IllustrateRequest) -> events.IllustrateRequest:
    """Read a wish for one picture."""
    values = _scalars(message, events.IllustrateRequest)
    for name in ("prompts", "exclude", "extra"):
        values[name] = _all_of(getattr(message, name), events.WeightedPrompt)
    known = message.HasField("latents")
    values |= {
        "picture_prompts": _all_of(message.picture_prompts, events.PicturePrompt),
        "options": _options_from_message(message.options),
        "extend": events.Margins(**_scalars(message.extend, events.Margins)),
        "latents": _latents_from_message(message.latents) if known else None,
        "check": _check_from_message(message),
    }
    return events.IllustrateRequest(**values)


def film_to_message(request: events.FilmRequest) -> pb.FilmRequest:
    """Write a wish for a film as a message."""
    values = dict(vars(request))
    values["pages"] = [_latents_to_message(latents) for latents in request.pages]
    return pb.FilmRequest(**values)


def film_from_message(message: pb.FilmRequest) -> events.FilmRequest:
    """Read a wish for a film."""
    values = _scalars(message, events.FilmRequest)
    values["pages"] = tuple(_latents_from_message(latents) for latents in message.pages)
    return events.FilmRequest(**values)


def event_to_message(event: events.StoryEvent, *, seq: int) -> pb.StoryEvent:
    """Write an event with its place in the stream."""
    message = pb.StoryEvent(seq=seq)
    part = getattr(message, KIND_OF_EVENT[type(event)])
    values = dict(vars(event))
    if isinstance(event, events.PageDone):
        values["latents"] = _latents_to_message(event.latents)
    if isinstance(event, events.Preview | events.PageDone) and event.verdict is not None:
        values["verdict"] = pb.PictureVerdict(**vars(event.verdict))
    part.MergeFrom(type(part)(**values))
    # An event without any value set would otherwise not count as being there.
    part.SetInParent()
    return message


def event_from_message(message: pb.StoryEvent) -> events.StoryEvent | None:
    """Read an event; None for a kind this client does not know."""
    kind = message.WhichOneof("event")
    read = _READERS.get(kind or "")
    return read(getattr(message, kind)) if kind and read else None


def status_to_message(status: events.EngineStatus) -> pb.StatusReply:
    """Write an engine's status as a message."""
    return pb.StatusReply(**vars(status))


def status_from_message(message: pb.StatusReply) -> events.EngineStatus:
    """Read an engine's status."""
    values = _scalars(message, events.EngineStatus)
    values["styles"] = tuple(message.styles)
    return events.EngineStatus(**values)


def _scalars(message: Any, kind: Any) -> dict[str, Any]:
    """Read the fields of ``kind`` from a message of the same field names, as they stand."""
    return {name: getattr(message, name) for name in (field.name for field in fields(kind))}


def _reader(kind: type[events.StoryEvent]) -> Callable[[Any], events.StoryEvent]:
    return lambda message: kind(**_scalars(message, kind))


def _page_done_from_message(message: pb.PageDone) -> events.PageDone:
    values = _scalars(message, events.PageDone)
    values["latents"] = _latents_from_message(message.latents)
    values["verdict"] = _verdict_from_message(message)
    values["held_out"] = message.held_out if message.HasField("held_out") else None
    values["notes"] = tuple(message.notes)
    return events.PageDone(**values)


def _preview_from_message(message: pb.Preview) -> events.Preview:
    values = _scalars(message, events.Preview)
    values["verdict"] = _verdict_from_message(message)
    return events.Preview(**values)


_READERS: dict[str, Callable[[Any], events.StoryEvent]] = {
    name: _reader(kind) for kind, name in KIND_OF_EVENT.items()
}
_READERS["page"] = _page_done_from_message
_READERS["preview"] = _preview_from_message


def _known_page_to_message(page: events.KnownPage) -> pb.KnownPage:
    values = dict(vars(page))
    values["latents"] = _latents_to_message(page.latents) if page.latents else None
    return pb.KnownPage(**values)


def _known_page_from_message(message: pb.KnownPage) -> events.KnownPage:
    values = _scalars(message, events.KnownPage)
    known = message.HasField("latents")
    values["latents"] = _latents_from_message(message.latents) if known else None
    return events.KnownPage(**values)


def _check_to_message(check: events.PictureCheck | None) -> pb.PictureCheck | None:
    return None if check is None else pb.PictureCheck(**vars(check))


def _check_from_message(
    message: pb.TellRequest | pb.IllustrateRequest,
) -> events.PictureCheck | None:
    if not message.HasField("check"):
        return None
    check = message.check
    return events.PictureCheck(tuple(check.concepts), check.threshold, check.redraw)


def _verdict_from_message(message: pb.Preview | pb.PageDone) -> events.PictureVerdict | None:
    if not message.HasField("verdict"):
        return None
    return events.PictureVerdict(**_scalars(message.verdict, events.PictureVerdict))


def _latents_to_message(latents: events.Latents) -> pb.Latents:
    return pb.Latents(height=latents.height, width=latents.width, codes=latents.codes)


def _latents_from_message(message: pb.Latents) -> events.Latents:
    return events.Latents(height=message.height, width=message.width, codes=tuple(message.codes))


def _options_from_message(message: pb.PaintOptions) -> events.PaintOptions:
    values = {
        name: value
        for name, value in _scalars(message, events.PaintOptions).items()
        if name not in _REPEATED and message.HasField(name)
    }
    stages = _all_of(message.stages, events.Stage)
    return events.PaintOptions(**values, stages=stages, shares=tuple(message.shares))


_REPEATED = ("stages", "shares")


def _all_of(messages: Iterable[Any], kind: Callable[..., T]) -> tuple[T, ...]:
    """Read messages whose fields are those of ``kind``; ``stop`` may be missing."""
    read = (_scalars(message, kind) | _stop(message) for message in messages)
    return tuple(kind(**values) for values in read)


def _stop(message: Any) -> dict[str, Any]:
    if "stop" not in message.DESCRIPTOR.fields_by_name:
        return {}
    return {"stop": message.stop if message.HasField("stop") else None}
