"""Whether a person is on the ground, and whether a person who was has got up."""

from __future__ import annotations

from edge_agent.data.event import Evidence, Verdict
from edge_agent.data.posture import Posture
from edge_agent.rules.going_down import Before
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.trust import EVIDENT, SURE

STANDING_HIPS_H = 0.49
"""Hip height of somebody standing (Drillis and Contini: hip 0.530 H, ankle 0.039 H)."""
# Whoever looks so much taller came nearer, and the floor there is lower in the picture. Our own: a trunk that lies
# across is seen whole, which makes H a tenth longer under a camera that looks down by 25 deg.
_NEARER = 1.2
# Flow that carried a person over a longer time no longer tells whether that person is still there.
_CARRIED_S = 60.0


def is_down(now: Posture, before: Before, ground_hips_h: float) -> bool:
    """Whether the hips are near the floor, or the trunk lies.

    The feet tell where the floor is; where they are not seen, the place where they must have been before.
    """
    if now.hip_height_h.confidence >= SURE:
        return now.hip_height_h.value < ground_hips_h
    if trunk_lies(now):
        return True
    if now.body_height_px.value > _NEARER * before.height_px:
        return False
    floor_y_px = before.hip_y_px + STANDING_HIPS_H * before.height_px
    return (floor_y_px - now.hips.y_px) / before.height_px < ground_hips_h


def trunk_lies(now: Posture) -> bool:
    """Whether the trunk is down: what tells somebody on the ground from somebody on a seat."""
    return now.lying.value >= EVIDENT


def stays_down(now: Posture, risen_line_px: float) -> Judgement:
    """Verdict on somebody who was on the ground: `no` only once seen to have risen above this line of the frame."""
    evidence = (Evidence("trunk_inclination_deg", now.trunk_inclination_deg.value),)
    if now.unseen_s > _CARRIED_S:
        return UNKNOWN
    if now.unseen_s > 0.0:
        return Judgement(Verdict.YES, 0.5 * SURE, evidence, risen_line_px)
    above = now.shoulders.y_px < risen_line_px
    if above and now.upright.value >= EVIDENT and now.upright.confidence >= SURE:
        return Judgement(Verdict.NO, now.upright.confidence)
    return Judgement(Verdict.YES, max(now.lying.confidence, SURE), evidence, risen_line_px)
