"""Everything behind `metrics.port`, wired."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from edge_agent.app.metrics.device_numbers import DeviceNumbers
from edge_agent.app.metrics.meters import Meters
from edge_agent.app.metrics.server import MetricsServer, Page, judged
from edge_agent.app.metrics.sources import Sources
from edge_agent.capture.camera_health import LOST_AFTER_S, CameraState

_HANGS_S = 10.0  # as the watchdog's: edge_agent/app/daemon.py


class Metrics:
    """The server, and what the vision thread tells.

    Attributes:
        meters: For the vision thread.
        server: Its `run` is the body of a thread.
    """

    def __init__(self, port: int, sources: Sources, health: Callable[[], bytes]) -> None:
        """Take the port and make every metric.

        Args:
            port: On 127.0.0.1.
            sources: Where numbers come from.
            health: The latest report, as JSON; empty before the first.

        Raises:
            MetricsError: The port is taken.
        """
        self._from = sources
        self._health = health
        # A series more for each of some hundred, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
        self.registry = CollectorRegistry(auto_describe=False)
        names = tuple(camera.name for camera in sources.cameras)
        self.meters = Meters(self.registry, names, sources.detector().model, sources.person_score)
        self.registry.register(DeviceNumbers(sources, self.meters.in_view))
        ProcessCollector(registry=self.registry)
        pages = {"/metrics": self._metrics, "/healthz": self.healthz, "/readyz": self.readyz, "/health": self._report}
        self.server = MetricsServer(port, pages)

    def healthz(self) -> Page:
        """Whether the vision thread turns; where it does not, the watchdog is about to restart the agent."""
        return judged({"vision": self._from.clock.monotonic_s() - self._from.vision.beat_s < _HANGS_S})

    def readyz(self) -> Page:
        """Whether frames of every camera are being judged. A clip that was played to its end is no fault."""
        now_s = self._from.clock.monotonic_s()
        checks = {"vision": now_s - self._from.vision.beat_s < _HANGS_S}
        for camera in self._from.cameras:
            last_s = self._from.vision.pace(camera.name).last_judged_s
            over = camera.health.state is CameraState.ENDED
            checks[f"camera {camera.name}"] = last_s is not None and (over or now_s - last_s < LOST_AFTER_S)
        return judged(checks)

    def _metrics(self) -> Page:
        return Page(200, CONTENT_TYPE_LATEST, generate_latest(self.registry))

    def _report(self) -> Page:
        report = self._health()
        return Page(200 if report else 503, "application/json", report or b"{}")
