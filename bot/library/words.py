"""Looks words up in the search index: safely, within one community, best first."""

from __future__ import annotations

import re

MAX_WORDS = 16
MAX_LETTERS = 500
_RUNS = re.compile(r"[^\W_]+")
# So many rows of each index are looked at, the newest first: a word that everybody writes must not
# cost more the larger a community grows.
MOST_HITS = 2000
# Which stories hold all the words, and how well: in the title, in title and idea together, or on
# how many of their pages. The score is made of the story's own rows alone, unlike bm25, which
# weighs with all rows there are: so a score stays the same while others write and delete, a screen
# can begin behind any score, and a common word costs what one community wrote, not all of them.
HITS = f"""
SELECT story, max(tier) * 1000 + min(sum(page), 999) AS score FROM (
    SELECT * FROM (SELECT rowid AS story, 2 AS tier, 0 AS page FROM story_words
        WHERE story_words MATCH :in_title ORDER BY rowid DESC LIMIT {MOST_HITS})
    UNION ALL
    SELECT * FROM (SELECT rowid, 1, 0 FROM story_words
        WHERE story_words MATCH :in_story ORDER BY rowid DESC LIMIT {MOST_HITS})
    UNION ALL
    SELECT s.serial, 0, 1 FROM (SELECT rowid AS page FROM page_words
        WHERE page_words MATCH :in_pages ORDER BY rowid DESC LIMIT {MOST_HITS}) w
    CROSS JOIN pages p ON p.serial = w.page CROSS JOIN stories s ON s.id = p.story_id
) GROUP BY story
"""  # noqa: S608


def hit_parameters(words: str, community: str) -> dict[str, str] | None:
    """Return what ``HITS`` asks for; None where there is no word to look for."""
    query = match_query(words)
    if not query:
        return None
    # As it stands in the index: hexadecimal, so that any id is one word.
    place = f'place : "{community.encode().hex()}"'
    return {
        "in_title": f"{place} AND {{title}} : ({query})",
        "in_story": f"{place} AND {{title idea}} : ({query})",
        "in_pages": f"{place} AND {{text}} : ({query})",
    }


def match_query(words: str) -> str:
    """Return an FTS5 query for words as typed: each quoted, so that none is an operator.

    The last letters of a word may be missing. "" where there is no letter or digit.
    """
    typed = words[:MAX_LETTERS].encode("utf-8", "ignore").decode().replace("\0", " ")
    found = (_quoted(word) for word in typed.replace('"', " ").split())
    return " ".join([word for word in found if word][:MAX_WORDS])


def _quoted(word: str) -> str:
    runs = _RUNS.findall(word)
    if not runs:
        return ""
    return f'"{word}"*' if _is_beginning(runs[-1]) else f'"{word}"'


def _is_beginning(run: str) -> bool:
    """Tell whether letters may be the beginning of a word.

    A single letter of an alphabet begins too many words to help; where a letter has no capital
    (as in Chinese), it may well be a word.
    """
    return len(run) > 1 or (run.isalpha() and run.lower() == run.upper())
