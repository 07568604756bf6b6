"""Postures anywhere in the range of motion, weighted towards what people do: sport, play, rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace

import numpy as np

from edge_agent.models.training.scene.acts_standing import ARMS_AT_EASE
from edge_agent.models.training.scene.posture import Arm, Leg, Posture
from edge_agent.models.training.scene.postures import (
    AT_BENCH,
    AT_EAR,
    BRACING,
    CARRYING,
    OVERHEAD,
    PHONE_IN_FRONT,
    POINTING,
    PUSHING,
    WAVING,
)

Rng = np.random.Generator

NAMED_ARMS: tuple[Arm, ...] = (
    *(arm for pair in ARMS_AT_EASE for arm in pair),
    AT_BENCH, AT_EAR, BRACING, CARRYING, OVERHEAD, PHONE_IN_FRONT, POINTING, PUSHING, WAVING,
)  # fmt: skip


def wild_posture(rng: Rng) -> Posture:
    """A posture; legs are always given by angles, `shift_m` by how high it is in the air."""
    kind = KINDS[int(rng.choice(len(KINDS), p=_WEIGHTS))][1]
    drawn = kind(rng)
    head = (float(rng.normal(-4.0, 14.0)), float(rng.normal(0.0, 7.0)), float(rng.normal(0.0, 28.0)))
    return replace(drawn, head=(drawn.head[0] + head[0], head[1], head[2]))


def any_arm(rng: Rng) -> Arm:
    """A named arm with variation, or any at all."""
    if rng.random() < 0.45:
        named = NAMED_ARMS[rng.integers(len(NAMED_ARMS))]
        return Arm(*(float(value + rng.normal(0.0, 10.0)) for value in astuple(named)))
    # Raised arms mostly bend less; hands before the body are likelier than behind it.
    flexion, abduction = float(rng.uniform(-50.0, 165.0)), float(rng.uniform(-25.0, 160.0))
    elbow = float(140.0 * rng.beta(1.1, 1.6))
    twist, pronation = float(rng.uniform(-85.0, 85.0)), float(rng.uniform(-60.0, 80.0))
    return Arm(flexion, abduction, twist, elbow, pronation, float(rng.normal(5.0, 20.0)), float(rng.normal(3.0, 6.0)))


def _trunk(rng: Rng, forward_deg: float, spread_deg: float = 9.0) -> tuple[float, float, float]:
    return (
        float(rng.normal(forward_deg, spread_deg)), float(rng.normal(0.0, spread_deg)), float(rng.normal(0.0, 14.0)),
    )  # fmt: skip


def _stride(rng: Rng) -> Posture:
    """Running: one thigh up, the other leg behind, arms bent against the legs."""
    pace = float(rng.uniform(0.5, 1.0))
    front = Leg(hip=25.0 + 65.0 * pace * rng.random(), knee=float(rng.uniform(15.0, 110.0)), ankle=5.0)
    behind = Leg(hip=-25.0 * pace, knee=float(rng.uniform(8.0, 110.0)), ankle=-30.0)
    near = Arm(flexion=45.0 * pace, abduction=12.0, twist=25.0, elbow=float(rng.uniform(60.0, 110.0)))
    far = Arm(flexion=-48.0 * pace, abduction=20.0, twist=10.0, elbow=float(rng.uniform(70.0, 105.0)))
    left_first = rng.random() < 0.5
    legs, arms = ((front, behind), (far, near)) if left_first else ((behind, front), (near, far))
    lean = (float(rng.uniform(2.0, 24.0)), 0.0, 0.0)
    up = float(rng.choice([0.0, 0.06]))
    return Posture(lean, _trunk(rng, 6.0), (-8.0, 0.0, 0.0), arms[0], arms[1], (0.0, 0.0, up), legs=legs)


def _jump(rng: Rng) -> Posture:
    bend = float(rng.uniform(0.0, 1.0))
    legs = tuple(
        Leg(hip=70.0 * bend + float(rng.normal(0.0, 18.0)), abduction=float(rng.uniform(2.0, 30.0)),
            knee=100.0 * bend + float(rng.normal(8.0, 15.0)), ankle=-35.0)
        for _ in range(2)
    )  # fmt: skip
    up = float(rng.uniform(0.05, 0.5))
    lean = (float(rng.normal(5.0, 14.0)), float(rng.normal(0.0, 8.0)), 0.0)
    return Posture(lean, _trunk(rng, 4.0), (0.0, 0.0, 0.0), any_arm(rng), any_arm(rng), (0.0, 0.0, up), legs=legs)


def _one_leg(rng: Rng) -> Posture:
    """A kick, a high step or a balance."""
    lifted = Leg(
        hip=float(rng.uniform(-30.0, 115.0)), abduction=float(rng.uniform(0.0, 42.0)),
        twist=float(rng.uniform(-30.0, 20.0)), knee=float(125.0 * rng.beta(1.0, 1.6)),
        ankle=float(rng.uniform(-40.0, 10.0)),
    )  # fmt: skip
    lean_deg = float(rng.normal(-0.12 * lifted.hip + 4.0, 10.0))
    standing = Leg(hip=lean_deg + float(rng.uniform(0.0, 15.0)), knee=float(rng.uniform(0.0, 25.0)), ankle=8.0)
    legs = (lifted, standing) if rng.random() < 0.5 else (standing, lifted)
    lean = (lean_deg, float(rng.normal(0.0, 6.0)), 0.0)
    return Posture(lean, _trunk(rng, 5.0), (0.0, 0.0, 0.0), any_arm(rng), any_arm(rng), legs=legs)


def _on_both(rng: Rng) -> Posture:
    """Feet on the floor, from straight to deep bent legs, arms anywhere: a player waiting, a skier, a climber."""
    knee = float(130.0 * rng.beta(0.9, 2.2))
    lean_deg = float(rng.normal(0.28 * knee, 9.0))
    wide = float(rng.uniform(2.0, 35.0))
    thigh = 0.5 * knee + lean_deg
    split = float(rng.normal(0.0, 12.0))
    ankle = 0.45 * knee - 2.0
    legs = tuple(
        Leg(hip=thigh + sign * split, abduction=wide, twist=-wide * 0.5, knee=knee, ankle=ankle) for sign in (1.0, -1.0)
    )
    lean = (lean_deg, float(rng.normal(0.0, 5.0)), 0.0)
    return Posture(lean, _trunk(rng, 8.0, 12.0), (-0.4 * lean_deg, 0.0, 0.0), any_arm(rng), any_arm(rng), legs=legs)


def _lunge(rng: Rng) -> Posture:
    deep = float(rng.uniform(0.3, 1.0))
    front = Leg(hip=95.0 * deep, abduction=float(rng.uniform(0.0, 20.0)), knee=95.0 * deep, ankle=5.0)
    behind = Leg(hip=-22.0 * deep, knee=float(rng.uniform(10.0, 75.0)), ankle=-10.0)
    legs = (front, behind) if rng.random() < 0.5 else (behind, front)
    lean = (float(rng.uniform(0.0, 30.0)), 0.0, 0.0)
    return Posture(lean, _trunk(rng, 8.0), (-10.0, 0.0, 0.0), any_arm(rng), any_arm(rng), legs=legs)


def _seated(rng: Rng) -> Posture:
    """On a chair, a wall or the floor; legs bent, stretched or crossed. There may be nothing under him."""
    knee_deg = (5.0, 120.0) if rng.random() < 0.3 else (40.0, 115.0)
    lean_deg = float(rng.uniform(-30.0, 12.0))
    legs = tuple(
        Leg(hip=88.0 + lean_deg + float(rng.normal(0.0, 9.0)), abduction=float(rng.uniform(-4.0, 28.0)),
            twist=float(rng.uniform(-25.0, 5.0)), knee=float(rng.uniform(*knee_deg)))
        for _ in range(2)
    )  # fmt: skip
    if rng.random() < 0.2:
        crossed = Leg(hip=95.0, abduction=38.0, twist=-40.0, knee=118.0)
        legs = (crossed, crossed)
    trunk = _trunk(rng, 18.0, 12.0)
    return Posture((lean_deg, 0.0, 0.0), trunk, (-6.0, 0.0, 0.0), any_arm(rng), any_arm(rng), legs=legs)


def _bent(rng: Rng) -> Posture:
    """Bent over, twisted, hands low or to a side."""
    lean_deg = float(rng.uniform(20.0, 75.0))
    knee = float(rng.uniform(2.0, 50.0))
    legs = tuple(
        Leg(hip=lean_deg + 0.45 * knee + float(rng.normal(0.0, 7.0)), abduction=float(rng.uniform(2.0, 18.0)),
            knee=knee, ankle=0.4 * knee)
        for _ in range(2)
    )  # fmt: skip
    down = Arm(
        float(rng.uniform(40.0, 110.0)), float(rng.uniform(0.0, 25.0)), float(rng.uniform(-20.0, 40.0)),
        float(rng.uniform(5.0, 70.0)),
    )  # fmt: skip
    other = any_arm(rng) if rng.random() < 0.5 else down
    arms = (down, other) if rng.random() < 0.5 else (other, down)
    return Posture((lean_deg, 0.0, 0.0), _trunk(rng, 25.0, 14.0), (-15.0, 0.0, 0.0), arms[0], arms[1], legs=legs)


KINDS: tuple[tuple[float, Callable[[Rng], Posture]], ...] = (
    (0.17, _stride),
    (0.10, _jump),
    (0.13, _one_leg),
    (0.24, _on_both),
    (0.09, _lunge),
    (0.17, _seated),
    (0.10, _bent),
)
"""Kinds of wild postures with their weights."""

_WEIGHTS = np.array([weight for weight, _ in KINDS]) / sum(weight for weight, _ in KINDS)
