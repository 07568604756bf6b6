"""Steps: where and when feet are put down, and how a foot travels between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.blend import ramp, smoothstep
from edge_agent.models.training.scene.posture import ankle_over_ball
from edge_agent.models.training.scene.skeleton import Skeleton

Floats = npt.NDArray[np.float64]

STRIKE_DEG, PUSH_OFF_DEG, SWING_DEG = -17.0, 38.0, 48.0
"""Foot pitch at heel strike, at toe-off and early in swing (Perry, "Gait Analysis", 1992, rounded)."""


@dataclass(frozen=True, slots=True, eq=False)
class Footfall:
    """One step of one foot.

    Attributes:
        lift_s: when the foot leaves the floor.
        land_s: when it is down again.
        spot: float64 `(4,)`: x, y, floor height (world, metres) and yaw (radians) of the flat foot.
        push: 0 for a foot lifted flat, 1 for the push-off of a full stride.
        strike: 0 for a foot put down flat, 1 for the heel strike of a full stride.
        clearance_m: how high the foot is carried.
    """

    lift_s: float
    land_s: float
    spot: Floats
    push: float = 1.0
    strike: float = 1.0
    clearance_m: float = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class FootTrack:
    """All steps of one foot.

    Attributes:
        start: float64 `(4,)`, where the foot stands at first, as in `Footfall`.
        falls: its steps in order of time.
    """

    start: Floats
    falls: tuple[Footfall, ...]

    def at(self, skeleton: Skeleton, t_s: float) -> Floats:
        """The foot as `Control.feet` has it, float64 `(5,)`."""
        before, current, share = self._phase(t_s)
        if current is None:
            spot, pitch_deg, up = before, self._stance_pitch_deg(t_s), 0.0
        else:
            spot = before + smoothstep(share) * (current.spot - before)
            # A foot climbs before it goes forward and comes down last: it clears the edge of a step.
            rise = current.spot[2] - before[2]
            early = smoothstep(share / 0.55) if rise > 0.0 else smoothstep((share - 0.45) / 0.55)
            spot[2] = before[2] + early * rise
            up = current.clearance_m * float(np.sin(np.pi * share)) ** 2
            pitch_deg = _swing_pitch_deg(share, current.push, current.strike)
        pitch = np.radians(pitch_deg)
        ahead, height = ankle_over_ball(skeleton, float(pitch))
        x, y = spot[0] + ahead * np.cos(spot[3]), spot[1] + ahead * np.sin(spot[3])
        return np.array([x, y, spot[2] + height + up, spot[3], pitch])

    def _phase(self, t_s: float) -> tuple[Floats, Footfall | None, float]:
        """The spot it stands on or has left, the step it takes if any, and the share of it done."""
        before = self.start
        for fall in self.falls:
            if t_s < fall.lift_s:
                break
            if t_s < fall.land_s:
                return before, fall, (t_s - fall.lift_s) / (fall.land_s - fall.lift_s)
            before = fall.spot
        return before, None, 0.0

    def _stance_pitch_deg(self, t_s: float) -> float:
        flat_s = 0.0
        for fall in self.falls:
            step = fall.land_s - fall.lift_s
            if t_s <= fall.lift_s:
                rise_s = max(flat_s, fall.lift_s - 0.55 * step)
                return PUSH_OFF_DEG * fall.push * ramp(t_s, rise_s, fall.lift_s)
            flat_s = fall.land_s + 0.3 * step
            if fall.land_s <= t_s <= flat_s:
                return STRIKE_DEG * fall.strike * (1.0 - ramp(t_s, fall.land_s, flat_s))
        return 0.0


def _swing_pitch_deg(share: float, push: float, strike: float) -> float:
    """Foot pitch through a swing: from push-off over a lifted heel to the heel strike."""
    off, top, end = PUSH_OFF_DEG * push, SWING_DEG * push, STRIKE_DEG * strike
    if share < 0.2:
        return off + (top - off) * smoothstep(share / 0.2)
    return top + (end - top) * smoothstep((share - 0.2) / 0.8)
