"""How the step size goes: a linear warm-up, then half a cosine (I. Loshchilov and F. Hutter, SGDR, 2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass


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
