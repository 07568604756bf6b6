"""What a rule may look at: one person's recent postures, and where the camera's zones are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone

# A fall is judged from two seconds before it to two seconds after.
HISTORY_S = 5.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What does not change from frame to frame of one camera.

    Attributes:
        camera: Name of the camera.
        zones: Its zones.
    """

    camera: str
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class FrameSize:
    """Size of the frame in pixels: zones are fractions of it."""

    width_px: int
    height_px: int


class History:
    """The last `HISTORY_S` seconds of one person, oldest first. Never empty once `add` was called."""

    def __init__(self) -> None:
        self._postures: deque[Posture] = deque()

    def add(self, posture: Posture) -> None:
        """Take in this frame's posture and forget what is too old."""
        self._postures.append(posture)
        while posture.t_s - self._postures[0].t_s > HISTORY_S:
            self._postures.popleft()

    @property
    def now(self) -> Posture:
        """The latest posture."""
        return self._postures[-1]

    def between(self, from_s: float, to_s: float) -> Iterator[Posture]:
        """Postures of these monotonic seconds, both ends included, oldest first."""
        return (posture for posture in self._postures if from_s <= posture.t_s <= to_s)

    def since(self, from_s: float) -> Iterator[Posture]:
        """Postures from this monotonic second on, oldest first."""
        return self.between(from_s, self.now.t_s)
