"""Whether a camera shows anything that people could be seen in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class SightFault(str, Enum):
    """Why a camera that gives frames protects nobody."""

    DARK = "dark"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    FROZEN = "frozen"
    MOVED = "moved"
    """It was turned or pushed, or something large stands before it: the zones are no longer where they were drawn."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a camera's picture is good for at one instant.

    Attributes:
        t_s: Monotonic seconds of the frame.
        fault: What is wrong with it; None where nothing is.
    """

    t_s: float
    fault: SightFault | None
