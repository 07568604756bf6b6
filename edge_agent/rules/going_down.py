"""Signs in a person's recent history of going down fast."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Evidence
from edge_agent.data.posture import Measure, Posture
from edge_agent.rules.history import History
from edge_agent.rules.last_up import was_up
from edge_agent.rules.trust import SURE

_BEFORE_S = 2.0
_ROTATION_WITHIN_S = 0.5
_COLLAPSE_WITHIN_S = 1.0
# Up in most of the frames of before: one wild guess of the detector puts nobody on the feet.
_UP_SHARE = 0.5
_CARRIED_S = 0.25
# No body turns faster: a trunk of 0.5 m that tips about the hips under its own weight ends at sqrt(3 g / l), which is
# 440 deg/s. What is faster is a detection of something else, and the filters take a while to forget it.
_TRUNK_FASTEST_DEG_S = 450.0


@dataclass(frozen=True, slots=True)
class Trigger:
    """The first sign of going down.

    Attributes:
        at_s: Monotonic seconds.
        confidence: 0..1.
        evidence: Which sign, and its size.
    """

    at_s: float
    confidence: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Before:
    """How the person was before: the highest shoulders and hips in the frame, and H, in pixels."""

    shoulder_y_px: float
    hip_y_px: float
    height_px: float


def fast_descent(history: History, from_s: float, least_h_s: float, hold_s: float) -> Trigger | None:
    """The first time that the hips went down at `least_h_s` or more for `hold_s`.

    The speed passes the limit somewhere between two frames, on the way up and on the way back: on average in the
    middle. From there to there its time counts, so that few frames a second do not hide a fall. Half of the hold must
    lie between frames that show it: one frame proves nothing.
    """
    if history.fastest_descent_h_s < least_h_s:
        return None
    run: list[Posture] = []
    before_s, start_s = float("-inf"), 0.0
    for posture in history:
        t_s, speed = posture.t_s, posture.hip_descent_h_s
        fast = t_s >= from_s and _seen(posture, speed) and speed.value >= least_h_s
        if fast and not run:
            start_s = t_s - 0.5 * min(t_s - before_s, hold_s)
        if fast:
            run.append(posture)
        if run:
            last = run[-1]
            end_s = last.t_s + 0.5 * min(t_s - last.t_s, hold_s)
            if end_s - start_s >= hold_s and last.t_s - run[0].t_s >= 0.5 * hold_s:
                speed = last.hip_descent_h_s
                return Trigger(start_s, speed.confidence, Evidence("hip_descent_h_s", speed.value))
        if not fast:
            run = []
        before_s = t_s
    return None


def fast_rotation(history: History, from_s: float, least_deg_s: float, change_deg: float) -> Trigger | None:
    """The first time that the trunk tipped at `least_deg_s` or more, and by `change_deg` within half a second."""
    for posture in history.since(from_s):
        rate, tilt = posture.trunk_rate_deg_s, posture.trunk_inclination_deg
        if not _seen(posture, rate) or rate.value < least_deg_s:
            continue
        around = tuple(history.between(posture.t_s - _ROTATION_WITHIN_S, posture.t_s))
        if any(abs(p.trunk_rate_deg_s.value) > _TRUNK_FASTEST_DEG_S for p in around):
            continue
        upright_deg = min(
            (p.trunk_inclination_deg.value for p in around if _seen(p, p.trunk_inclination_deg)), default=180.0
        )
        if tilt.value - upright_deg >= change_deg:
            return Trigger(posture.t_s, rate.confidence, Evidence("trunk_rate_deg_s", rate.value))
    return None


def collapse(history: History, from_s: float, part: float) -> Trigger | None:
    """The first time that the person's height in the picture shrank by `part` of the whole within a second."""
    for posture in history.since(from_s):
        if posture.unseen_s > 0.0:
            continue
        earlier = [p for p in history.between(posture.t_s - _BEFORE_S, posture.t_s) if p.unseen_s <= 0.0]
        whole_px = max(_extent_px(p) for p in earlier)
        lately_px = max(_extent_px(p) for p in earlier if p.t_s >= posture.t_s - _COLLAPSE_WITHIN_S)
        shrunk = (lately_px - _extent_px(posture)) / max(whole_px, 1.0)
        if shrunk >= part:
            return Trigger(posture.t_s, posture.extent_h.confidence, Evidence("box_collapse", shrunk))
    return None


def before_going_down(history: History, at_s: float) -> Before | None:
    """The person in the two seconds before; None where nobody was surely seen up for most of them."""
    earlier = tuple(history.between(at_s - _BEFORE_S, at_s))
    up = [p for p in earlier if was_up(p)]
    if not up or len(up) < _UP_SHARE * len(earlier):
        return None
    highest = min(up, key=lambda p: p.shoulders.y_px)
    return Before(highest.shoulders.y_px, highest.hips.y_px, highest.body_height_px.value)


def _extent_px(posture: Posture) -> float:
    return posture.box_px[3] - posture.box_px[1]


def _seen(posture: Posture, measure: Measure) -> bool:
    """Sure, and measured on a detection of the last instants: flow alone turns joints of nobody."""
    return measure.confidence >= SURE and posture.unseen_s <= _CARRIED_S
