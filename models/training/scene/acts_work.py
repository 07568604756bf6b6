"""Acts of work: lift with a bent back or with the legs, reach, carry, push, work at a bench, climb a step."""

from __future__ import annotations

from dataclasses import replace

from edge_agent.models.training.scene.posture import Arm, Posture, control_of
from edge_agent.models.training.scene.postures import (
    AT_BENCH,
    CARRYING,
    CARRYING_LOW,
    OVERHEAD,
    PUSHING,
    SPLIT,
    SQUAT,
    STAND,
    STOOP,
)
from edge_agent.models.training.scene.script import Script
from edge_agent.models.training.scene.step_about import step_over_to
from edge_agent.models.training.scene.walk import Gait

CARRY = replace(STAND, lean=(-3.0, 0.0, 0.0), trunk=(0.0, 0.0, 0.0), left=CARRYING, right=CARRYING)
"""Stands with a box before the belly."""


def stoop(script: Script, hold_s: float = 4.0, *, carry_after: bool = False, depth: float = 1.0) -> None:
    """Bends over with a round back and nearly straight knees, the way one should not lift, and holds it.

    Args:
        script: the script.
        hold_s: how long the hands are down; the trunk is then about 85 deg from upright at full depth.
        carry_after: whether a box comes up with the hands.
        depth: 1 reaches the floor, 0.7 a pallet.
    """
    script.upright()
    low = replace(
        STOOP,
        lean=(STOOP.lean[0] * depth, 0.0, 0.0),
        trunk=(STOOP.trunk[0] * depth, 0.0, 0.0),
        shift_m=(STOOP.shift_m[0] * depth, 0.0, STOOP.shift_m[2]),
    )
    moving = replace(low, trunk=(low.trunk[0] - 5.0, 0.0, 8.0), head=(5.0, 0.0, 10.0))
    script.take("bend", low, 1.1)
    script.take("bend", moving, hold_s * 0.5)
    script.take("bend", low, hold_s * 0.5)
    script.take("lift", CARRY if carry_after else STAND, 1.3)


def squat_lift(script: Script, hold_s: float = 1.0, *, carry_after: bool = True) -> None:
    """Lifts with bent knees and a straight back."""
    script.upright()
    script.take("squat", SQUAT, 1.1)
    script.hold("squat", hold_s)
    script.take("lift", CARRY if carry_after else STAND, 1.3)


def reach_up(script: Script, seconds: float = 3.0, *, one_hand: bool = False, forward_deg: float = 0.0) -> None:
    """Reaches overhead with both hands, or with the right."""
    arm = replace(OVERHEAD, flexion=OVERHEAD.flexion - forward_deg)
    posture = replace(STAND, trunk=(-4.0, 0.0, 0.0), head=(-25.0, 0.0, 0.0), right=arm)
    posture = posture if one_hand else replace(posture, left=arm)
    busy = replace(arm, elbow=arm.elbow + 22.0, twist=arm.twist + 8.0)
    script.take("reach", posture, 1.0)
    script.take("reach", replace(posture, right=busy), max(seconds * 0.5, 0.3))
    script.take("reach", posture, max(seconds * 0.5, 0.3))
    script.upright(0.9)


def bench(script: Script, seconds: float = 6.0, *, bend_deg: float = 15.0) -> None:
    """Works with both hands before the belly, looking down at them."""
    posture = replace(STAND, lean=(bend_deg * 0.4, 0.0, 0.0), trunk=(bend_deg, 0.0, 0.0), head=(22.0, 0.0, 0.0))
    out, near = replace(AT_BENCH, flexion=50.0, elbow=50.0), replace(AT_BENCH, twist=35.0, elbow=85.0)
    turns: tuple[tuple[Arm, Arm], ...] = ((AT_BENCH, AT_BENCH), (out, near), (near, AT_BENCH), (AT_BENCH, out))
    count = max(int(seconds / 1.1), 1)
    for k in range(count):
        left, right = turns[k % len(turns)]
        side = 10.0 * (k % 3 - 1)
        script.take("work", replace(posture, left=left, right=right, trunk=(bend_deg, 0.0, side)), seconds / count)
    script.upright(0.8)


def carry_to(script: Script, points_m: list[tuple[float, float]], *, low: bool = False, speed_m_s: float = 1.0) -> None:
    """Walks with a box before the body; call `put_down` or an act that ends upright afterwards."""
    posture = replace(CARRY, left=CARRYING_LOW, right=CARRYING_LOW) if low else CARRY
    script.walk(points_m, Gait(speed_m_s, posture, swing=0.08, action="carry"))


def push_to(script: Script, points_m: list[tuple[float, float]], speed_m_s: float = 0.8) -> None:
    """Pushes a cart: arms out, trunk forward."""
    posture = replace(STAND, lean=(10.0, 0.0, 0.0), trunk=(8.0, 0.0, 0.0), head=(-14.0, 0.0, 0.0))
    posture = replace(posture, left=PUSHING, right=PUSHING, shift_m=(0.0, 0.0, -0.03))
    script.walk(points_m, Gait(speed_m_s, posture, swing=0.04, action="push"))


def push_hard(script: Script, seconds: float = 2.5) -> None:
    """Pushes against something that hardly moves, one foot back."""
    posture = Posture(
        lean=(22.0, 0.0, 0.0), trunk=(14.0, 0.0, 0.0), head=(-20.0, 0.0, 0.0), left=PUSHING, right=PUSHING,
        shift_m=(-0.02, 0.0, -0.10), feet=SPLIT,
    )  # fmt: skip
    script.take("push", posture, 0.9)
    script.hold("push", seconds)
    script.take("push", replace(STAND, feet=SPLIT, shift_m=(0.0, 0.0, -0.05)), 0.8)
    script.upright(0.5)


def put_down(script: Script) -> None:
    """Puts what is carried on a table."""
    ahead = Arm(flexion=58.0, abduction=8.0, elbow=25.0, pronation=0.0, protraction=10.0)
    table = replace(STAND, lean=(12.0, 0.0, 0.0), trunk=(18.0, 0.0, 0.0), left=ahead, right=ahead, head=(8.0, 0.0, 0.0))
    script.take("carry", replace(table, shift_m=(-0.06, 0.0, -0.01)), 0.9)
    script.hold("carry", 0.3)
    script.upright(0.9)


def step_to_height(script: Script, floor_m: float, ahead_m: float = 0.42) -> None:
    """Climbs onto a step ahead, or down from it: the floor is then at `floor_m`."""
    script.upright()
    place = replace(script.place.moved(ahead_m), floor_m=floor_m)
    end = control_of(script.skeleton, place, STAND)
    script.add(step_over_to(script.skeleton, script.control, end, "climb"))
    script.control, script.place = end, place
