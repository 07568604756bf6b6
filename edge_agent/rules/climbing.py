"""Rule `climbing`: somebody's feet are off the floor, on a ladder, a rack, a fence or a machine.

A camera sees feet that are off the floor as feet that are farther away, and the person as so much taller: by similar
triangles from the camera, feet at the height ``e`` make a person look taller by ``c / (c - e)`` under a camera at the
height ``c``. So ``e = c (1 - own / looks)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from edge_agent.data.event import Severity, Verdict
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import ANGLE_SURE

# Looking taller by less than this may be noise, and more so the higher the camera hangs: three times the scatter of
# 3.2 % that one frame has (decision 012).
_LEAST_PART = 0.1
# Off again under so much of what raised it; our own.
_EXIT_PART = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimbingSettings:
    """Thresholds of `climbing`.

    Off until somebody turns it on: it needs a camera whose height is known and which sees people on the floor before
    they climb, and where steps and platforms are a way to work it would report work.
    """

    enabled: bool = False
    """Whether the rule runs."""
    enter_m: Annotated[float, Ge(0.3), Le(5.0)] = 0.5
    """Feet so high above the floor: from a possible fall of 500 mm on EN ISO 14122-3 wants a guard-rail. Under a camera
    higher than 5 m it is a tenth of the camera's height."""
    hold_s: Seconds = 1.0
    """For so long; a jump is shorter."""
    cooldown_s: Seconds = 60.0
    """The same person is not reported again for so long."""


class Climbing:
    """Judges `climbing`. It gives no evidence: a height above the floor would tell how tall the person is."""

    name = "climbing"
    severity = Severity.WARNING
    ends_as = "ended"
    ergonomic = False

    def __init__(self, settings: ClimbingSettings) -> None:
        self._enter_m = settings.enter_m
        self.timing = Timing(onset_s=settings.hold_s, clear_s=1.0, unseen_s=30.0, cooldown_s=settings.cooldown_s)

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view, where its camera's height is known."""
        return (None,) if scene.calibration is not None and scene.calibration.knows_metres else ()

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while somebody upright looks taller than on the floor; unknown until that was learnt of who walks."""
        now = history.now
        camera_m, own_m, looks_m = now.camera_height_m, history.stature.reference_m, history.stature.lately_m
        if camera_m is None or own_m is None or looks_m <= 0.0 or now.stature_m is None:
            return UNKNOWN
        if now.stature_m.confidence < ANGLE_SURE:
            return UNKNOWN
        limit_m = max(self._enter_m, _LEAST_PART * camera_m) * (_EXIT_PART if raised else 1.0)
        off_floor_m = camera_m * (1.0 - own_m / looks_m)
        return Judgement(Verdict.YES if off_floor_m >= limit_m else Verdict.NO, now.stature_m.confidence)
