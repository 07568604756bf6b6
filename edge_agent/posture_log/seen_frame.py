"""One frame as the rules saw it."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.calibration import Calibration
from edge_agent.data.posture import Postures
from edge_agent.data.sight import Sight


@dataclass(frozen=True, slots=True)
class Origin:
    """What the numbers came from.

    Attributes:
        model: Name and version of the pose model.
        config_hash: Of the settings in force.
        calibration: Of the camera, where it is known.
    """

    model: str
    config_hash: str
    calibration: Calibration | None


@dataclass(frozen=True, slots=True, eq=False)
class SeenFrame:
    """What the rules stage takes in.

    Attributes:
        sight: What the picture is good for.
        postures: Of everybody in it.
    """

    sight: Sight
    postures: Postures
