"""What a camera whose height is known tells of people in metres: where they are, how fast, and how tall.

Nothing of it may leave the device (design, section 8).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from edge_agent.data.posture import FloorPlace, Measure, Posture
from edge_agent.posture.body_height import ANKLES_H, HIPS_H, TRUNK_AND_LEG_H
from edge_agent.posture.camera_view import CameraView, Spot

# Hips and ankles of a person of 1.7 m: somebody of 1.5 or 1.9 m has the hips 0.11 m lower or higher, which under a
# camera at 3 m changes the speed by 5 %.
_USUAL_M = 1.7
_HIPS_M, _ANKLES_M = HIPS_H * _USUAL_M, ANKLES_H * _USUAL_M
_SURE = 0.5
# Our own: about one step of a walk. Over less the sway within a step shows, over more the start of a run is late.
_WINDOW_S = 0.6
_LEAST_WINDOW_S = 0.4
_LEAST_FRAMES = 3
# Somebody whose trunk is upright in the picture walks, stands or sits; metres are told of nobody else.
_UPRIGHT_DEG = 30.0
# Hips above ankles over shoulders above ankles: 0.63 of somebody who stands (Drillis and Contini). Beyond these the
# feet are hidden or guessed, or the person sits. A foot on the next rung of a ladder takes 0.05 from it.
_LEAST_LEGS, _MOST_LEGS = 0.55, 0.72
_UNKNOWN = Measure(0.0, 0.0)


class _Pace(NamedTuple):
    """When somebody upright was where."""

    t_s: float
    x_m: float
    y_m: float


class OnFloor:
    """Adds metres to the postures of one camera. Remembers where each track was lately; not thread-safe."""

    def __init__(self) -> None:
        self._paces: dict[int, deque[_Pace]] = {}

    def __call__(self, posture: Posture, view: CameraView, *, steady: bool) -> Posture:
        """The same posture with what is known of it in metres; as it is where the camera's height is not known.

        Args:
            posture: Of this frame.
            view: Of the camera.
            steady: Whether the camera itself stands still: if not, speeds begin anew.
        """
        if view.height_m is None:
            return posture
        by_ankles = posture.foot.confidence >= _SURE
        spot = view.spot(posture.foot, _ANKLES_M if by_ankles else 0.0)
        return replace(
            posture,
            floor_m=FloorPlace(spot.x_m, spot.y_m, posture.foot.confidence) if spot else None,
            floor_speed_m_s=self._speed_m_s(posture, view) if steady else self._begin_anew(posture),
            stature_m=_stature_m(posture, view, spot) if spot and by_ankles else None,
            camera_height_m=view.height_m,
        )

    def forget(self, present: Collection[int]) -> None:
        """Keep only these tracks."""
        for track_id in [known for known in self._paces if known not in present]:
            del self._paces[track_id]

    def _begin_anew(self, posture: Posture) -> Measure:
        self._paces.pop(posture.track_id, None)
        return _UNKNOWN

    def _speed_m_s(self, posture: Posture, view: CameraView) -> Measure | None:
        """Speed of the hips, which swing less than the feet; the slope of the least-squares line through their places.

        The Kalman velocity is up to date, and far too noisy once it is on the floor: decision 012.
        """
        if posture.unseen_s > 0.0:
            return _UNKNOWN
        if not _is_upright(posture):
            return self._begin_anew(posture)
        spot = view.spot(posture.hips, _HIPS_M)
        if spot is None:
            self._begin_anew(posture)
            return None
        paces = self._paces.setdefault(posture.track_id, deque())
        paces.append(_Pace(posture.t_s, spot.x_m, spot.y_m))
        while posture.t_s - paces[0].t_s > _WINDOW_S:
            paces.popleft()
        if len(paces) < _LEAST_FRAMES or posture.t_s - paces[0].t_s < _LEAST_WINDOW_S:
            return _UNKNOWN
        return Measure(_slope_m_s(paces), posture.trunk_inclination_deg.confidence)


def _slope_m_s(paces: deque[_Pace]) -> float:
    middle_s = sum(pace.t_s for pace in paces) / len(paces)
    square = along_x = along_y = 0.0
    for pace in paces:
        from_middle_s = pace.t_s - middle_s
        square += from_middle_s * from_middle_s
        along_x += from_middle_s * pace.x_m
        along_y += from_middle_s * pace.y_m
    return math.hypot(along_x, along_y) / square


def _stature_m(posture: Posture, view: CameraView, spot: Spot) -> Measure:
    """Height of the shoulders above the spot under the ankles, as a part of H (Criminisi et al. 2000)."""
    if posture.unseen_s > 0.0 or not _is_upright(posture) or posture.hip_height_h.confidence < _SURE:
        return _UNKNOWN
    shoulders_m = view.height_over_m(spot, posture.shoulders) - _ANKLES_M
    hips_m = view.height_over_m(spot, posture.hips) - _ANKLES_M
    if not _LEAST_LEGS * shoulders_m <= hips_m <= _MOST_LEGS * shoulders_m:
        return _UNKNOWN
    confidence = min(posture.trunk_inclination_deg.confidence, posture.hip_height_h.confidence)
    return Measure(shoulders_m / TRUNK_AND_LEG_H, confidence)


def _is_upright(posture: Posture) -> bool:
    trunk = posture.trunk_inclination_deg
    return trunk.confidence >= _SURE and trunk.value < _UPRIGHT_DEG
