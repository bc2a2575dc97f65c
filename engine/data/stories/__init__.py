"""Story generator: plots, word lists and the small language they are written in."""

from __future__ import annotations

from engine.data.stories.generator import Story, StoryPage, make_story

__all__ = ["Story", "StoryPage", "make_story"]
