"""How much speaks for lying, standing or crouching, 0..1.

Each is the least of soft steps, so that a value near a limit gives weak evidence instead of a flicker.
"""

from __future__ import annotations

from edge_agent.data.posture import Measure

# The hips of somebody sitting on a standard chair (seat 0.42 to 0.48 m, EN 527/EN 1335) are at about 0.25 H above the
# ankles; on the ground they are lower. Standing they are at 0.49 H (Drillis and Contini).
_HIPS_ON_GROUND_H = 0.25
_HIPS_STANDING_H = 0.38
# ISO 11226:2000 calls no static trunk inclination beyond 60 deg acceptable; work there is rare, lying is always there.
_TRUNK_LYING_DEG = 60.0
_TRUNK_UPRIGHT_DEG = 45.0
_SOFT_DEG = 10.0
_SOFT_H = 0.05


def lying(trunk_deg: Measure, hip_height_h: Measure) -> Measure:
    """Evidence that the trunk is down: inclined beyond 60 deg and the hips not above the feet as in bending."""
    inclined = _above(trunk_deg.value, _TRUNK_LYING_DEG, _SOFT_DEG)
    if hip_height_h.confidence <= 0.0:
        return Measure(inclined, trunk_deg.confidence)
    low = _above(-hip_height_h.value, -0.5 * (_HIPS_ON_GROUND_H + _HIPS_STANDING_H), _SOFT_H)
    return Measure(min(inclined, low), trunk_deg.confidence)


def upright(trunk_deg: Measure, hip_height_h: Measure) -> Measure:
    """Evidence of standing or walking: trunk up, and hips high where the feet are seen."""
    up = _above(-trunk_deg.value, -_TRUNK_UPRIGHT_DEG, _SOFT_DEG)
    if hip_height_h.confidence <= 0.0:
        return Measure(up, 0.5 * trunk_deg.confidence)
    return Measure(min(up, _above(hip_height_h.value, _HIPS_STANDING_H, _SOFT_H)), trunk_deg.confidence)


def crouching(trunk_deg: Measure, hip_height_h: Measure) -> Measure:
    """Evidence of a squat or a kneel: hips low, trunk not lying."""
    if hip_height_h.confidence <= 0.0:
        return Measure(0.0, 0.0)
    low = _above(-hip_height_h.value, -_HIPS_ON_GROUND_H, _SOFT_H)
    not_lying = _above(-trunk_deg.value, -_TRUNK_LYING_DEG, _SOFT_DEG)
    return Measure(min(low, not_lying), min(trunk_deg.confidence, hip_height_h.confidence))


def _above(value: float, limit: float, soft: float) -> float:
    """0 well below `limit`, 0.5 on it, 1 well above it, straight between."""
    return min(1.0, max(0.0, 0.5 + (value - limit) / (2.0 * soft)))
