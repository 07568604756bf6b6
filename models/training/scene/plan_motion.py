"""Draws a script for one worker: what he does, where he walks, and whether he falls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge_agent.models.training.scene import acts_fall, acts_low, acts_standing, acts_work
from edge_agent.models.training.scene.motion import Motion
from edge_agent.models.training.scene.script import Script
from edge_agent.models.training.scene.skeleton import Skeleton
from edge_agent.models.training.scene.walk import Gait

Rng = np.random.Generator
Act = Callable[[Script, Rng], None]


@dataclass(frozen=True, slots=True)
class Area:
    """The floor that a person may use, world frame, metres."""

    x0_m: float = -3.0
    y0_m: float = -3.0
    x1_m: float = 3.0
    y1_m: float = 3.0

    def point(self, rng: Rng) -> tuple[float, float]:
        """A point of it."""
        return float(rng.uniform(self.x0_m, self.x1_m)), float(rng.uniform(self.y0_m, self.y1_m))


def _stand(script: Script, rng: Rng) -> None:
    arms = acts_standing.ARMS_AT_EASE[rng.integers(len(acts_standing.ARMS_AT_EASE))]
    acts_standing.stand(script, float(rng.uniform(2.0, 6.0)), arms)
    if rng.random() < 0.6:
        acts_standing.look(script, float(rng.uniform(-65.0, 65.0)), float(rng.uniform(-15.0, 25.0)))


def _squat(script: Script, rng: Rng) -> None:
    acts_work.squat_lift(script, float(rng.uniform(0.4, 2.0)), carry_after=bool(rng.random() < 0.6))


def stoop(script: Script, rng: Rng) -> None:
    """Bends the back to the floor or nearly, stays there and comes up again."""
    acts_work.stoop(script, float(rng.uniform(1.0, 6.0)), depth=float(rng.uniform(0.75, 1.0)))


def _reach(script: Script, rng: Rng) -> None:
    one = bool(rng.random() < 0.4)
    acts_work.reach_up(script, float(rng.uniform(1.0, 4.0)), one_hand=one, forward_deg=float(rng.uniform(0.0, 55.0)))


def _phone(script: Script, rng: Rng) -> None:
    at_ear, left = bool(rng.random() < 0.5), bool(rng.random() < 0.4)
    acts_standing.phone(script, float(rng.uniform(2.0, 5.0)), at_ear=at_ear, left=left)


def _point(script: Script, rng: Rng) -> None:
    left, side = bool(rng.random() < 0.5), float(rng.uniform(-10.0, 80.0))
    acts_standing.point(script, float(rng.uniform(0.8, 2.0)), left=left, side_deg=side)


def _lean(script: Script, rng: Rng) -> None:
    forward, side = float(rng.uniform(10.0, 45.0)), float(rng.uniform(-18.0, 18.0))
    acts_standing.lean_over(script, float(rng.uniform(1.0, 4.0)), forward_deg=forward, side_deg=side)


def _kneel(script: Script, rng: Rng) -> None:
    acts_low.kneel(script, float(rng.uniform(2.0, 5.0)), both=bool(rng.random() < 0.4))


def _turn(script: Script, rng: Rng) -> None:
    script.turn_to(float(rng.uniform(-np.pi, np.pi)))


def _wave(script: Script, rng: Rng) -> None:
    acts_standing.wave(script, float(rng.uniform(1.5, 3.0)), left=bool(rng.random() < 0.5))


def _bench(script: Script, rng: Rng) -> None:
    acts_work.bench(script, float(rng.uniform(3.0, 8.0)), bend_deg=float(rng.uniform(5.0, 30.0)))


def _sit(script: Script, rng: Rng) -> None:
    acts_low.sit(script, float(rng.uniform(3.0, 8.0)), float(rng.uniform(0.40, 0.55)))


ACTS: tuple[tuple[float, Act], ...] = (
    (2.0, _stand),
    (1.5, stoop),
    (0.8, _squat),
    (1.0, _reach),
    (1.5, _bench),
    (0.6, _phone),
    (0.5, _point),
    (0.6, _lean),
    (0.4, _wave),
    (0.6, _turn),
    (0.5, _sit),
    (0.6, _kneel),
    (0.5, lambda script, rng: acts_low.crouch(script, float(rng.uniform(2.0, 4.0)))),
    (0.25, lambda script, rng: acts_low.crawl(script, float(rng.uniform(1.5, 3.0)))),
    (0.3, lambda script, rng: acts_work.push_hard(script, float(rng.uniform(1.0, 3.0)))),
)
"""Acts at one place with their weights: about what a camera over a shop floor sees, with more work low down."""

FALLS: tuple[Act, ...] = (
    lambda script, rng: acts_fall.trip(script, float(rng.uniform(0.2, 0.5))),
    lambda script, _: acts_fall.slip(script),
    lambda script, rng: acts_fall.collapse(script, to_left=bool(rng.random() < 0.5)),
)


@dataclass(frozen=True, slots=True)
class Habits:
    """How a drawn script is mixed.

    Attributes:
        fall: probability that there is a fall in it, at its end or before getting up again.
        walk: probability of a walk before each act.
    """

    fall: float = 0.25
    walk: float = 0.6


def plan_motion(
    rng: Rng, skeleton: Skeleton, duration_s: float, area: Area | None = None, habits: Habits | None = None
) -> Motion:
    """A believable script for one worker.

    Args:
        rng: draws everything; the same state gives the same motion.
        skeleton: the body.
        duration_s: the script lasts at least as long.
        area: where he may walk.
        habits: how often he walks and falls.

    Raises:
        ValueError: the duration is not positive.
    """
    if duration_s <= 0.0:
        raise ValueError(f"duration_s is {duration_s}: give a positive time")
    floor, mix = area or Area(), habits or Habits()
    script = Script(skeleton, floor.point(rng), float(rng.uniform(-np.pi, np.pi)), rng)
    weights = np.array([weight for weight, _ in ACTS])
    falls_at_s = float(rng.uniform(0.2, 0.9)) * duration_s if rng.random() < mix.fall else np.inf
    while script.now_s < duration_s:
        if script.now_s >= falls_at_s:
            if rng.random() < 0.6:
                _walk_into_a_fall(script, rng, floor)
            FALLS[rng.integers(len(FALLS))](script, rng)
            acts_fall.lie(script, float(rng.uniform(2.0, 12.0)))
            acts_fall.get_up(script)
            falls_at_s = np.inf
        elif rng.random() < mix.walk:
            _walk(script, rng, floor)
        else:
            ACTS[int(rng.choice(len(ACTS), p=weights / weights.sum()))][1](script, rng)
    return script.motion()


def _walk_into_a_fall(script: Script, rng: Rng, area: Area) -> None:
    goal = area.point(rng)
    if np.hypot(goal[0] - script.place.x_m, goal[1] - script.place.y_m) > 1.5:
        script.walk_until([goal], float(rng.uniform(0.4, 0.8)), Gait(float(rng.uniform(0.9, 1.6))))


def _walk(script: Script, rng: Rng, area: Area) -> None:
    points = [area.point(rng) for _ in range(1 + int(rng.random() < 0.4))]
    gap = np.hypot(points[0][0] - script.place.x_m, points[0][1] - script.place.y_m)
    if gap < 0.5:
        return
    way = rng.random()
    if way < 0.15:
        acts_work.carry_to(script, points, low=bool(rng.random() < 0.5))
    elif way < 0.25:
        acts_work.push_to(script, points)
    else:
        script.walk(points, Gait(float(rng.uniform(0.8, 1.7)), swing=float(rng.uniform(0.3, 1.5))))
