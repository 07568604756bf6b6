"""The numbers of `health` as the one line that `systemctl status` shows."""

from __future__ import annotations

from edge_agent.mqtt.payload import CameraHealth, HealthPayload, OutboxHealth

# As the rule `camera_lost` has it.
_SILENT_S = 5.0
# Our own: falls are missed below 5 frames a second (docs/accuracy.md); below one, nobody should read "watching".
_HARDLY_JUDGED_FPS = 1.0


def health_to_status(health: HealthPayload, *, connected: bool) -> str:
    """What somebody wants to know who looks at the device: is everything watched, and does anybody hear of it?

    Args:
        health: The numbers.
        connected: Whether the broker is.
    """
    troubles = {name: _trouble(camera) for name, camera in health.cameras.items()}
    blind = [f"{name} {trouble}" for name, trouble in troubles.items() if trouble]
    seen = [f"{name} ({health.cameras[name].fps:g} frames/s)" for name, trouble in troubles.items() if not trouble]
    parts = [
        f"watching {', '.join(seen)}" if seen else "NOT WATCHING",
        *blind,
        *_delivery(health.outbox, connected=connected),
    ]
    return "; ".join(parts)


def _trouble(camera: CameraHealth) -> str:
    if camera.last_frame_age_s is None:
        return "has given no picture yet"
    if camera.last_frame_age_s >= _SILENT_S:
        return f"gives no picture since {camera.last_frame_age_s:.0f} s"
    if camera.sight not in (None, "clear"):
        return f"cannot see anybody: {camera.sight}"
    if camera.fps < _HARDLY_JUDGED_FPS:
        return "has less than one picture a second judged"
    return ""


def _delivery(outbox: OutboxHealth, *, connected: bool) -> list[str]:
    parts = ["broker connected" if connected else "NO BROKER"]
    if outbox.pending and (not connected or outbox.state == "memory_only"):
        parts.append(f"{outbox.pending} events wait on the disk")
    if outbox.state == "memory_only":
        parts.append(f"THE DISK TAKES NO EVENTS: {outbox.reason or 'see health'}")
    if outbox.quarantined:
        parts.append(f"{outbox.quarantined} events that the broker refuses (`edge-agent outbox list`)")
    return parts
