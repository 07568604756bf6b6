"""One person's joints as plain numbers, with the few points and angles that every measure is made of.

Plain floats, not arrays: for one person at a time they are several times faster than numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_agent.data.keypoints import Keypoint as K
from edge_agent.data.posture import Measure
from edge_agent.data.track import Track

# Below this a joint is not used to place the middle of a pair when the other one is surer.
_USABLE = 0.2
# A limb that points at the camera has no angle in the picture.
_SHORTEST_PX = 1.0


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint or the middle of two: pixels, pixels per second, confidence 0..1."""

    x_px: float
    y_px: float
    vx_px_s: float
    vy_px_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Segment:
    """The vector from one joint to another."""

    dx_px: float
    dy_px: float
    dvx_px_s: float
    dvy_px_s: float
    confidence: float

    @property
    def length_px(self) -> float:
        """Its length."""
        return math.hypot(self.dx_px, self.dy_px)


class Skeleton:
    """The 17 joints of a track, in COCO order."""

    def __init__(self, track: Track) -> None:
        self.joints = tuple(
            Joint(x, y, vx, vy, c)
            for (x, y), (vx, vy), c in zip(
                track.keypoints_px.tolist(), track.velocities_px_s.tolist(), track.confidences.tolist(), strict=True
            )
        )

    def middle(self, first: K, second: K) -> Joint:
        """The middle of a pair; the surer one alone where the other cannot be used."""
        a, b = self.joints[first], self.joints[second]
        if min(a.confidence, b.confidence) < _USABLE:
            return a if a.confidence >= b.confidence else b
        return Joint(
            (a.x_px + b.x_px) / 2.0,
            (a.y_px + b.y_px) / 2.0,
            (a.vx_px_s + b.vx_px_s) / 2.0,
            (a.vy_px_s + b.vy_px_s) / 2.0,
            max(a.confidence, b.confidence),
        )

    def angle_deg(self, first: K, vertex: K, last: K) -> Measure:
        """Angle at `vertex` between the segments to its neighbours: 180 where the limb is stretched."""
        vertex_joint = self.joints[vertex]
        return between_deg(segment(vertex_joint, self.joints[first]), segment(vertex_joint, self.joints[last]))


def segment(start: Joint, end: Joint) -> Segment:
    """The vector from `start` to `end`; as sure as the less sure of them, and unknown where it has no direction."""
    dx_px, dy_px = end.x_px - start.x_px, end.y_px - start.y_px
    directed = dx_px * dx_px + dy_px * dy_px >= _SHORTEST_PX**2
    return Segment(
        dx_px,
        dy_px,
        end.vx_px_s - start.vx_px_s,
        end.vy_px_s - start.vy_px_s,
        min(start.confidence, end.confidence) if directed else 0.0,
    )


def between_deg(first: Segment, second: Segment) -> Measure:
    """Unsigned angle between two segments, 0..180."""
    cross = first.dx_px * second.dy_px - first.dy_px * second.dx_px
    dot = first.dx_px * second.dx_px + first.dy_px * second.dy_px
    return Measure(math.degrees(math.atan2(abs(cross), dot)), min(first.confidence, second.confidence))


def inclination_deg(upward: Segment) -> Measure:
    """Unsigned angle of a segment from pointing straight up in the picture, 0..180."""
    return Measure(math.degrees(math.atan2(abs(upward.dx_px), -upward.dy_px)), upward.confidence)


def inclination_rate_deg_s(upward: Segment) -> Measure:
    """Rate of `inclination_deg`.

    For ``atan2(u, w)`` with ``u = |dx|`` and ``w = -dy`` it is ``(w u' - u w') / (u^2 + w^2)``.
    """
    u, w = abs(upward.dx_px), -upward.dy_px
    du, dw = math.copysign(1.0, upward.dx_px) * upward.dvx_px_s, -upward.dvy_px_s
    return Measure(math.degrees((w * du - u * dw) / max(u * u + w * w, 1.0)), upward.confidence)
