"""Does this device do its work now?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from edge_agent.app.vision import Vision
from edge_agent.capture.device_to_frame import Camera
from edge_agent.clock import Clock
from edge_agent.errors import OutboxError
from edge_agent.mqtt.command_payload import SelfCheck, SelfTestResult
from edge_agent.mqtt.outbox import Outbox

_FRAME_AGE_S = 5.0  # our own: the slowest camera that is of use gives a frame in a second
FREE_MB = 50.0  # our own: the outbox and its log fit into it for a while


class SelfTest:
    """Looks at what the threads leave; touches neither camera nor model, so that watching goes on meanwhile."""

    def __init__(
        self, cameras: tuple[Camera, ...], vision: Vision, outbox: Outbox, state_dir: Path, clock: Clock
    ) -> None:
        self._cameras = cameras
        self._vision = vision
        self._outbox = outbox
        self._state_dir = state_dir
        self._clock = clock

    def __call__(self, *, stored: bool) -> SelfTestResult:
        """Every check.

        Args:
            stored: Whether an event that was given to the outbox just now is safe there.
        """
        checks = (*self._camera_checks(), self._outbox_check(stored=stored), self._disk_check(), self._clock_check())
        return SelfTestResult(passed=all(check.ok for check in checks), checks=checks)

    def _camera_checks(self) -> Iterator[SelfCheck]:
        now_s = self._clock.monotonic_s()
        for camera in self._cameras:
            pace = self._vision.pace(camera.name)
            last_s = camera.health.last_frame_s if pace.judged else None
            age_s = None if last_s is None else now_s - last_s
            fresh = age_s is not None and age_s < _FRAME_AGE_S
            seen = "no frame yet" if age_s is None else f"last frame {age_s:.1f} s ago, the view is {pace.sight}"
            yield SelfCheck(check=f"camera {camera.name}", ok=fresh and pace.sight == "clear", detail=seen)

    def _outbox_check(self, *, stored: bool) -> SelfCheck:
        try:
            stats = self._outbox.stats()
        except OutboxError as error:
            return SelfCheck(check="outbox", ok=False, detail=str(error)[:200])
        detail = f"{stats.pending} events wait, {stats.dropped} were dropped for space, ever"
        return SelfCheck(check="outbox", ok=stored, detail=detail if stored else f"cannot be written; {detail}")

    def _disk_check(self) -> SelfCheck:
        try:
            free_mb = shutil.disk_usage(self._state_dir).free / 1e6
        except OSError as error:
            return SelfCheck(check="disk", ok=False, detail=error.strerror or "cannot be read")
        return SelfCheck(check="disk", ok=free_mb >= FREE_MB, detail=f"{free_mb:.0f} MB free")

    def _clock_check(self) -> SelfCheck:
        synced = self._clock.synchronised()
        detail = "follows a time server" if synced else "follows no time server: times may be wrong"
        return SelfCheck(check="clock", ok=synced, detail=detail)
