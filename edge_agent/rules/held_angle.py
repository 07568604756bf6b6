"""What the rules about a held angle of the body share: one camera's verdict on it, and the times.

One camera cannot tell who bends towards it from who bends away: it sees two solutions. Both beyond the limit is a yes,
both within it a no, and anything else is not to be told. A camera that is not calibrated has not even those: what it
sees is counted as exposure, and raises nothing.
"""

from __future__ import annotations

from edge_agent.data.event import Evidence, Verdict
from edge_agent.data.posture import Band, Measure, Posture
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Timing
from edge_agent.rules.trust import ANGLE_SURE, EVIDENT, SURE

_LEAST_GAP_DEG = 10.0
_ARM = "upper_arm_elevation_deg"


def judge_angle(name: str, angle: Measure, band: Band | None, limit_deg: float) -> Judgement:
    """Whether an angle is surely beyond a limit.

    Args:
        name: Of the evidence, with its unit.
        angle: In the picture.
        band: In the room; None where the camera is not calibrated.
        limit_deg: From here on it is a yes.
    """
    if angle.confidence < ANGLE_SURE:
        return UNKNOWN
    low_deg, high_deg = band or (angle.value, angle.value)
    if high_deg < limit_deg:
        return Judgement(Verdict.NO, angle.confidence)
    if low_deg < limit_deg:
        return UNKNOWN
    return Judgement(Verdict.YES, angle.confidence, (Evidence(name, low_deg),))


def lies(now: Posture) -> Judgement:
    """Of somebody who seems to lie, which is no posture to work in: no, where that is sure."""
    return Judgement(Verdict.NO, now.lying.confidence) if now.lying.confidence >= SURE else UNKNOWN


def judge_arms(now: Posture, limit_deg: float) -> Judgement:
    """Whether either upper arm is surely raised beyond a limit; no where both are surely not, or the person lies."""
    if now.unseen_s > 0.0:
        return UNKNOWN
    if now.lying.value >= EVIDENT:
        return lies(now)
    arms = (
        judge_angle(_ARM, now.left_upper_arm_deg, now.left_arm_band_deg, limit_deg),
        judge_angle(_ARM, now.right_upper_arm_deg, now.right_arm_band_deg, limit_deg),
    )
    up = [arm for arm in arms if arm.verdict is Verdict.YES]
    if up:
        return max(up, key=lambda arm: arm.confidence)
    return UNKNOWN if UNKNOWN in arms else min(arms, key=lambda arm: arm.confidence)


def held_timing(hold_s: float, cooldown_s: float) -> Timing:
    """Raised after the hold; a second back within the limit, or ten unseen, end it."""
    return Timing(onset_s=hold_s, clear_s=1.0, unseen_s=10.0, cooldown_s=cooldown_s)


def check_hysteresis(enter_deg: float, exit_deg: float) -> None:
    """Limits this close would flicker.

    Raises:
        ValueError: They are closer than 10 deg (design, section 6).
    """
    if enter_deg - exit_deg < _LEAST_GAP_DEG:
        raise ValueError("exit_deg must be at least 10 deg less than enter_deg")
