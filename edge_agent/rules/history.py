"""What a rule may look at: one person's recent postures, and where the camera's zones are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from edge_agent.data.calibration import Calibration
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone, ZoneKind
from edge_agent.rules.excursions import Excursions, MovingPart
from edge_agent.rules.last_up import LastUp
from edge_agent.rules.lately_most import LatelyMost
from edge_agent.rules.lying import looks_lying, tells_of_lying
from edge_agent.rules.own_stature import OwnStature

# A fall is judged from two seconds before it to two seconds after.
HISTORY_S = 5.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What does not change from frame to frame of one camera.

    Attributes:
        camera: Name of the camera.
        zones: Its zones.
        calibration: Where it is known.
    """

    camera: str
    zones: tuple[Zone, ...]
    calibration: Calibration | None = None

    def zones_of(self, *kinds: ZoneKind) -> tuple[Zone, ...]:
        """Its zones of these kinds."""
        return tuple(zone for zone in self.zones if zone.kind in kinds)


@dataclass(frozen=True, slots=True)
class FrameSize:
    """Size of the frame in pixels: zones are fractions of it."""

    width_px: int
    height_px: int


class History:
    """The last `HISTORY_S` seconds of one person, oldest first. Never empty once `add` was called.

    Attributes:
        now: The latest posture.
        risen_line_px: Set while an incident says that this person is on the ground: the shoulders must get above
            this line of the frame for the person to count as risen.
        everybody: Who is in this frame, this person included; set with every frame.
        running: Names of the rules that have an incident about this person.

    What only some rules read (`stature`, `last_up`, `excursions`) is followed from the first time that one asks.
    """

    now: Posture

    def __init__(self) -> None:
        self._postures: deque[Posture] = deque()
        # Running sums over the postures: to add them up anew for everybody in every frame costs more than the rules.
        self._motion_h_s = 0.0
        self._telling = 0
        self._lying = 0
        self._descent_h_s = LatelyMost(HISTORY_S)
        self._shoulders_up_px = LatelyMost(HISTORY_S)
        self._excursions: dict[MovingPart, Excursions] = {}
        self.risen_line_px: float | None = None
        self.everybody: tuple[Posture, ...] = ()
        self.running: frozenset[str] = frozenset()
        self._stature: OwnStature | None = None
        self._last_up: LastUp | None = None

    def add(self, posture: Posture) -> None:
        """Take in this frame's posture and forget what is too old."""
        self.now = posture
        self._postures.append(posture)
        self._count(posture, 1)
        if self._stature is not None:
            self._stature.add(posture)
        if self._last_up is not None:
            self._last_up.add(posture)
        while posture.t_s - self._postures[0].t_s > HISTORY_S:
            self._count(self._postures.popleft(), -1)
        self._descent_h_s.add(posture.t_s, posture.hip_descent_h_s.value)
        self._shoulders_up_px.add(posture.t_s, -posture.shoulders.y_px)
        for excursions in self._excursions.values():
            excursions.add(posture)

    def excursions(self, part: MovingPart) -> Excursions:
        """Movements of the last minutes, counted from the first time that a rule asks for them."""
        if part not in self._excursions:
            self._excursions[part] = Excursions(part)
            self._excursions[part].add(self.now)
        return self._excursions[part]

    @property
    def stature(self) -> OwnStature:
        """How tall the person is, learnt over longer than the postures are kept."""
        if self._stature is None:
            self._stature = OwnStature()
            self._stature.add(self.now)
        return self._stature

    @property
    def last_up(self) -> LastUp:
        """When and how the person was last surely up, also longer ago."""
        if self._last_up is None:
            self._last_up = LastUp()
            self._last_up.add(self.now)
        return self._last_up

    def recalibrated(self) -> None:
        """Forget what was learnt in metres: they are other ones once the camera's calibration has changed."""
        self._stature = None

    @property
    def before_s(self) -> float:
        """Monotonic seconds of the posture before the latest; minus infinity where there is none."""
        return self._postures[-2].t_s if len(self._postures) > 1 else float("-inf")

    @property
    def mean_motion_h_s(self) -> float:
        """Mean optical flow on the person, in H/s."""
        return self._motion_h_s / len(self._postures)

    @property
    def fastest_descent_h_s(self) -> float:
        """How fast the hips went down at most, sure or not, in H/s."""
        return self._descent_h_s.value

    @property
    def highest_shoulders_y_px(self) -> float:
        """Where in the frame the shoulders were highest; y grows downwards."""
        return -self._shoulders_up_px.value

    @property
    def lying_share(self) -> float | None:
        """Share of the frames that speak for lying in those that tell of it (0..1); None where none does."""
        return self._lying / self._telling if self._telling else None

    def __iter__(self) -> Iterator[Posture]:
        """All of them, oldest first."""
        return iter(self._postures)

    def between(self, from_s: float, to_s: float) -> Iterator[Posture]:
        """Postures of these monotonic seconds, both ends included, oldest first."""
        return (posture for posture in self._postures if from_s <= posture.t_s <= to_s)

    def since(self, from_s: float) -> Iterator[Posture]:
        """Postures from this monotonic second on, oldest first."""
        return self.between(from_s, self.now.t_s)

    def back_to(self, from_s: float) -> Iterator[Posture]:
        """Postures from this monotonic second on, newest first: looks at no older one."""
        return takewhile(lambda posture: posture.t_s >= from_s, reversed(self._postures))

    def _count(self, posture: Posture, sign: int) -> None:
        self._motion_h_s += sign * posture.motion_h_s
        if tells_of_lying(posture):
            self._telling += sign
            self._lying += sign * looks_lying(posture)
