"""A script for one person: "walk there, turn, reach overhead for three seconds, trip, lie"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.blend import curve_through
from edge_agent.models.training.scene.control import Control, completed, to_vector
from edge_agent.models.training.scene.motion import Clip, ClipMotion, CutClip, Idle, KeyframeClip, drawn_idle
from edge_agent.models.training.scene.posture import Foot, Place, Posture, control_of, foot_control, size
from edge_agent.models.training.scene.postures import STAND
from edge_agent.models.training.scene.skeleton import Skeleton
from edge_agent.models.training.scene.step_about import step_over_to, turn_on_spot
from edge_agent.models.training.scene.walk import Gait, smooth_path, walk_along

Floats = npt.NDArray[np.float64]

_SMALL_TURN_RAD = 0.6
_VELOCITY_STEP_S = 0.01


def _flat(posture: Posture) -> tuple[Foot, Foot]:
    left, right = (replace(foot, heel_deg=0.0) for foot in posture.feet)
    return left, right


class Script:
    """Collects acts; each starts from where the one before it ended.

    The acts themselves are functions `act(script, ...)` in `acts_*.py`; here are the parts they are made of.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        start_m: tuple[float, float] = (0.0, 0.0),
        heading_rad: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> None:
        """A person who stands.

        Args:
            skeleton: the body.
            start_m: floor point, world frame.
            heading_rad: 0 looks along x, pi/2 along y.
            rng: draws the small movements of a living body; without it there are fixed ones.
        """
        self.skeleton = skeleton
        self.place = Place(start_m[0], start_m[1], heading_rad)
        self.posture = STAND
        self.control: Control = control_of(skeleton, self.place, STAND)
        self._idle: Idle = drawn_idle(rng if rng is not None else np.random.default_rng(0))
        self._clips: list[Clip] = []
        self._starts_s: list[float] = []
        self._now_s = 0.0
        self._velocity = np.zeros_like(to_vector(self.control))

    @property
    def now_s(self) -> float:
        """How long the script is so far."""
        return self._now_s

    def motion(self) -> ClipMotion:
        """The motion so far.

        Raises:
            ValueError: the script is empty.
        """
        if not self._clips:
            raise ValueError("the script is empty: add an act, such as stand(script, 5.0)")
        return ClipMotion(self.skeleton, tuple(self._clips), tuple(self._starts_s), self._idle)

    def add(self, clip: Clip) -> None:
        """Adds a clip that starts from the current control."""
        self._clips.append(clip)
        self._starts_s.append(self._now_s)
        self._now_s += clip.duration_s
        self.control = clip.control_at(clip.duration_s)
        self._velocity = np.zeros_like(to_vector(self.control))

    def through(self, action: str, frames: list[tuple[float, Control]], *, stops: bool = True) -> None:
        """From here through key frames: (seconds from now, control), in order of time."""
        times = [0.0, *(time for time, _ in frames)]
        values = np.stack([to_vector(self.control), *(to_vector(control) for _, control in frames)])
        self.add(KeyframeClip(action, curve_through(times, values, stops=stops, start_slope=self._velocity)))
        self.control = frames[-1][1]

    def take(self, action: str, posture: Posture, seconds: float) -> None:
        """Goes into a posture at this place; feet that stand elsewhere make a step."""
        target = control_of(self.skeleton, self.place, posture)
        planted = not posture.legs and self.control.planting >= 1.0
        if planted and float(np.abs(self._flat_feet_m(posture) - self._flat_feet_m(self.posture)).max()) > 0.01:
            if min(self.posture.shift_m[2], -abs(self.posture.lean[0]) / 90.0) < -0.25:
                # Nobody steps while bent double: up first, on the feet as they stand.
                rising = replace(STAND, feet=_flat(self.posture), left=posture.left, right=posture.right)
                self.through(action, [(seconds, control_of(self.skeleton, self.place, rising))])
                self.posture = rising
            ready = self._ready(posture)
            self.add(step_over_to(self.skeleton, self.control, ready, action))
            self.control = ready
        self.through(action, [(seconds, target)])
        self.posture = posture

    def _flat_feet_m(self, posture: Posture) -> Floats:
        """Where the ankles, `(2, 2)`, would be with the heels down."""
        feet = [foot_control(self.skeleton, self.place, foot, side) for side, foot in enumerate(_flat(posture))]
        return np.stack(feet)[:, :2]

    def _ready(self, posture: Posture) -> Control:
        """Upright with the arms as they are, feet flat where the posture wants them; lower where they are far apart."""
        left, right = _flat(posture)
        apart = 0.5 * size(self.skeleton) * abs(left.forward_m - right.forward_m)
        leg = self.skeleton.leg_m
        drop = leg - float(np.sqrt(max(leg**2 - apart**2, 0.3 * leg**2)))
        arms = self.posture
        ready = replace(
            STAND,
            left=arms.left,
            right=arms.right,
            feet=(left, right),
            shift_m=(0.0, 0.0, -1.3 * drop / size(self.skeleton)),
        )
        return control_of(self.skeleton, self.place, ready)

    def hold(self, action: str, seconds: float) -> None:
        """Stays as is."""
        self.through(action, [(seconds, self.control)])

    def upright(self, seconds: float = 0.6) -> None:
        """Stands at ease, if not already so."""
        if self.posture != STAND:
            self.take("stand", STAND, seconds)

    def turn_to(self, heading_rad: float) -> None:
        """Turns on the spot, the shorter way."""
        self.upright()
        change = (heading_rad - self.place.heading_rad + np.pi) % (2.0 * np.pi) - np.pi
        place = replace(self.place, heading_rad=self.place.heading_rad + change)
        if abs(change) < 0.02:
            return
        self.add(turn_on_spot(self.skeleton, self.control, place, STAND))
        self.place = place

    def walk_until(self, points_m: list[tuple[float, float]], share: float, gait: Gait | None = None) -> None:
        """Walks only this share of the time of a walk, and is then in mid-stride: only a fall may follow."""
        self.walk(points_m, gait)
        clip = self._clips.pop()
        self._now_s = self._starts_s.pop()
        cut = CutClip(clip, share * clip.duration_s)
        self.add(cut)
        before = to_vector(clip.control_at(cut.duration_s - _VELOCITY_STEP_S))
        self._velocity = (to_vector(self.control) - before) / _VELOCITY_STEP_S
        x, y = (float(value) for value in self.control.pelvis_m[:2])
        self.place = Place(x, y, self.control.heading_rad, self.place.floor_m)
        self.control = completed(self.skeleton, self.control)

    def walk(self, points_m: list[tuple[float, float]], gait: Gait | None = None) -> None:
        """Walks from here through floor points, world frame; turns first where the way starts off to the side."""
        how = gait or Gait()
        here = (self.place.x_m, self.place.y_m)
        path = smooth_path(np.array([here, *points_m]))
        change = (path[0, 2] - self.place.heading_rad + np.pi) % (2.0 * np.pi) - np.pi
        if abs(change) > _SMALL_TURN_RAD:
            self.turn_to(float(path[0, 2]))
        elif self.posture.legs:
            self.upright()
        path[:, 2] += 2.0 * np.pi * np.round((self.place.heading_rad - path[0, 2]) / (2.0 * np.pi))
        clip = walk_along(self.skeleton, self.control, path, how)
        self.add(clip)
        self.control = clip.end
        x, y, heading, _ = (float(value) for value in path[-1])
        self.place = Place(x, y, heading, self.place.floor_m)
        self.posture = how.posture
