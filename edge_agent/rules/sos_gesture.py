"""Rule `sos_gesture`: somebody asks for help with both arms.

Stretched out to each side, slowly and repeatedly raised and lowered, they are a distress signal of the collision
regulations at sea (COLREGs 1972, annex IV, 1(k)).

What else brings both arms up and down again and again, and what tells it apart:

- work overhead keeps the arms up, or one of them: both must come down in between, and together;
- whoever lifts things onto a shelf has the hands at the thing, close together: here they are far apart on the way;
- jumping jacks have the same arms, but twice as fast, and the hips go up and down with each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone
from edge_agent.rules.history import HISTORY_S, FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Degrees, Seconds, Timing
from edge_agent.rules.trust import ANGLE_SURE

# Wrists of arms stretched to the sides are 0.92 H apart, and 0.65 H at 30 deg from hanging or from straight up
# (shoulders 0.26 H, upper arm 0.186 H, forearm 0.146 H; Drillis and Contini). Hands at a box are 0.3 H apart.
_APART_H = 0.6
# The hips of somebody on the feet keep their height; a jump of 10 cm takes off at 1.4 m/s, 0.8 H/s, half of which is
# left after the filters.
_JUMP_H_S = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class SosGestureSettings:
    """Thresholds of `sos_gesture`.

    Off until everybody at the place knows the sign. The regulations give no figures; all of these are our own.
    """

    enabled: bool = False
    """Whether the rule runs."""
    up_deg: Degrees = 100.0
    """Both upper arms must rise above this: beyond level."""
    down_deg: Degrees = 60.0
    """And come below this."""
    raises: Annotated[int, Ge(2), Le(4)] = 2
    """So often within 5 s: once is a stretch."""
    cycle_s: Annotated[float, Gt(0), Le(2)] = 1.2
    """From one raise to the next, at least: "slowly". Jumping jacks are done about once a second. `raises` times this
    is at most 5 s."""
    lasts_s: Seconds = 60.0
    """The incident ends when the sign was not given for so long."""
    cooldown_s: Seconds = 30.0
    """The same person is not reported again for so long."""

    def __post_init__(self) -> None:
        if self.up_deg - self.down_deg < 10.0:
            raise ValueError("down_deg must be at least 10 deg less than up_deg")
        # Nobody keeps the shortest cycle exactly, and the arms must come down again after the last raise.
        if self.raises * self.cycle_s > HISTORY_S:
            raise ValueError(
                f"raises times cycle_s must be at most {HISTORY_S:g} s, since no longer sign is seen as one: "
                f"with {self.raises} raises, lower cycle_s to {math.floor(10.0 * HISTORY_S / self.raises) / 10.0:g}"
            )


class SosGesture:
    """Judges `sos_gesture`, of whoever gives it, on the feet or on the ground."""

    name = "sos_gesture"
    severity = Severity.CRITICAL
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: SosGestureSettings) -> None:
        self._settings = settings
        self.timing = Timing(onset_s=0.0, clear_s=settings.lasts_s, unseen_s=120.0, cooldown_s=settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes in the frames in which the arms are down again and were raised often enough in the last seconds."""
        now = history.now
        confidence = _confidence(now)
        if confidence < ANGLE_SURE:
            return UNKNOWN
        if _highest_deg(now) > self._settings.down_deg:
            return Judgement(Verdict.NO, confidence)
        count = self._raises(history)
        if count < self._settings.raises:
            return Judgement(Verdict.NO, confidence)
        return Judgement(Verdict.YES, confidence, (Evidence("raise_count", float(count)),))

    def _raises(self, history: History) -> int:
        """How often both arms were raised and lowered, outstretched and slowly, in the history."""
        s, count, is_up, was_apart, last_up_s = self._settings, 0, False, False, -math.inf
        for posture in history.since(-math.inf):
            if abs(posture.hip_descent_h_s.value) > _JUMP_H_S and posture.hip_descent_h_s.confidence >= ANGLE_SURE:
                return 0
            if _confidence(posture) < ANGLE_SURE:
                continue
            was_apart = was_apart or _are_apart(posture)
            if is_up:
                if _highest_deg(posture) <= s.down_deg:
                    is_up, count, was_apart = False, count + was_apart, False
            elif _lowest_deg(posture) >= s.up_deg:
                if posture.t_s - last_up_s < s.cycle_s:
                    return 0
                is_up, last_up_s = True, posture.t_s
        return count


def _confidence(posture: Posture) -> float:
    """Of both arms; 0 where the person is not seen now."""
    if posture.unseen_s > 0.0:
        return 0.0
    return min(posture.left_upper_arm_deg.confidence, posture.right_upper_arm_deg.confidence)


def _highest_deg(posture: Posture) -> float:
    return max(posture.left_upper_arm_deg.value, posture.right_upper_arm_deg.value)


def _lowest_deg(posture: Posture) -> float:
    return min(posture.left_upper_arm_deg.value, posture.right_upper_arm_deg.value)


def _are_apart(posture: Posture) -> bool:
    """Whether the hands are as far from each other as those of stretched arms."""
    left, right = posture.left_wrist, posture.right_wrist
    apart_px = math.hypot(left.x_px - right.x_px, left.y_px - right.y_px)
    return min(left.confidence, right.confidence) >= ANGLE_SURE and apart_px >= _APART_H * posture.body_height_px.value
