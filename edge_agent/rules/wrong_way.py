"""Rule `wrong_way`: somebody walks against the arrow of a walkway.

Along the camera's line of sight a walk shows fewer pixels than across it. On a level floor seen from a depression of p
degrees, and against a body that stands there, a step away from the camera shows tan(p) times as long as it is (pinhole
camera, near the person taken as weak perspective). The rule divides by it: by that of the person's place where the
camera is calibrated, by its tilt or by its floor points, and by that of an ordinary camera where it is not. A camera
that rolls is taken as one that does not: lines of sight are taken to show straight up the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt, Le

from edge_agent.data.calibration import Calibration
from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.on_ground import trunk_lies
from edge_agent.rules.placing import ankles_seen, stands_in
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import SURE

# The way of a stride (1 s, Winter 2009): over less, the swing of a foot looks like a walk.
_OVER_S = 1.0
_AT_LEAST_S = 0.5
# 1 / tan(27 deg). Our own: cameras under a roof look down at people by 15 to 40 deg, which makes 3.7 to 1.2.
_STRETCH = 2.0
# A flatter view (14 deg) shows so little of a way along the line of sight that the joints' noise would pass for one.
_LARGEST_STRETCH = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongWaySettings:
    """Thresholds of `wrong_way`. H is the person's own body height."""

    enabled: bool = True
    """Whether the rule runs. On, since no walkway has an arrow unless somebody drew one."""
    speed_h_s: Annotated[float, Gt(0), Le(2)] = 0.3
    """Moving against the arrow this fast (H/s) is walking the wrong way. ISO 13855:2010 takes 1.6 m/s for a walk, which
    is 0.94 H/s at 1.7 m; a third of it is ours: more than shifting from foot to foot, and half of a slow walk, since an
    uncalibrated camera may show a walk along its line of sight at half its speed."""
    hold_s: Seconds = 1.0
    """For so long. Our own: two steps (a step takes about 0.5 s, Winter 2009); stepping aside takes one."""
    cooldown_s: Seconds = 60.0
    """The same person is not reported again for so long."""


class WrongWay:
    """Judges `wrong_way` for each walkway that has an arrow."""

    name = "wrong_way"
    severity = Severity.WARNING
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: WrongWaySettings, calibration: Calibration | None = None) -> None:
        self._speed_h_s = settings.speed_h_s
        self._calibration = calibration
        self.timing = Timing(onset_s=settings.hold_s, clear_s=2.0, unseen_s=10.0, cooldown_s=settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The walkways with an arrow."""
        return tuple(zone for zone in scene.zones if zone.one_way)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the feet inside move against the arrow, within 45 deg of straight; half as fast once raised."""
        if place is None or place.one_way is None:
            return UNKNOWN
        now = history.now
        inside = stands_in(now, place, size)
        if inside.verdict is not Verdict.YES:
            return inside
        if trunk_lies(now):
            return Judgement(Verdict.NO, inside.confidence)
        before = _a_stride_ago(history)
        if before is None or now.body_height_px.confidence < SURE:
            return UNKNOWN
        stretch = self._stretch(now, size)
        (x1, y1), (x2, y2) = place.one_way
        arrow = ((x2 - x1) * size.width_px, stretch * (y2 - y1) * size.height_px)
        way = (now.foot.x_px - before.foot.x_px, stretch * (now.foot.y_px - before.foot.y_px))
        length = math.hypot(*arrow) * now.body_height_px.value * (now.t_s - before.t_s)
        against_h_s = -(way[0] * arrow[0] + way[1] * arrow[1]) / length
        aside_h_s = abs(way[0] * arrow[1] - way[1] * arrow[0]) / length
        confidence = min(inside.confidence, before.foot.confidence)
        least_h_s = 0.5 * self._speed_h_s if raised else self._speed_h_s
        if against_h_s < least_h_s or against_h_s < aside_h_s:
            return Judgement(Verdict.NO, confidence)
        return Judgement(Verdict.YES, confidence, (Evidence("against_h_s", against_h_s),))

    def _stretch(self, now: Posture, size: FrameSize) -> float:
        """What a way up or down the picture is multiplied by to compare with one across it."""
        if self._calibration is None:
            return _STRETCH
        down_deg = self._calibration.depression_deg(now.foot.y_px, size.width_px, size.height_px)
        if down_deg is None:
            return _stretch_on_floor(now)
        return _stretch_at(down_deg)


def _stretch_on_floor(now: Posture) -> float:
    """Of a camera that was measured by floor points, by where the person stands on that floor."""
    if now.camera_height_m is None:
        return _STRETCH  # the points do not fit together
    if now.floor_m is None:
        return _LARGEST_STRETCH  # too near the horizon
    away_m = math.hypot(now.floor_m.x_m, now.floor_m.y_m)
    return _stretch_at(math.degrees(math.atan2(now.camera_height_m, away_m)))


def _stretch_at(down_deg: float) -> float:
    steepness = math.tan(math.radians(min(max(down_deg, 1.0), 89.0)))
    return min(1.0 / steepness, _LARGEST_STRETCH)


def _a_stride_ago(history: History) -> Posture | None:
    """The earliest posture of the last second whose feet were placed as they are now; None where it is too fresh.

    Whoever walks behind a table is placed by the lower edge of the box instead of by the ankles, and seems to jump.
    """
    now = history.now
    ankles, latest_s = ankles_seen(now), now.t_s - _AT_LEAST_S
    found: Posture | None = None
    for posture in history.back_to(now.t_s - _OVER_S):
        if posture.t_s <= latest_s and posture.unseen_s <= 0.0 and ankles_seen(posture) is ankles:
            found = posture if not trunk_lies(posture) else found
    return found
