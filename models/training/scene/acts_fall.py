"""Falls, lying still, and getting up.

Timing: key frames lie at shares of the way `(t / T)^2`, as in free fall from rest, so equal parts of the way take less
and less time. From the loss of balance to the floor takes about a second, of which the pelvis drops in 0.4 to 0.6 s at
no more than the speed of a free fall from its height, `sqrt(2 g h)`, 4 m/s.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.control import Control, pelvis_turn
from edge_agent.models.training.scene.joint_angles import of_rotation
from edge_agent.models.training.scene.posture import Arm, Leg, Place, Posture, control_of
from edge_agent.models.training.scene.postures import (
    ALL_FOURS,
    BRACING,
    HALF_KNEEL,
    KNEEL,
    ON_LEFT_SIDE,
    ON_RIGHT_SIDE,
    PRONE,
    STAND,
    SUPINE,
)
from edge_agent.models.training.scene.rotation import about_z
from edge_agent.models.training.scene.script import Script

FALL_S = 1.0
"""A trip, from the first loss of balance to the floor."""


def _free(script: Script, posture: Posture, forward_m: float, left_m: float = 0.0) -> Control:
    """A posture with the pelvis so far from the place."""
    spot = script.place.moved(forward_m, left_m)
    return control_of(script.skeleton, spot, replace(posture, shift_m=(0.0, 0.0, 0.0)))


def _fall(script: Script, action: str, shares: list[tuple[float, Control]], seconds: float) -> None:
    """Through key frames at shares of the way, speeding up, into the floor."""
    script.through(action, [(seconds * float(np.sqrt(share)), control) for share, control in shares], stops=False)


def _settle(script: Script, action: str, posture: Posture, control: Control, seconds: float = 0.5) -> None:
    """Comes to rest after the impact."""
    script.through(action, [(seconds, control)])
    script.posture = posture
    pelvis = control.pelvis_m
    script.place = Place(float(pelvis[0]), float(pelvis[1]), script.place.heading_rad, script.place.floor_m)


def lie(script: Script, seconds: float) -> None:
    """Lies as fallen, but for the breath."""
    script.hold("lie", seconds)


def trip(script: Script, momentum_m: float = 0.35) -> None:
    """Trips over something and falls forward onto the hands, then flat.

    Args:
        script: the script; from walking or standing.
        momentum_m: how far the feet still drag along.
    """
    arms = replace(BRACING, flexion=60.0)
    caught = Posture(
        lean=(22.0, 0.0, 0.0), trunk=(12.0, 0.0, 0.0), head=(-20.0, 0.0, 0.0), left=arms, right=arms,
        legs=(Leg(hip=45.0, knee=40.0, ankle=5.0), Leg(hip=-12.0, knee=50.0, ankle=-30.0)),
    )  # fmt: skip
    buckling = Posture(
        lean=(40.0, 0.0, 0.0), trunk=(10.0, 0.0, 0.0), head=(-30.0, 0.0, 0.0), left=BRACING, right=BRACING,
        legs=(Leg(hip=68.0, knee=85.0, ankle=15.0), Leg(hip=0.0, knee=70.0, ankle=-35.0)),
    )  # fmt: skip
    flying = Posture(
        lean=(62.0, 0.0, 0.0), trunk=(5.0, 0.0, 0.0), head=(-35.0, 0.0, 0.0), left=BRACING, right=BRACING,
        legs=(Leg(hip=28.0, knee=55.0, ankle=-20.0), Leg(hip=10.0, knee=40.0, ankle=-40.0)),
    )  # fmt: skip
    beside = Arm(flexion=5.0, abduction=72.0, twist=-85.0, elbow=105.0, pronation=30.0, wrist=-30.0)
    hands = replace(PRONE, lean=(86.0, 0.0, 0.0), head=(-30.0, 0.0, 10.0), left=beside, right=beside, liveliness=1.0)
    _fall(
        script,
        "trip",
        [
            (0.14, _free(script, caught, 0.25 * momentum_m + 0.06)),
            (0.36, _free(script, buckling, 0.5 * momentum_m + 0.25)),
            (0.62, _free(script, flying, 0.7 * momentum_m + 0.48)),
            (1.0, _free(script, hands, momentum_m + 0.85)),
        ],
        FALL_S,
    )
    _settle(script, "trip", PRONE, _free(script, PRONE, momentum_m + 0.92))


def slip(script: Script) -> None:
    """Slips: the feet shoot ahead, he sits down hard and falls on his back."""
    flung = Arm(flexion=30.0, abduction=75.0, twist=-20.0, elbow=30.0)
    back = Arm(flexion=-35.0, abduction=35.0, twist=-10.0, elbow=25.0, wrist=-50.0)
    sliding = Posture(
        lean=(-18.0, 0.0, 0.0), trunk=(18.0, 0.0, 6.0), head=(10.0, 0.0, 0.0), left=flung, right=flung,
        legs=(Leg(hip=30.0, knee=12.0, ankle=-5.0), Leg(hip=10.0, knee=40.0, ankle=5.0)),
    )  # fmt: skip
    seated = Posture(
        lean=(-42.0, 0.0, 0.0), trunk=(28.0, 0.0, 0.0), head=(18.0, 0.0, 0.0), left=back, right=back,
        legs=(Leg(hip=62.0, knee=20.0, ankle=-10.0), Leg(hip=58.0, knee=45.0, ankle=-5.0)),
    )  # fmt: skip
    flat = replace(
        SUPINE, lean=(-86.0, 0.0, 0.0), trunk=(12.0, 0.0, 0.0), head=(18.0, 0.0, 0.0),
        legs=(Leg(hip=40.0, knee=25.0, ankle=-15.0), Leg(hip=48.0, knee=50.0, ankle=-15.0)),
    )  # fmt: skip
    _fall(
        script,
        "slip",
        [
            (0.18, _free(script, sliding, -0.02)),
            (0.80, _free(script, seated, -0.10)),
            (1.0, _free(script, replace(seated, lean=(-52.0, 0.0, 0.0)), -0.12)),
        ],
        0.9,
    )
    script.through("slip", [(0.28, _free(script, flat, -0.14))], stops=False)
    _settle(script, "slip", SUPINE, _free(script, SUPINE, -0.14), 0.7)


def collapse(script: Script, *, to_left: bool = True) -> None:
    """Faints: the knees give way and the body drops to its side."""
    sign = 1.0 if to_left else -1.0
    limp = Arm(flexion=8.0, abduction=12.0, elbow=15.0)
    sagging = Posture(
        lean=(12.0, 4.0 * sign, 0.0), trunk=(20.0, 6.0 * sign, 0.0), head=(22.0, 8.0 * sign, 0.0),
        left=limp, right=limp,
        legs=(Leg(hip=45.0, knee=70.0, ankle=22.0), Leg(hip=42.0, knee=72.0, ankle=22.0)),
    )  # fmt: skip
    tilting = Posture(
        lean=(0.0, 42.0 * sign, 0.0), trunk=(25.0, 10.0 * sign, 0.0), head=(18.0, 10.0 * sign, 0.0),
        left=limp, right=limp,
        legs=(Leg(hip=60.0, knee=110.0, ankle=0.0), Leg(hip=62.0, knee=112.0, ankle=0.0)),
    )  # fmt: skip
    side = ON_LEFT_SIDE if to_left else ON_RIGHT_SIDE
    legs = tuple(replace(leg, hip=leg.hip + 18.0, knee=leg.knee + 35.0) for leg in side.legs)
    down = replace(side, lean=(0.0, 86.0 * sign, 0.0), legs=legs, liveliness=1.0)
    out = 0.55 * sign
    _fall(
        script,
        "collapse",
        [
            (0.3, _free(script, sagging, -0.02, 0.06 * sign)),
            (0.6, _free(script, tilting, -0.06, 0.25 * sign)),
            (1.0, _free(script, down, -0.02, out)),
        ],
        1.0,
    )
    rest = replace(down, lean=(0.0, 90.0 * sign, 0.0), liveliness=0.0)
    _settle(script, "collapse", rest, _free(script, rest, -0.02, out))


def as_lying(control: Control) -> Control:
    """The same pose of a lying body, headed from feet to head: its lean is that of prone and a roll."""
    turn = pelvis_turn(control)
    towards_head = turn[:, 2]
    heading = float(np.arctan2(towards_head[1], towards_head[0]))
    heading += 2.0 * np.pi * float(np.round((control.heading_rad - heading) / (2.0 * np.pi)))
    angles = control.angles_deg.copy()
    angles[Joint.PELVIS] = of_rotation(Joint.PELVIS, about_z(-heading) @ turn)
    return replace(control, heading_rad=heading, angles_deg=angles)


def get_up(script: Script) -> None:
    """Rolls over onto the belly, and gets up over hands and knees and one knee."""
    script.control = as_lying(script.control)
    script.place = replace(script.place, heading_rad=script.control.heading_rad)
    roll = float(script.control.angles_deg[Joint.PELVIS, 2])
    frames: list[tuple[float, Control]] = []
    time = 0.0
    if abs(roll) > 45.0:
        side = ON_LEFT_SIDE if roll < 0.0 else ON_RIGHT_SIDE
        time = 1.1
        frames.append((time, _free(script, replace(side, lean=(86.0, 0.0, float(np.sign(roll)) * 70.0)), 0.0)))
    frames.append((time + 1.3, _free(script, ALL_FOURS, 0.0)))
    script.through("get_up", frames)
    script.posture = ALL_FOURS
    script.hold("get_up", 0.4)
    script.take("get_up", KNEEL, 1.0)
    script.take("get_up", HALF_KNEEL, 0.9)
    feet = (replace(HALF_KNEEL.feet[0], heel_deg=0.0), replace(HALF_KNEEL.feet[1], heel_deg=0.0))
    script.take("get_up", replace(STAND, feet=feet, shift_m=(0.0, 0.0, -0.12)), 1.1)
    script.upright(0.6)
