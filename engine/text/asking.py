"""How a general language model is asked for a page: as a text to go on with, or in a chat."""

from __future__ import annotations

from collections.abc import Sequence

from engine.text.page import PageOrder
from engine.text.reading import strip_lead
from engine.text.title import make_title

Message = dict[str, str]

_MANNERS = (
    "Write for children and those who read to them: plain words, things that happen, now and then"
    " somebody speaks. Answer with the page's prose alone, one paragraph of 50 to 90 words,"
    " without a heading, and end it with a whole sentence."
)
_LOOKS = (
    "In at most twenty words: what does a painting of this page show? Say who is to be seen, what"
    " they look like, what they do and where; no names, nothing that cannot be painted."
)


def as_text(order: PageOrder) -> str:
    """Lay a story out so that a model that only goes on with texts writes the page."""
    parts = [
        f"{make_title(order.idea)}\n\n"
        f"A story for children in {order.pages} short parts, about {_about(order)}.\n"
    ]
    parts += [f"\nPart {page.number}\n\n{page.text}\n" for page in order.before]
    last = ", the end" if order.number == order.pages > 1 else ""
    turn = f": {_direction(order)}" if order.direction else ""
    return "".join([*parts, f"\nPart {order.number}{last}{turn}\n\n"])


def as_chat(order: PageOrder) -> list[Message]:
    """Lay a story out as a chat of "user" and "assistant": some templates know nobody else."""
    avoid = f" Do not speak of these: {order.avoid}." if order.avoid.strip() else ""
    about = f"about this: {_about(order)}.{avoid}"
    start = f"Let us tell a story of {order.pages} pages {about} {_MANNERS}"
    messages: list[Message] = []
    for page in order.before:
        messages += [_said(f"Page {page.number}."), {"role": "assistant", "content": page.text}]
    end = " The story ends here." if order.number == order.pages else ""
    turn = f" What happens now: {_direction(order)}." if order.direction else ""
    messages.append(_said(f"Page {order.number} of {order.pages}.{turn}{end}"))
    messages[0] = _said(f"{start} {messages[0]['content']}")
    return messages


def asked_for_picture(messages: Sequence[Message], page: str) -> list[Message]:
    """Go on with a chat: the page has been written, now its picture is asked for."""
    return [*messages, {"role": "assistant", "content": page}, _said(_LOOKS)]


def _about(order: PageOrder) -> str:
    """Return the idea as it stands behind "about", on one line."""
    plain = " ".join(order.idea.split())
    return (strip_lead(plain) or plain).rstrip(".")


def _direction(order: PageOrder) -> str:
    return " ".join(order.direction.split())


def _said(text: str) -> Message:
    return {"role": "user", "content": text}
