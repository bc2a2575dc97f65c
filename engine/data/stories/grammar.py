"""The small template language in which plots and word lists are written.

``{a|b|c}`` is a choice (it nests), ``[slot]`` a word from the story's cast, ``[^slot]`` the same
with a capital, ``[s:find]`` a verb that agrees with the hero ("finds", or "find" for a pair).
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

FIRST_MARK = 0xE000
"""Private characters from here on stand for roles (see ``slots``)."""
CAPITAL_MARK = "\uf000"
_ROLE = "\ue000-\uefff"
_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"\[(\^?)([^\[\]]+)\]")
_SENTENCE_START = re.compile(r'(^"?|(?<=[^.][.!?]) "?|(?<=:) ")([a-z])')
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiouAEIOU])(?!uni|use|one\b|Uni|eu|Eu)")
_QUESTION = re.compile(
    r'((?:^|(?<=[.!?] )|(?<="))(?:Who|What (?:is|does|are|do|did|shall)|Where|Why|'
    r"When did|How do|How does|How long|Is|Are|Am|Can|Could|May|Shall|Will|Would|Do you|Does|Did|"
    r'Have you|Has)\b[^.!?"]*)[.,](?=")'
)
_EXCLAIMED = re.compile(
    r'("(?:[^"!]*[.!?] )?(?:Shall we|Where would|What if|Does|Did) [^".!?]*)!(?=")'
)
_STATEMENT = re.compile(
    r'((?:^|(?<=[.!?] )|(?<="))'
    r"(?:I|I am|That|Let|They|The|There|It|My|We|Go|Here|Give|Come|Nobody|Do not|After|Help|Hold) "
    r'[^.!?"]*)\?"( asked)?(?= (said|asked|called|cried|whispered|shouted)?)'
)
_NEW_SENTENCE = re.compile(r'(?<=[.!?]" )(the|two|an?)(?= )')
_ROLE_START = re.compile(rf'(^"?|(?<=[^.][.!?]) "?|(?<=:) ")(?=[{_ROLE}])')
_ROLE_SENTENCE = re.compile(r'(?<=[.!?]" )(?=[\ue000\ue001\ue009\ue00a])')
_IRREGULAR = {
    "mouse": "mice", "wolf": "wolves", "goose": "geese", "sheep": "sheep", "deer": "deer",
    "fish": "fish", "goldfish": "goldfish", "child": "children", "moose": "moose", "elf": "elves",
    "fisherman": "fishermen", "postman": "postmen", "snowman": "snowmen", "bison": "bison",
    "fireman": "firemen", "leaf": "leaves", "gingerbread man": "gingerbread men",
}  # fmt: skip


def expand(template: str, slots: Mapping[str, str], rng: random.Random) -> str:
    """Write one text from a template: choices drawn, slots filled, articles and capitals mended.

    Raises KeyError naming the slot when the template asks for one that the story lacks.
    """
    text = fill(choose(template, rng), slots, rng)
    return polish(text)


def choose(template: str, rng: random.Random) -> str:
    """Draw one alternative of every ``{a|b}``, the innermost first."""
    while match := _CHOICE.search(template):
        picked = rng.choice(match.group(1).split("|"))
        template = template[: match.start()] + picked + template[match.end() :]
    return template


def fill(template: str, slots: Mapping[str, str], rng: random.Random) -> str:
    """Replace every ``[slot]``; a slot's own text may hold choices and slots."""
    for _ in range(4):
        if "[" not in template:
            break
        template = choose(_SLOT.sub(lambda match: _value(match, slots), template), rng)
    return template


def _value(match: re.Match[str], slots: Mapping[str, str]) -> str:
    capital, name = match.groups()
    if name.startswith("s:"):
        return third_person(name[2:]) if slots["is"] == "is" else name[2:]
    value = slots[name]
    if capital and value[:1] and ord(value[0]) >= FIRST_MARK:
        return CAPITAL_MARK + value
    return value[:1].upper() + value[1:] if capital else value


def polish(text: str) -> str:
    """Mend spaces, articles, question marks, possessives after s, and sentences' capitals."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ([.,!?;:])", r"\1", text)
    text = _ARTICLE.sub(r"\1n ", text)
    text = _QUESTION.sub(r"\1?", text)
    text = _EXCLAIMED.sub(r"\1?", text)
    text = _STATEMENT.sub(_as_statement, text)
    text = _NEW_SENTENCE.sub(lambda m: m[1].capitalize(), text)
    text = _ROLE_SENTENCE.sub(CAPITAL_MARK, text)
    text = re.sub(r"(?<=\wes)'s\b", "'", text)
    text = _ROLE_START.sub(lambda m: m[1] + CAPITAL_MARK, text)
    return _SENTENCE_START.sub(lambda m: m.group(1) + m.group(2).upper(), text)


def _as_statement(match: re.Match[str]) -> str:
    if match[1].split()[0] == "Help":
        return f'{match[1]}!"' + (match[2] or "")
    if match[2]:
        return f'{match[1]}," said'
    return f'{match[1]},"' if match[3] else f'{match[1]}."'


def third_person(verb: str) -> str:
    """Give the third person singular of a verb phrase: ``go home`` -> ``goes home``."""
    first, _, rest = verb.partition(" ")
    if first == "have":
        first = "has"
    elif first.endswith(("s", "x", "ch", "sh", "o", "z")):
        first += "es"
    elif first.endswith("y") and first[-2:-1] not in "aeiou":
        first = first[:-1] + "ies"
    else:
        first += "s"
    return f"{first} {rest}".strip()


def plural(noun: str) -> str:
    """Give the plural of a noun of the word lists: ``fox`` -> ``foxes``."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"
