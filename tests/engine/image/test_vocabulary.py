"""Vocabulary: the tables that everything drawable stands in."""

from __future__ import annotations

from engine.image.mentions import find_subjects
from engine.image.vocabulary import PLACES, SUBJECTS, TIMES, WEATHERS, synonyms


def test_tables_are_as_large_as_the_starter_pack_promises() -> None:
    assert len(SUBJECTS) >= 250
    assert len(PLACES) >= 30
    assert (len(TIMES), len(WEATHERS)) == (4, 6)


def test_a_synonym_means_one_subject_and_is_no_other_subjects_name() -> None:
    listed = [word for info in SUBJECTS.values() for word in info.synonyms]
    assert len(listed) == len(set(listed))
    assert not set(listed) & set(SUBJECTS)
    for word, name in synonyms().items():
        assert name in SUBJECTS
        assert name in find_subjects("a " + word), word
