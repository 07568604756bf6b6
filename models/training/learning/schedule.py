"""How the size of the pictures and that of the steps go.

Steps: a linear warm-up, then half a cosine (I. Loshchilov and F. Hutter, SGDR, 2017).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the training with pictures of one size.

    Small pictures first: they cost a quarter of the time and teach most of what large ones teach (M. Tan and Q. Le,
    EfficientNetV2, 2021, section 4, progressive learning).

    Attributes:
        side_px: of the square pictures.
        steps: batches of them.
    """

    side_px: int
    steps: int


def side_at(stages: Sequence[Stage], step: int) -> int:
    """The side of the pictures at a step, counted from 0, in pixels."""
    for stage in stages:
        if step < stage.steps:
            return stage.side_px
        step -= stage.steps
    return stages[-1].side_px


@dataclass(frozen=True, slots=True)
class CosineSchedule:
    """Multiplier of the base learning rate at each step.

    Attributes:
        steps: how many steps there are.
        warm_up_steps: over how many of them the multiplier grows to 1.
        last: the multiplier at the end.
    """

    steps: int
    warm_up_steps: int
    last: float = 0.01

    def at(self, step: int) -> float:
        """Gives the multiplier at a step, counted from 0."""
        if step < self.warm_up_steps:
            return (step + 1) / self.warm_up_steps
        done = min(1.0, (step - self.warm_up_steps) / max(1, self.steps - self.warm_up_steps))
        return self.last + (1 - self.last) * 0.5 * (1 + math.cos(math.pi * done))
