"""Front-ends find again what they noted for themselves."""

from __future__ import annotations

from bot.library.library import Library
from bot.storytelling.marks import Marks


async def test_a_mark_is_found_again_replaced_and_forgotten(library: Library) -> None:
    marks = Marks(library)
    assert await marks.get("telegram:commands") == ""
    await marks.put("telegram:commands", "a")
    await marks.put("discord:commands", "other")
    await marks.put("telegram:commands", "b")
    assert await Marks(library).get("telegram:commands") == "b"
    await marks.put("telegram:commands", "")
    assert await marks.get("telegram:commands") == ""
    assert await marks.get("discord:commands") == "other"
