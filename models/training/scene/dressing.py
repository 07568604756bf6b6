"""A body while it is being dressed."""

from __future__ import annotations

import numpy as np

from edge_agent.models.training.scene.body_part import BodyPart
from edge_agent.models.training.scene.cloth_pattern import draw_waves, paint
from edge_agent.models.training.scene.garment import Fall, Hem, Mask, Surface, grown, hem_tube, piece_of, put_on
from edge_agent.models.training.scene.palette import Floats


class Dressing:
    """A body being dressed: the outside so far and the parts so far."""

    def __init__(self, rng: np.random.Generator, surface: Surface) -> None:
        self.rng = rng
        self.naked = surface
        self.surface = surface
        self.parts: list[BodyPart] = []
        self.hidden: Mask = np.zeros(len(surface.bind_m), bool)

    def wear(self, covered: Mask, fall: Fall, colours: Floats, gloss: float = 0.0) -> None:
        """Puts one garment on."""
        self.surface = put_on(self.surface, covered, fall)
        self.parts.append(piece_of(self.surface, covered, colours, gloss))
        regions = self.surface.regions
        self.hidden |= ~grown(regions, ~covered, 2)

    def hem(self, hem: Hem, colour: Floats) -> None:
        """Adds a skirt or the skirt of a coat."""
        part, points = hem_tube(self.surface, hem)
        colours = paint(self.rng, points, colour, plain=self.rng.random() < 0.6)
        self.parts.append(BodyPart(part.bind_m, part.weights, colours.astype(np.float32), part.triangles, part.gloss))

    def fall(self, thickness_m: float, loose_m: float, smoothing: int, fold_m: float) -> Fall:
        """How a cloth falls, with folds of its own."""
        return Fall(thickness_m, loose_m, smoothing, fold_m, draw_waves(self.rng, 0.05, 0.22))
