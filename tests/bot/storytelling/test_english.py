"""Wishes in other languages of Latin letters are told from English ones."""

from __future__ import annotations

import pytest

from bot.storytelling.english import is_foreign

FOREIGN = (
    "ein Fuchs, der sich im Dunkeln fürchtet",
    "ein Fuchs hat Angst",
    "zwei Mäuse und ein Boot",
    "un renard qui a peur du noir",
    "une petite souris",
    "el zorro que teme la oscuridad",
    "un oso que no puede dormir",
    "una ballena canta",
    "een vos in het donker",
    "uma raposa tem medo do escuro",
    "due topi che costruiscono una barca",
)
ENGLISH = (
    "a fox who is afraid of the dark",
    "two mice build a boat",
    "dragon",
    "robot vs. dinosaur",
    "a café in Rio de Janeiro",
    "a crème de la crème cake",
    "Don Quixote de la Mancha fights windmills",
    "a hat, a cat and a die",
    "the sound of music: von Trapp children sing",
    "El Niño brings rain to a village",
    "Leonardo da Vinci paints a cat",
    "a boy called Y and a girl called Es",
    "Le Petit Prince meets a fox",
    "asdfgh qwerty",
    "fuck you",
    "12345 🦊",
    "",
)


@pytest.mark.parametrize("wish", FOREIGN)
def test_another_language_is_told_by_its_small_words(wish: str) -> None:
    assert is_foreign(wish)


@pytest.mark.parametrize("wish", ENGLISH)
def test_english_with_names_and_single_foreign_words_passes(wish: str) -> None:
    assert not is_foreign(wish)
