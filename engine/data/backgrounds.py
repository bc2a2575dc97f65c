"""Backgrounds of all places: one painter each, which fills a canvas behind the figures."""

from __future__ import annotations

from collections.abc import Callable

from engine.data import interiors, landscapes, waters
from engine.data.stage import Stage

__all__ = ["PAINTERS", "Stage"]

PAINTERS: dict[str, Callable[[Stage], None]] = {
    "meadow": landscapes.meadow,
    "forest": landscapes.forest,
    "snowfield": landscapes.snowfield,
    "mountains": landscapes.mountains,
    "beach": waters.beach,
    "sea": waters.sea,
    "underwater": waters.underwater,
    "cave": interiors.cave,
    "desert": landscapes.desert,
    "village": interiors.village,
    "castle": interiors.castle,
    "city": interiors.city,
    "farm": landscapes.farm,
    "garden": landscapes.garden,
    "river": waters.river,
    "lake": waters.lake,
    "swamp": waters.swamp,
    "jungle": landscapes.jungle,
    "clouds": landscapes.cloudland,
    "space": landscapes.space,
    "moon": landscapes.moon,
    "bedroom": interiors.bedroom,
    "kitchen": interiors.kitchen,
    "library": interiors.library,
    "playground": landscapes.playground,
    "bridge": waters.bridge,
    "island": waters.island,
    "hill": landscapes.hill,
    "pond": waters.pond,
    "road": landscapes.road,
    "harbour": waters.harbour,
    "waterfall": waters.waterfall,
}
