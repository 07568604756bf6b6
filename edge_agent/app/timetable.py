"""What each camera is to watch for now: its zones come and go with the shifts."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timezone, tzinfo

from edge_agent.app.assign import assign
from edge_agent.clock import Clock
from edge_agent.data.calibration import Calibration
from edge_agent.data.zone import Zone
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.rules_stage import Assignment
from edge_agent.rules.schedule import zones_at
from edge_agent.rules.shadow_settings import ShadowSettings

logger = logging.getLogger(__name__)

# How late a shift may begin.
_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """Every camera's scene with all its zones, and what is watched for in it.

    Attributes:
        scenes: Of every camera.
        rules: What raises incidents.
        shadow: Rules on trial.
        timezone: In which the shifts of the zones are meant.
        timed: Whether shifts count; where not, as in a recording of no known time, every zone is there.
    """

    scenes: tuple[Scene, ...]
    rules: CatalogueSettings
    shadow: ShadowSettings = field(default_factory=ShadowSettings)
    timezone: tzinfo = timezone.utc
    timed: bool = True

    @property
    def places(self) -> tuple[str, ...]:
        """Every camera and every zone, also one that is not there now: each has an alarm state."""
        return tuple(name for scene in self.scenes for name in (scene.camera, *(zone.name for zone in scene.zones)))

    @property
    def rule_names(self) -> frozenset[str]:
        """Every rule that may raise an incident, in any shift."""
        everywhere = (self.assignment(scene, scene.zones) for scene in self.scenes)
        return frozenset(name for assignment in everywhere for name in assignment.rule_names)

    @property
    def changes(self) -> bool:
        """Whether the time makes any difference."""
        return self.timed and any(zone.active for scene in self.scenes for zone in scene.zones)

    def calibration(self, camera: str) -> Calibration | None:
        """Of this camera."""
        return next((scene.calibration for scene in self.scenes if scene.camera == camera), None)

    def zones(self, scene: Scene, wall_s: float, *, trusted: bool) -> tuple[Zone, ...]:
        """The zones of a scene that are there."""
        return zones_at(scene.zones, wall_s, self.timezone, trusted=trusted) if self.timed else scene.zones

    def assignment(self, scene: Scene, zones: tuple[Zone, ...]) -> Assignment:
        """What to watch for in a scene while these of its zones are there."""
        return assign(replace(scene, zones=zones), self.rules, self.shadow)


class ShiftChange:
    """Tells when other zones are there than before. Used by one thread.

    Args:
        clock: Whose wall time decides.
        trusts_clock: Believe it, whether it says that it is synchronised or not: for recordings.
    """

    def __init__(self, clock: Clock, *, trusts_clock: bool = False) -> None:
        self._clock = clock
        self._trusts_clock = trusts_clock
        self._timetable: Timetable | None = None
        self._zones: dict[str, tuple[Zone, ...]] = {}
        self._next_s = 0.0
        self._told = False

    def start(self, timetable: Timetable) -> Mapping[str, Assignment]:
        """Work by this timetable from now on.

        Returns:
            What every camera is to watch for now, by its name.
        """
        self._timetable = timetable
        self._zones = {}
        return self._changed(timetable)

    def due(self) -> Mapping[str, Assignment]:
        """The cameras that are to watch for something else than when asked before, by name; looks once a second."""
        timetable, now_s = self._timetable, self._clock.monotonic_s()
        if timetable is None or not timetable.changes or now_s < self._next_s:
            return {}
        return self._changed(timetable)

    def _changed(self, timetable: Timetable) -> dict[str, Assignment]:
        self._next_s = self._clock.monotonic_s() + _EVERY_S
        trusted = self._trusts_clock or not timetable.changes or self._clock.synchronised()
        self._tell(trusted=trusted)
        changed: dict[str, Assignment] = {}
        for scene in timetable.scenes:
            zones = timetable.zones(scene, self._clock.wall_s(), trusted=trusted)
            if zones != self._zones.get(scene.camera):
                self._zones[scene.camera] = zones
                changed[scene.camera] = timetable.assignment(scene, zones)
        return changed

    def _tell(self, *, trusted: bool) -> None:
        """Say once that the shifts cannot be followed: whoever reads the journal wonders about alarms at odd times."""
        if not trusted and not self._told:
            logger.warning(
                "the clock is not synchronised: zones with shifts raise at all times and excuse nothing, until a time "
                "server is reached (`timedatectl`)"
            )
        if trusted and self._told:
            logger.info("the clock is synchronised: zones follow their shifts")
        self._told = not trusted
