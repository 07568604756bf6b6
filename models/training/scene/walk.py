"""Walking along a path, and turning or side-stepping on the spot: feet stay where they are put down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.blend import ramp
from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.control import Control, blended
from edge_agent.models.training.scene.gait import Footfall, FootTrack
from edge_agent.models.training.scene.posture import Place, Posture, control_of, standing_pelvis_m
from edge_agent.models.training.scene.skeleton import Skeleton

Floats = npt.NDArray[np.float64]

DOUBLE_SUPPORT = 0.24
"""Share of a step in which both feet are down (Perry 1992: 12 % of the stride, twice)."""
WALK_RATIO_M_S = 0.39
"""Step length over cadence, metres times seconds: 0.0065 m per step/min (Sekiya et al., J. Human Mov. Studies 1996)."""


@dataclass(frozen=True, slots=True, eq=False)
class WalkClip:
    """Walking: pelvis and arms follow the steps.

    Attributes:
        skeleton: the body.
        action: a word for it.
        start: how the person stands before.
        end: how he stands after.
        path: float64 `(M, 4)`, evenly spaced by distance: x, y, heading, and the distance itself.
        step_s: duration of a step.
        steps: number of steps, the closing one not counted.
        feet: left and right.
        first: 0 when the left foot goes first, 1 for the right.
        swing: amplitude of the arms' swing, 1 is normal; 0 for one who carries.
    """

    skeleton: Skeleton
    action: str
    start: Control
    end: Control
    path: Floats
    step_s: float
    steps: int
    feet: tuple[FootTrack, FootTrack]
    first: int
    swing: float

    @property
    def duration_s(self) -> float:
        """All steps and the one that closes the feet."""
        return (self.steps + 1) * self.step_s

    def control_at(self, t_s: float) -> Control:
        """The body at a time."""
        count = t_s / self.step_s
        share = self._distance_share(count)
        x, y, heading = (np.interp(share * self.path[-1, 3], self.path[:, 3], self.path[:, i]) for i in range(3))
        pace = ramp(count, 0.0, 1.0) * (1.0 - ramp(count, self.steps, self.steps + 1))
        length = float(self.path[-1, 3]) / self.steps
        base = blended(self.start, self.end, ramp(count, 0.0, min(1.5, self.steps + 1.0)))
        turned = ramp(count, 0.0, 1.0)
        heading = (1.0 - turned) * self.start.heading_rad + turned * heading
        # The side whose foot is forward at whole counts: +1 when it is the left.
        lead = -np.cos(np.pi * count) * (1.0 if self.first == 0 else -1.0)
        sway = 0.022 * pace * np.cos(np.pi * (count - 0.5)) * (-1.0 if self.first == 0 else 1.0)
        stride = min(length / 0.68, 1.3)
        begin, finish = (1.0 - ramp(count, 0.0, 1.0)), ramp(count, self.steps, self.steps + 1)
        at_start = self.start.pelvis_m - np.array([*self.path[0, :2], 0.0])
        at_end = self.end.pelvis_m - np.array([*self.path[-1, :2], 0.0])
        pelvis = np.array([x - np.sin(heading) * sway, y + np.cos(heading) * sway, 0.0])
        pelvis += begin * at_start + finish * at_end
        pelvis[2] += (1.0 - begin - finish) * (self.end.floor_m + standing_pelvis_m(self.skeleton))
        pelvis[2] -= pace * self._drop_m(length) * (0.5 + 0.5 * np.cos(2.0 * np.pi * count))
        return Control(
            pelvis_m=pelvis,
            heading_rad=float(heading),
            angles_deg=base.angles_deg + pace * stride * self._swing_deg(lead, count),
            feet=np.stack([foot.at(self.skeleton, t_s) for foot in self.feet]),
            floor_m=self.end.floor_m,
        )

    def _distance_share(self, count: float) -> float:
        """Share of the way that the pelvis has gone after so many steps: speeds up in the first, slows in the last."""
        n = self.steps
        if count < 1.0:
            return 0.5 * count**2 / n
        if count <= n:
            return (count - 0.5) / n
        return 1.0 - 0.5 * max(0.0, n + 1.0 - count) ** 2 / n

    def _drop_m(self, length: float) -> float:
        """How far the pelvis is lower when both feet are down: the front leg must reach the floor, nearly straight."""
        leg = self.skeleton.leg_m
        reach = max(length / 2 - 0.03, 0.0)
        return float(leg - np.sqrt(max(leg**2 - reach**2, 0.25 * leg**2)))

    def _swing_deg(self, lead: float, count: float) -> Floats:
        """Angles added by walking at a step of 0.68 m (amplitudes rounded from Perry 1992)."""
        added = np.zeros((19, 3))
        added[Joint.PELVIS] = (3.0, 2.5 * np.sin(np.pi * count) * (1.0 if self.first == 0 else -1.0), -5.0 * lead)
        added[Joint.CHEST, 2] = 9.0 * lead
        added[Joint.NECK, 2] = -4.0 * lead
        added[Joint.NECK, 0] = -3.0
        for shoulder, side in ((Joint.LEFT_SHOULDER, -1.0), (Joint.RIGHT_SHOULDER, 1.0)):
            added[shoulder, 0] = self.swing * (21.0 * side * lead + 1.0)
            added[shoulder + 1, 0] = self.swing * (10.0 + 9.0 * side * lead)
        return added


def smooth_path(points_m: Floats, round_m: float = 0.5) -> Floats:
    """A path with rounded corners.

    Args:
        points_m: float64 `(K, 2)`, at least two different points.
        round_m: over what length corners are rounded.

    Returns:
        float64 `(M, 4)`: x, y, heading (unwrapped) and distance from the start, about every 2 cm.

    Raises:
        ValueError: the points are all one.
    """
    legs = np.linalg.norm(np.diff(points_m, axis=0), axis=1)
    total = float(legs.sum())
    if total < 1e-6:
        raise ValueError("a path needs two different points")
    along = np.linspace(0.0, total, max(int(total / 0.02), 8) + 1)
    knots = np.concatenate([[0.0], np.cumsum(legs)])
    window = max(int(round_m / (along[1])) | 1, 1)
    pad = window // 2
    xy = np.stack([np.interp(along, knots, points_m[:, i]) for i in range(2)], axis=1)
    if len(points_m) > 2 and pad > 0 and len(xy) > 2 * pad:
        # Ends are mirrored through themselves, so that they stay where they are.
        padded = np.concatenate([2 * xy[:1] - xy[pad:0:-1], xy, 2 * xy[-1:] - xy[-2 : -pad - 2 : -1]])
        kernel = np.full(window, 1.0 / window)
        xy = np.stack([np.convolve(padded[:, i], kernel, mode="valid") for i in range(2)], axis=1)
    step = np.gradient(xy, axis=0)
    distance = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))])
    heading = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    return np.column_stack([xy, heading, distance])


@dataclass(frozen=True, slots=True)
class Gait:
    """How to walk.

    Attributes:
        speed_m_s: along the path.
        posture: trunk and arms on the way.
        swing: amplitude of the arms' swing.
        action: a word for it.
    """

    speed_m_s: float = 1.2
    posture: Posture = Posture()  # noqa: RUF009  frozen
    swing: float = 1.0
    action: str = "walk"


def walk_along(skeleton: Skeleton, start: Control, path: Floats, gait: Gait) -> WalkClip:
    """A walk from a stand to a stand, along a path from `smooth_path`."""
    total = float(path[-1, 3])
    steps = max(int(np.ceil(total / np.sqrt(WALK_RATIO_M_S * gait.speed_m_s) - 0.2)), 1)
    step_s = total / steps / gait.speed_m_s
    step_s = max(step_s, 0.42)
    x, y, heading, _ = path[-1]
    floor = start.floor_m
    end = control_of(skeleton, Place(float(x), float(y), float(heading), floor), gait.posture)
    half = abs(skeleton.offsets_m[Joint.LEFT_HIP][1]) * 0.85
    falls: tuple[list[Footfall], list[Footfall]] = ([], [])
    for k in range(1, steps + 2):
        side = (k - 1) % 2
        at = min(k, steps) * total / steps
        px, py, yaw = (float(np.interp(at, path[:, 3], path[:, i])) for i in range(3))
        sign = 1.0 if side == 0 else -1.0
        spot = np.array([px - sign * half * np.sin(yaw), py + sign * half * np.cos(yaw), floor, yaw + sign * 0.1])
        if k >= steps:
            ankle = end.feet[side]
            spot = np.array([ankle[0], ankle[1], floor, ankle[3]])
        roll = min(total / steps / 0.68, 1.2)
        push, strike = roll * (0.4 if k == 1 else 1.0), roll * (0.0 if k > steps else 1.0)
        lift = (k - 1 + DOUBLE_SUPPORT) * step_s
        falls[side].append(Footfall(lift_s=lift, land_s=k * step_s, spot=spot, push=push, strike=strike))
    tracks = tuple(_track(start, side, floor, falls[side]) for side in range(2))
    return WalkClip(
        skeleton=skeleton,
        action=gait.action,
        start=start,
        end=end,
        path=path,
        step_s=step_s,
        steps=steps,
        feet=(tracks[0], tracks[1]),
        first=0,
        swing=gait.swing,
    )


def _track(start: Control, side: int, floor_m: float, falls: list[Footfall]) -> FootTrack:
    foot = start.feet[side]
    return FootTrack(start=np.array([foot[0], foot[1], floor_m, foot[3]]), falls=tuple(falls))
