"""What the two workers of the demonstration do, and what of it is an incident."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.workers import CastMember
from edge_agent.models.training.render.wrinkles import wrinkle_noise, wrinkled
from edge_agent.models.training.scene import acts_fall, acts_standing, acts_work
from edge_agent.models.training.scene.body import Worker, make_worker
from edge_agent.models.training.scene.mesh import PosedPerson
from edge_agent.models.training.scene.script import Script
from edge_agent.models.training.scene.walk import Gait

Rng = np.random.Generator

DURATION_S = 24.0
ZONE_M = ((4.75, -0.4), (6.15, -0.4), (6.15, 0.7), (4.75, 0.7))
"""Corners of the marked zone on the floor, world frame."""

LIFTER_START_M = (5.35, -1.0)
LIFTER_STOP_M = (5.35, 1.45)
SHELF_PLACE_M = (7.0, -2.4)
FALL_PLACE_M = (7.1, -1.45)

STOOP_AT_S, STOOP_HOLD_S = 5.0, 5.0
REACH_AT_S, REACH_S = 3.0, 3.0
FALLER_LEAVES_AT_S = 10.2

LEAST_HEIGHT_M = 1.72
_TRIES = 60


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """A worker with a script.

    Attributes:
        member: the worker and the motion.
        carries_from_s: when a box comes into the hands; never if infinite.
    """

    member: CastMember
    carries_from_s: float

    def at(self, t_s: float, person: int) -> PosedPerson:
        """The worker at a moment, folds and all."""
        sample = self.member.motion.at(min(t_s, self.member.motion.duration_s))
        carrying = "box" if t_s >= self.carries_from_s else "none"
        posed = self.member.worker.posed(sample.pose, person, sample.action, carrying=carrying)  # type: ignore[arg-type]
        pairs = zip(posed.meshes, self.member.folds, strict=False)
        folded = [wrinkled(mesh, folds, 0.8) for mesh, folds in pairs]
        return replace(posed, meshes=(*folded, *posed.meshes[len(folded) :]))


def tall_worker(rng: Rng) -> Worker:
    """A worker in work clothes who is tall enough to be seen well.

    Raises:
        RuntimeError: sixty were too short.
    """
    for _ in range(_TRIES):
        worker = make_worker(rng, "worker")
        if float(worker.keypoints_m[:, 2].max() - worker.keypoints_m[:, 2].min()) + 0.2 > LEAST_HEIGHT_M:
            return worker
    raise RuntimeError("no worker is tall enough: take another seed")


def lifter(rng: Rng) -> Actor:
    """Crosses the marked zone, then lifts a box with a bent back that stays bent for five seconds."""
    worker = tall_worker(rng)
    script = Script(worker.skeleton, LIFTER_START_M, np.pi / 2, rng)
    acts_standing.stand(script, 1.0)
    script.walk([LIFTER_STOP_M], Gait(1.1))
    acts_standing.stand(script, max(STOOP_AT_S - script.now_s, 0.3))
    before_s = script.now_s
    acts_work.stoop(script, STOOP_HOLD_S, carry_after=True)
    lifted_s = before_s + 1.1 + STOOP_HOLD_S
    script.hold("carry", max(DURATION_S - script.now_s, 0.1) + 0.5)
    return Actor(_member(rng, worker, script), lifted_s)


def faller(rng: Rng) -> Actor:
    """Reaches overhead at a shelf, walks some steps, trips and stays down."""
    worker = tall_worker(rng)
    script = Script(worker.skeleton, SHELF_PLACE_M, 0.0, rng)
    acts_standing.stand(script, REACH_AT_S)
    acts_work.reach_up(script, REACH_S)
    acts_standing.stand(script, max(FALLER_LEAVES_AT_S - script.now_s, 0.5))
    script.walk([FALL_PLACE_M], Gait(1.1))
    acts_fall.trip(script)
    acts_fall.lie(script, max(DURATION_S - script.now_s, 1.0) + 0.5)
    return Actor(_member(rng, worker, script), float("inf"))


def _member(rng: Rng, worker: Worker, script: Script) -> CastMember:
    motion = script.motion()
    plain = worker.posed(motion.at(0.0).pose, 0)
    return CastMember(worker, motion, tuple(wrinkle_noise(mesh, rng) for mesh in plain.meshes))


def trunk_deg(keypoints_m: npt.NDArray[np.float32]) -> float:
    """Angle of the line from the hips' to the shoulders' middle from upright, COCO key points, world frame."""
    line = keypoints_m[5:7].mean(axis=0) - keypoints_m[11:13].mean(axis=0)
    return float(np.degrees(np.arccos(np.clip(line[2] / max(float(np.linalg.norm(line)), 1e-6), -1.0, 1.0))))


def in_zone(keypoints_m: npt.NDArray[np.float32]) -> bool:
    """Whether the middle between the ankles is over the marked zone."""
    x, y = keypoints_m[15:17, :2].mean(axis=0)
    (x0, y0), _, (x1, y1), _ = ZONE_M
    return bool(x0 <= x <= x1 and y0 <= y <= y1)
