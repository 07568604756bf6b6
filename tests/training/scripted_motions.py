"""Motions that the tests of motion share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge_agent.models.training.scene import acts_fall, acts_low, acts_standing, acts_work
from edge_agent.models.training.scene.motion import Motion
from edge_agent.models.training.scene.script import Script
from edge_agent.models.training.scene.skeleton import Skeleton, generic_skeleton, joint_positions

FRAME_S = 1.0 / 60.0


def _carry_there(script: Script) -> None:
    acts_work.carry_to(script, [(2.0, 0.0)])
    acts_work.put_down(script)


CALM_ACTS: dict[str, Callable[[Script], None]] = {
    "stand": lambda script: acts_standing.stand(script, 5.0, acts_standing.ARMS_AT_EASE[1]),
    "look": acts_standing.look,
    "wave": acts_standing.wave,
    "point": acts_standing.point,
    "phone": acts_standing.phone,
    "lean": acts_standing.lean_over,
    "stoop": acts_work.stoop,
    "squat": lambda script: acts_work.squat_lift(script, carry_after=False),
    "reach": acts_work.reach_up,
    "bench": acts_work.bench,
    "push": acts_work.push_hard,
    "turn": lambda script: script.turn_to(2.5),
    "walk": lambda script: script.walk([(3.0, 0.5), (3.5, 3.0)]),
    "walk back": lambda script: script.walk([(-2.0, 0.1)]),
    "carry": _carry_there,
    "cart": lambda script: acts_work.push_to(script, [(2.0, 0.0)]),
    "sit": acts_low.sit,
    "crouch": acts_low.crouch,
    "kneel": acts_low.kneel,
    "kneel on both": lambda script: acts_low.kneel(script, both=True),
    "crawl": acts_low.crawl,
}
FALLS: dict[str, Callable[[Script], None]] = {
    "trip": acts_fall.trip,
    "slip": acts_fall.slip,
    "collapse": acts_fall.collapse,
    "collapse to the right": lambda script: acts_fall.collapse(script, to_left=False),
}


def motion_of(act: Callable[[Script], None], skeleton: Skeleton | None = None) -> Motion:
    """The motion of one act from a stand."""
    script = Script(skeleton or generic_skeleton(), rng=np.random.default_rng(3))
    act(script)
    return script.motion()


def tracks_m(motion: Motion, skeleton: Skeleton, frame_s: float = FRAME_S) -> np.ndarray:
    """Joint positions `(T, 19, 3)` at every frame."""
    times = np.arange(0.0, motion.duration_s, frame_s)
    return np.stack([joint_positions(skeleton, motion.at(float(time)).pose) for time in times])
