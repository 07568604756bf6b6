"""Where on the floor a person is, and in which zone."""

from __future__ import annotations

from edge_agent.data.event import Verdict
from edge_agent.data.posture import Point, Posture
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.trust import EVIDENT

Box = tuple[float, float, float, float]

# Feet that are guessed from the lower edge of a whole box count (0.3), those of a box cut by the frame do not (0).
LEAST_CONFIDENCE = 0.25
# Ankles that were seen are at least so sure.
_ANKLES_SEEN = 0.5
# Where somebody is who has not been detected for longer cannot be told to the width of a line.
CARRIED_S = 0.5


def stands_in(posture: Posture, zone: Zone, size: FrameSize) -> Judgement:
    """Whether the person's place on the floor is in the zone; unknown where that place is."""
    point = floor_point(posture)
    if posture.unseen_s > CARRIED_S or point.confidence < LEAST_CONFIDENCE:
        return UNKNOWN
    return Judgement(Verdict.YES if is_inside(point, zone, size) else Verdict.NO, point.confidence)


def floor_point(posture: Posture) -> Point:
    """Standing persons are where their feet are, lying ones where their torso is."""
    return posture.torso if posture.lying.value >= EVIDENT else posture.foot


def is_inside(point: Point, zone: Zone, size: FrameSize) -> bool:
    """Whether a point of the frame lies in the zone."""
    return zone.contains((point.x_px / size.width_px, point.y_px / size.height_px))


def reach_px(posture: Posture) -> Box:
    """Around everything of a person, as x1, y1, x2, y2: feet and hands are in the box, or hardly beside it."""
    x1, y1, x2, y2 = posture.box_px
    margin_px = 0.25 * max(x2 - x1, y2 - y1)
    return x1 - margin_px, y1 - margin_px, x2 + margin_px, y2 + margin_px


def is_apart(first_px: Box, second_px: Box) -> bool:
    """Whether two rectangles share nothing."""
    left, top, right, bottom = first_px
    return right < second_px[0] or left > second_px[2] or bottom < second_px[1] or top > second_px[3]


def ankles_seen(posture: Posture) -> bool:
    """Whether `foot` is where the ankles are; else it is guessed from the box, which ends where people are hidden."""
    return posture.foot.confidence >= _ANKLES_SEEN


def zone_of(posture: Posture, zones: tuple[Zone, ...], size: FrameSize) -> Zone | None:
    """The first zone that the person is in."""
    point = floor_point(posture)
    return next((zone for zone in zones if is_inside(point, zone, size)), None)


def may_lie_here(posture: Posture, mats: tuple[Zone, ...], size: FrameSize) -> bool:
    """Whether the person's torso is in one of the zones where lying down is allowed."""
    return any(is_inside(posture.torso, mat, size) for mat in mats)


def sits_here(posture: Posture, seats: tuple[Zone, ...], size: FrameSize) -> bool:
    """Whether the person's hips are on one of the seats: low hips and bent knees mean nothing there."""
    return any(is_inside(posture.hips, seat, size) for seat in seats)
