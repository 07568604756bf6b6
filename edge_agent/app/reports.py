"""What the agent says of itself: `info` once, `health` again and again."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from edge_agent import __version__
from edge_agent.app.event_sink import EventSink
from edge_agent.app.outbox_to_health import OutboxToHealth
from edge_agent.app.process_memory import rss_mb
from edge_agent.app.strain_to_health import strain_to_health
from edge_agent.app.vision import Vision
from edge_agent.capture.device_to_frame import Camera
from edge_agent.clock import Clock
from edge_agent.data.exposure import Exposure
from edge_agent.data.frame import Frame
from edge_agent.mqtt.payload import CameraHealth, ExposureHealth, HealthPayload, InfoPayload, Provisioned, rfc3339
from edge_agent.mqtt.privacy_profile import PROFILE, profile_hash
from edge_agent.rules.rules_stage import Assignment
from edge_agent.runtime.mailbox import Mailbox
from edge_agent.runtime.thermal import temperature_c

_PACKAGES = {"litert": "ai-edge-litert", "tflite": "tflite-runtime"}
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_boot_id() -> str:
    """The kernel's identifier of this boot (random(4)); empty where there is none."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def runtime_text(runtime: str) -> str:
    """The interpreter and its version, as in ``litert 2.3.0``."""
    try:
        return f"{runtime} {version(_PACKAGES[runtime])}"
    except PackageNotFoundError:
        return runtime


def info_payload(
    model: str,
    runtime: str,
    config_hash: str,
    assignments: tuple[Assignment, ...],
    provisioned: Provisioned | None = None,
) -> InfoPayload:
    """What this device is and watches."""
    return InfoPayload(
        version=__version__,
        runtime=runtime_text(runtime),
        model=model,
        config_hash=config_hash,
        cameras=tuple(each.scene.camera for each in assignments),
        zones=tuple(zone.name for each in assignments for zone in each.scene.zones),
        rules=assignments[0].rule_names,
        privacy=PROFILE,
        privacy_hash=profile_hash(),
        bootid=read_boot_id(),
        provisioned=provisioned,
    )


class HealthReport:
    """Collects the numbers of `health`."""

    def __init__(
        self, cameras: tuple[Camera, ...], mailbox: Mailbox[Frame], vision: Vision, sink: EventSink, clock: Clock
    ) -> None:
        self._cameras = cameras
        self._mailbox = mailbox
        self._vision = vision
        self._outbox_health = OutboxToHealth(sink)
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._before_s = self._started_s
        self._judged = {camera.name: 0 for camera in cameras}

    def __call__(self) -> HealthPayload:
        """The numbers now; frame rates are those since the call before."""
        now_s = self._clock.monotonic_s()
        elapsed_s, self._before_s = max(now_s - self._before_s, 1e-3), now_s
        return HealthPayload(
            at=rfc3339(self._clock.wall_s()),
            uptime_s=round(now_s - self._started_s, 1),
            rss_mb=rss_mb(),
            temperature_c=_rounded(temperature_c()),
            cameras={camera.name: self._camera(camera, now_s, elapsed_s) for camera in self._cameras},
            outbox=self._outbox_health(),
        )

    def _camera(self, camera: Camera, now_s: float, elapsed_s: float) -> CameraHealth:
        pace = self._vision.pace(camera.name)
        fps = (pace.judged - self._judged[camera.name]) / elapsed_s
        self._judged[camera.name] = pace.judged
        last_s = camera.health.last_frame_s if pace.judged else None
        recent_ms = sorted(pace.recent_ms)
        return CameraHealth(
            fps=round(fps, 1),
            frames_dropped=self._mailbox.dropped(camera.name),
            last_frame_age_s=None if last_s is None else round(now_s - last_s, 1),
            sight=pace.sight,
            exposure={rule: _exposure(exposure) for rule, exposure in pace.exposures.items()} or None,
            shadow=dict(pace.shadowed) or None,
            strain=strain_to_health(pace.strain) if pace.strain else None,
            frame_ms_p95=round(recent_ms[int(0.95 * (len(recent_ms) - 1))], 1) if recent_ms else None,
        )


def _exposure(exposure: Exposure) -> ExposureHealth:
    return ExposureHealth(
        yes_s=round(exposure.yes_s, 1),
        no_s=round(exposure.no_s, 1),
        indeterminate_s=round(exposure.indeterminate_s, 1),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
