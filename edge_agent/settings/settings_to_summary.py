"""What the settings mean, in a few lines for the installer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from edge_agent.capture.source_settings import ClipSettings, CsiSettings, SourceSettings, StreamSettings
from edge_agent.posture.camera_pose import CameraPose, calibration_to_pose
from edge_agent.rules.catalogue import build_rules, build_shadow
from edge_agent.runtime.secret_file import open_to_others
from edge_agent.settings.settings import CameraSettings, ModelSettings, Settings
from edge_agent.settings.zone_to_text import zone_notes, zone_text
from edge_agent.update.built_in import FACTORY_MODEL

# As edge-agent-claim.service has it.
CLAIM_DIRECTORY = Path("/var/lib/edge-agent/claim")


def settings_to_summary(settings: Settings) -> tuple[str, ...]:
    """Device, model, cameras with their zones, rules, shifts and broker, then notes on what may go wrong later."""
    return (
        f"device  {settings.device} at site {settings.site}, state in {settings.state_dir}",
        f"model   {_model_text(settings.model)}",
        *(f"camera  {text}" for camera in settings.cameras for text in _camera_texts(camera)),
        f"rules   {_rules_text(settings)}",
        *(f"trial   {text}" for text in (_trial_text(settings),) if text),
        *(f"record  {text}" for text in (_record_text(settings),) if text),
        *(f"time    {text}" for text in (_time_text(settings),) if text),
        f"broker  {_broker_text(settings)}",
        f"orders  {_orders_text(settings)}",
        *(f"note    {note}" for note in _notes(settings)),
    )


def _model_text(model: ModelSettings) -> str:
    use = model.use or f"the active model ({FACTORY_MODEL} unless another was activated)"
    return f"{use}, runtime {model.runtime}, {model.threads} threads, score from {model.score:g}"


def _camera_texts(camera: CameraSettings) -> Iterator[str]:
    zones = ", ".join(f"{zone.name} ({zone_text(zone)})" for zone in camera.zones) or "none"
    yield f"{camera.name}: {_source_text(camera.source)}; zones: {zones}"
    pose = _floor_points_pose(camera)
    if pose is not None and not pose.problem:
        yield f"{camera.name}: {pose.text}"


def _floor_points_pose(camera: CameraSettings) -> CameraPose | None:
    """How the camera stands by its floor points; None without them, and where only its frames will tell their size."""
    source, calibration = camera.source, camera.calibration
    if calibration is None or calibration.floor_points is None or isinstance(source, (StreamSettings, ClipSettings)):
        return None
    return calibration_to_pose(calibration, source.width_px, source.height_px)


def _source_text(source: SourceSettings) -> str:
    if isinstance(source, StreamSettings):
        return f"stream {source.url.partition('?')[0]}"  # a query may hold a token
    if isinstance(source, ClipSettings):
        return f"clip {source.path}{', again and again' if source.loop else ''}"
    name = f"CSI {source.index}" if isinstance(source, CsiSettings) else source.device
    return f"{name}, {source.width_px} x {source.height_px} at {source.fps:g} fps"


def _rules_text(settings: Settings) -> str:
    states = {
        part.name: bool(getattr(getattr(settings.rules, part.name), "enabled", True))
        for part in dataclasses.fields(settings.rules)
    }
    on = ", ".join(name for name, enabled in states.items() if enabled) or "none"
    off = ", ".join(name for name, enabled in states.items() if not enabled)
    return f"{on}; off: {off}" if off else on


def _trial_text(settings: Settings) -> str:
    parts = dataclasses.fields(settings.shadow)
    listed = ", ".join(part.name for part in parts if getattr(settings.shadow, part.name) is not None)
    return f"{listed}: counted in `health`, never reported" if listed else ""


def _record_text(settings: Settings) -> str:
    log = settings.posture_log
    if not log.enabled:
        return ""
    return f"postures of everybody in view, personal data: up to {log.max_mb:g} MB in {settings.state_dir / 'postures'}"


def _time_text(settings: Settings) -> str:
    timed = any(zone.active for camera in settings.cameras for zone in camera.zones)
    return f"shifts of the zones in {settings.timezone}" if timed else ""


def _broker_text(settings: Settings) -> str:
    mqtt = settings.mqtt
    port = mqtt.port or (8883 if mqtt.tls else 1883)
    protocol = "MQTT 5 or 3.1.1" if mqtt.protocol == "auto" else f"MQTT {mqtt.protocol}"
    user = f"as {mqtt.username}" if mqtt.username else "without a user"
    topics = f"{mqtt.topic_prefix}/{settings.site}/{settings.device}/..."
    return f"{mqtt.host}:{port}, {protocol}, {'TLS' if mqtt.tls else 'not encrypted'}, {user}; topics {topics}"


def _orders_text(settings: Settings) -> str:
    keys = settings.commands.keys
    if not keys:
        return "from nobody: no key is configured, and the device listens to nothing"
    return "; ".join(f"{key.kid}: {', '.join(key.allow) or 'nothing yet'}" for key in keys)


def _notes(settings: Settings) -> Iterator[str]:
    """What is allowed and may still not be meant."""
    for name, path in _named_files(settings):
        if not path.exists():
            yield f"{name}: {path} {_why_absent(settings, name)}"
        elif name.endswith(("password_file", "key_file", "token_file")) and open_to_others(path):
            yield f"{name}: others can read {path}, and the agent will refuse it: chmod 600 {path}"
    if settings.mqtt.username and settings.mqtt.tls is None:
        yield "mqtt: the password crosses the network in the clear; add `tls`"
    yield from _claim_notes(settings)
    yield from _calibration_notes(settings)
    for camera in settings.cameras:
        for zone in camera.zones:
            yield from zone_notes(zone, settings)
    if settings.rules.zone_entry.enabled and not _has_restricted_zone(settings):
        yield "rules.zone_entry: no camera has a restricted zone, so that it cannot raise anything"


def _why_absent(settings: Settings, name: str) -> str:
    tls = settings.mqtt.tls
    if tls is not None and tls.claim is not None and name in ("mqtt.tls.cert_file", "mqtt.tls.key_file"):
        return "is not there yet: `edge-agent claim run` fetches it"
    return "is not on this machine"


def _claim_notes(settings: Settings) -> Iterator[str]:
    tls = settings.mqtt.tls
    if tls is None or tls.claim is None:
        return
    for name, file in (("cert_file", tls.cert_file), ("key_file", tls.key_file)):
        if file is not None and file.parent != CLAIM_DIRECTORY:
            yield (
                f"mqtt.tls.{name}: without a token edge-agent-claim.service starts where there is {CLAIM_DIRECTORY}, "
                f"and not for {file}: name a file there, or have `edge-agent claim run` run every hour"
            )


def _calibration_notes(settings: Settings) -> Iterator[str]:
    metric = ", ".join(name for name in ("climbing", "rushing") if _runs(settings, name))
    for camera in settings.cameras:
        calibration, pose = camera.calibration, _floor_points_pose(camera)
        rules = (*build_rules(settings.rules, camera.scene), *build_shadow(settings.shadow, camera.scene))
        strain = ", ".join(dict.fromkeys(rule.name for rule in rules if rule.ergonomic))
        if strain and calibration is None:
            yield f"camera {camera.name}: no `calibration`: only exposure is counted for {strain}"
        if metric and (calibration is None or not calibration.knows_metres):
            missing = "no `height_m` or `floor_points` in its `calibration`"
            yield f"camera {camera.name}: {missing}: nothing can raise {metric}"
        if pose is not None and pose.problem:
            yield f"camera {camera.name}: {pose.problem}; until then it counts as not calibrated"


def _runs(settings: Settings, name: str) -> bool:
    """Whether a rule is on, or on trial."""
    return bool(getattr(settings.rules, name).enabled or getattr(settings.shadow, name))


def _has_restricted_zone(settings: Settings) -> bool:
    return any(zone.kind.value == "restricted" for camera in settings.cameras for zone in camera.zones)


def _named_files(value: object, name: str = "") -> Iterator[tuple[str, Path]]:
    """Every file that the settings name; the state directory is made by the agent."""
    if isinstance(value, Path) and name != "state_dir":
        yield name, value
    elif isinstance(value, tuple):
        for index, entry in enumerate(value):
            yield from _named_files(entry, f"{name}[{index}]")
    elif dataclasses.is_dataclass(value):
        for part in dataclasses.fields(value):
            yield from _named_files(getattr(value, part.name), f"{name}.{part.name}".removeprefix("."))
