"""Tells a wish in another language, which models that read English would take for names."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+")
# "de la Mancha", "van der Berg": parts of names.
_PARTICLE = r"(?:de|del|la|le|los|las|el|da|di|du|van|von|der|den)"
_IN_NAMES = re.compile(rf"\b{_PARTICLE}\b(?:\s+{_PARTICLE}\b)*\s+(?=[A-Z])", re.ASCII)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Any of these is English in a text's bones; "in", "an", "on", "no" are words elsewhere, too.
_ENGLISH = _words(
    """the of and or who whose whom which with without his her hers their they them she it its is
    are was were has have had for from that this there where when what why how to into by as but
    not my your our you goes wants finds looks very"""
)
_ARTICLES = frozenset(("a", "an"))
# Hardly ever met in an English wish: one is enough.
_SURELY_FOREIGN = _words(
    """ein eine einen einem einer eines und nicht sich dass oder wird kein keine
    une qui dans avec leur elle sont était
    una uno unos unas pero tiene quiere está
    che gli della nella sono degli não você een niet wordt och inte"""
)
# Met in names and phrases ("the fox of El Dorado"): two are enough.
_PERHAPS_FOREIGN = _words(
    """der das dem den des im ist vom von zum zur mit auf für vor wie wer er sie ich
    le la les du de et un au aux il elle est pas que sur pour ses sa ce
    el los las del y en con por para se su como muy es
    lo di è per dei il nel uma um os na da tem escuro het van de dat zijn en voor
    som ett på det"""
)


def is_foreign(text: str) -> bool:
    """Say whether a text is written in another language of Latin letters than English.

    It goes by the small words alone and says False in doubt: names and single foreign words are
    part of many an English wish.
    """
    words = _WORD.findall(_IN_NAMES.sub("", text).lower())
    if any(word in _ENGLISH for word in words):
        return False
    surely = sum(word in _SURELY_FOREIGN for word in words)
    perhaps = sum(word in _PERHAPS_FOREIGN for word in words)
    if any(word in _ARTICLES for word in words):
        return surely + perhaps > 2
    return surely > 0 or perhaps > 1
