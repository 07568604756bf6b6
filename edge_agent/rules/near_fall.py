"""Rule `near_fall`: somebody stumbled: the sign of a fall, and up again without having been on the ground.

A momentary fact: raised when the person is up again, cleared a few seconds later. Many of them at one place speak of a
step, a cable or a wet floor there, before somebody is hurt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone
from edge_agent.rules.going_down import Before, Trigger, before_going_down, fast_descent
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.last_up import was_up
from edge_agent.rules.on_ground import is_down
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import SURE

# Down by as much as in a fall, and the hips on the floor as for `slow_collapse`: that was the ground.
_FALL_DROP_H = 0.33
_GROUND_HIPS_H = 0.1
_FALL = "fall"
# As high as before: a step or a look at the floor lowers the shoulders by less.
_AS_HIGH_H = 0.1
# Who jumps goes up before going down, at the speed of the landing; who stumbles does not.
_JUMP_H_S = 0.38
_JUST_BEFORE_S = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class NearFallSettings:
    """Thresholds of `near_fall`. H is the person's own body height.

    Off until somebody asks for it: it is no alarm, and no footage of stumbling people was at hand to measure it on.
    On trial (`shadow`) list `fall`, too: rules on trial know of no other incidents, and it would count falls again.
    """

    enabled: bool = False
    """Whether the rule runs."""
    hip_descent_h_s: Annotated[float, Gt(0), Le(5)] = 0.76
    """Hips going down this fast (H/s), as for `fall`: 1.3 m/s (Wu, J. Biomech. 2000; Bourke et al. 2008)."""
    descent_hold_s: Annotated[float, Ge(0), Le(2)] = 0.05
    """For at least so long: a quarter of what a fall needs, since a stumble is caught before it is as fast for longer.
    Our own: without any, picking things up was taken for one at 6 frames a second."""
    drop_h: Annotated[float, Gt(0), Le(0.33)] = 0.1
    """The shoulders must have come down by at least so much of H: a knee that gives way, or a lunge (our own)."""
    caught_s: Annotated[float, Gt(0), Le(4)] = 2.0
    """Up again so soon after the sign. No source gives a figure; a step that catches a stumble takes under a second."""
    cooldown_s: Seconds = 10.0
    """The same person is not reported again for so long."""


class NearFall:
    """Judges `near_fall`.

    A trunk that tips fast is no sign here, as it is for `fall`: whoever picks something up tips as fast and is up again
    as soon.
    """

    name = "near_fall"
    severity = Severity.INFO
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: NearFallSettings) -> None:
        self._settings = settings
        # Up again for so long: one frame of the detector does not decide.
        self.timing = Timing(onset_s=0.3, clear_s=0.0, unseen_s=1.0, cooldown_s=settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while the sign is recent and the person up again; so one stumble is one incident."""
        now, s = history.now, self._settings
        if now.unseen_s > 0.0 or now.hip_descent_h_s.confidence < SURE:
            return UNKNOWN
        sign = fast_descent(history, now.t_s - s.caught_s, s.hip_descent_h_s, s.descent_hold_s)
        before = before_going_down(history, sign.at_s) if sign else None
        if sign is None or before is None or _FALL in history.running:
            return Judgement(Verdict.NO, now.hip_descent_h_s.confidence)
        drop_h = _dip_h(history, sign, before)
        up_again = was_up(now) and _drop_h(now, before) < _AS_HIGH_H
        if (
            not up_again
            or drop_h < s.drop_h
            or _was_on_ground(history, sign, before)
            or _jumped(history, sign)
            or _was_at_side(history, sign, size)
        ):
            return Judgement(Verdict.NO, now.hip_descent_h_s.confidence)
        return Judgement(Verdict.YES, sign.confidence, (sign.evidence, Evidence("drop_h", drop_h)))


def _drop_h(posture: Posture, before: Before) -> float:
    return (posture.shoulders.y_px - before.shoulder_y_px) / before.height_px


def _dip_h(history: History, sign: Trigger, before: Before) -> float:
    return max(_drop_h(posture, before) for posture in history.since(sign.at_s))


def _was_on_ground(history: History, sign: Trigger, before: Before) -> bool:
    return any(
        _drop_h(posture, before) >= _FALL_DROP_H and is_down(posture, before, _GROUND_HIPS_H)
        for posture in history.since(sign.at_s)
    )


def _was_at_side(history: History, sign: Trigger, size: FrameSize) -> bool:
    """Whether the box touched a side of the frame then: the joints of who steps in are guesses, and jump about."""
    return any(
        posture.box_px[0] <= 0.0 or posture.box_px[2] >= size.width_px
        for posture in history.between(sign.at_s - _JUST_BEFORE_S, sign.at_s + _JUST_BEFORE_S)
    )


def _jumped(history: History, sign: Trigger) -> bool:
    return any(
        posture.hip_descent_h_s.confidence >= SURE and posture.hip_descent_h_s.value <= -_JUMP_H_S
        for posture in history.between(sign.at_s - _JUST_BEFORE_S, sign.at_s)
    )
