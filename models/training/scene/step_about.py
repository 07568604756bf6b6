"""Small steps between two stands: turning on the spot, widening the stance, stepping onto a step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.blend import ramp, smoothstep
from edge_agent.models.training.scene.control import Control, blended
from edge_agent.models.training.scene.gait import Footfall, FootTrack
from edge_agent.models.training.scene.posture import Place, Posture, control_of
from edge_agent.models.training.scene.skeleton import Skeleton

Floats = npt.NDArray[np.float64]

TURN_A_STEP_RAD = 0.9
STEP_S = 0.48


@dataclass(frozen=True, slots=True, eq=False)
class StepClip:
    """From a stand to a stand, the feet one after the other.

    Attributes:
        skeleton: the body.
        action: a word for it.
        start: how the person stands before.
        end: how he stands after.
        feet: left and right.
        duration_s: how long it takes.
        rise_s: from when to when the pelvis goes up or down to another floor.
        on_floor: whether the lowest point is put on the floor all the time; not between two floors.
    """

    skeleton: Skeleton
    action: str
    start: Control
    end: Control
    feet: tuple[FootTrack, FootTrack]
    duration_s: float
    rise_s: tuple[float, float]
    on_floor: bool = True

    def control_at(self, t_s: float) -> Control:
        """The body at a time."""
        share = t_s / self.duration_s
        body = blended(self.start, self.end, smoothstep(share))
        pelvis = body.pelvis_m.copy()
        lifted = ramp(t_s, *self.rise_s)
        pelvis[2] = (1.0 - lifted) * self.start.pelvis_m[2] + lifted * self.end.pelvis_m[2]
        pelvis[2] -= 0.02 * np.sin(np.pi * share) ** 2
        feet = np.stack([foot.at(self.skeleton, t_s) for foot in self.feet])
        grounding = body.grounding
        if not self.on_floor:
            grounding = 1.0 - ramp(share, 0.0, 0.1) * (1.0 - ramp(share, 0.9, 1.0))
            body = replace(body, floor_m=self.start.floor_m if share < 0.5 else self.end.floor_m)
        return replace(body, pelvis_m=pelvis, feet=feet, grounding=grounding)


def _flat(foot: Floats, floor_m: float) -> Floats:
    return np.array([foot[0], foot[1], floor_m, foot[3]])


def turn_on_spot(skeleton: Skeleton, start: Control, place: Place, posture: Posture) -> StepClip:
    """Turns with small steps until the person stands in the place's heading (radians, may be several half turns off).

    Args:
        skeleton: the body.
        start: how the person stands before, feet flat.
        place: where and how he stands after.
        posture: likewise.
    """
    end = control_of(skeleton, place, posture)
    angle = place.heading_rad - start.heading_rad
    rounds = max(int(np.ceil(abs(angle) / TURN_A_STEP_RAD)), 1)
    first = 0 if angle >= 0.0 else 1
    falls: tuple[list[Footfall], list[Footfall]] = ([], [])
    for k in range(2 * rounds):
        side = first if k % 2 == 0 else 1 - first
        heading = start.heading_rad + angle * (k // 2 + 1) / rounds
        foot = control_of(skeleton, replace(place, heading_rad=heading), posture).feet[side]
        times = (k + 0.25) * STEP_S, (k + 0.95) * STEP_S
        falls[side].append(Footfall(*times, spot=_flat(foot, place.floor_m), push=0.15, strike=0.0))
    tracks = [FootTrack(_flat(start.feet[side], start.floor_m), tuple(falls[side])) for side in range(2)]
    duration = 2 * rounds * STEP_S
    return StepClip(skeleton, "turn", start, end, (tracks[0], tracks[1]), duration, (0.0, duration))


def step_over_to(skeleton: Skeleton, start: Control, end: Control, action: str) -> StepClip:
    """Two steps from a stand to another, which may be higher or lower."""
    rise = end.floor_m - start.floor_m
    scale = STEP_S * (1.6 if rise else 1.0)
    tracks = []
    for side in range(2):
        times = (side + 0.25) * scale, (side + 0.95) * scale
        fall = Footfall(*times, spot=_flat(end.feet[side], end.floor_m), push=0.2, strike=0.0, clearance_m=0.05)
        tracks.append(FootTrack(_flat(start.feet[side], start.floor_m), (fall,)))
    duration = 2.0 * scale
    rise_s = (0.9 * scale, 1.8 * scale) if rise > 0.0 else (0.15 * scale, 0.95 * scale)
    return StepClip(
        skeleton, action, start, end, (tracks[0], tracks[1]), duration, rise_s if rise else (0.0, duration), not rise
    )
