"""Acts near the floor: sit, kneel, crouch, crawl, lie down of one's own will."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.posture import Foot, Posture, control_of, size, standing_pelvis_m
from edge_agent.models.training.scene.postures import ALL_FOURS, AT_BENCH, CROUCH, HALF_KNEEL, KNEEL, SIT, SQUAT, STAND
from edge_agent.models.training.scene.script import Script

_SEAT_TO_PELVIS = 0.055
"""Height of the hip joints over the seat, share of the body's height."""


def sitting(script: Script, seat_m: float = 0.45, posture: Posture = SIT) -> Posture:
    """The posture of sitting on a seat of that height, feet on the floor."""
    height = script.skeleton.standing_pelvis_m / 0.53
    drop = seat_m + _SEAT_TO_PELVIS * height - standing_pelvis_m(script.skeleton)
    thigh = -float(script.skeleton.offsets_m[Joint.LEFT_KNEE][2])
    scale = size(script.skeleton)
    return replace(posture, shift_m=(-0.95 * thigh / scale, 0.0, drop / scale))


def sit(script: Script, seconds: float = 6.0, seat_m: float = 0.45) -> None:
    """Sits down on a stool behind, works there, and gets up."""
    script.upright()
    seated = sitting(script, seat_m)
    ahead, _, up = seated.shift_m
    down = replace(SQUAT, lean=(38.0, 0.0, 0.0), feet=seated.feet, shift_m=(ahead + 0.08, 0.0, up + 0.1))
    lower = control_of(script.skeleton, script.place, down)
    _feet_apart(script, seated)
    script.through("sit", [(0.9, lower), (1.5, control_of(script.skeleton, script.place, seated))])
    script.posture = seated
    busy = replace(seated, trunk=(24.0, 0.0, 8.0), head=(18.0, 0.0, 0.0), left=AT_BENCH, right=AT_BENCH)
    script.take("sit", busy, seconds * 0.4)
    script.take("sit", seated, seconds * 0.4)
    script.hold("sit", seconds * 0.2)
    end = control_of(script.skeleton, script.place, replace(STAND, feet=seated.feet))
    script.through("sit", [(0.7, lower), (1.6, end)])
    script.upright(0.5)


def _feet_apart(script: Script, posture: Posture) -> None:
    script.take("stand", replace(STAND, feet=_flat_feet(posture)), 0.15)


def crouch(script: Script, seconds: float = 4.0) -> None:
    """Goes down on the balls of the feet, busy with the hands near the floor."""
    script.upright()
    _feet_apart(script, CROUCH)
    script.take("crouch", CROUCH, 1.1)
    script.take("crouch", replace(CROUCH, left=AT_BENCH, trunk=(36.0, 0.0, 10.0)), seconds * 0.5)
    script.take("crouch", CROUCH, seconds * 0.5)
    script.take("crouch", replace(STAND, feet=_flat_feet(CROUCH)), 1.2)
    script.upright(0.4)


def _flat_feet(posture: Posture) -> tuple[Foot, Foot]:
    left, right = (replace(foot, heel_deg=0.0) for foot in posture.feet)
    return left, right


def kneel(script: Script, seconds: float = 5.0, *, both: bool = False) -> None:
    """Kneels on the right knee, or on both, and gets up again."""
    script.upright()
    _feet_apart(script, HALF_KNEEL)
    script.take("kneel", HALF_KNEEL, 1.2)
    if both:
        script.take("kneel", KNEEL, 1.0)
        legs = tuple(replace(leg, hip=30.0) for leg in KNEEL.legs)
        low = replace(KNEEL, trunk=(35.0, 0.0, 0.0), lean=(22.0, 0.0, 0.0), legs=legs)
        script.take("kneel", low, seconds * 0.4)
        script.take("kneel", KNEEL, seconds * 0.4)
        script.take("kneel", HALF_KNEEL, 1.0)
    else:
        script.take("kneel", replace(HALF_KNEEL, trunk=(28.0, 0.0, -8.0), head=(10.0, 0.0, 0.0)), seconds * 0.5)
        script.take("kneel", HALF_KNEEL, seconds * 0.5)
    script.take("kneel", replace(STAND, feet=_flat_feet(HALF_KNEEL), shift_m=(0.0, 0.0, -0.12)), 1.1)
    script.upright(0.5)


def crawl(script: Script, seconds: float = 4.0, speed_m_s: float = 0.4) -> None:
    """Goes down on hands and knees, crawls ahead, and kneels up."""
    script.upright()
    _feet_apart(script, HALF_KNEEL)
    script.take("kneel", HALF_KNEEL, 1.0)
    script.take("kneel", KNEEL, 0.8)
    script.take("crawl", ALL_FOURS, 0.9)
    arm, leg = ALL_FOURS.left, ALL_FOURS.legs[0]
    fore, back = replace(arm, flexion=98.0), replace(arm, flexion=64.0)
    drawn, out = replace(leg, hip=98.0, knee=106.0), replace(leg, hip=66.0, knee=76.0)
    count = max(int(seconds / 0.7), 1)
    for k in range(count):
        script.place = script.place.moved(speed_m_s * 0.7)
        left = k % 2 == 0
        arms = (fore, back) if left else (back, fore)
        legs = (out, drawn) if left else (drawn, out)
        script.take("crawl", replace(ALL_FOURS, left=arms[0], right=arms[1], legs=legs), 0.7)
    script.take("crawl", ALL_FOURS, 0.5)
    script.take("kneel", KNEEL, 0.9)
    script.take("kneel", HALF_KNEEL, 0.9)
    script.take("kneel", replace(STAND, feet=_flat_feet(HALF_KNEEL), shift_m=(0.0, 0.0, -0.12)), 1.0)
    script.upright(0.5)
