"""The whole configuration, composed of the settings that each stage owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import Field

from edge_agent.capture.source_settings import SourceSettings
from edge_agent.command.command_settings import CommandSettings
from edge_agent.data.calibration import Calibration
from edge_agent.data.zone import Zone
from edge_agent.mqtt.broker_settings import BrokerSettings, OutboxSettings
from edge_agent.posture.posture_to_strain import StrainSettings
from edge_agent.posture_log.posture_log_settings import PostureLogSettings
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.shadow_settings import ShadowSettings
from edge_agent.runtime.metrics_settings import MetricsSettings
from edge_agent.update.update_settings import UpdateSettings

# Names become levels of MQTT topics, where `/`, `+` and `#` have a meaning (MQTT 5.0, section 4.7.1).
NAME_PATTERN = "^[a-z0-9][a-z0-9-]{0,62}$"
Name = Annotated[str, Field(pattern=NAME_PATTERN)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """One camera: where its frames come from, and the zones in its view."""

    name: Name
    """Unique on the device, also among the zones: lower-case letters, digits and hyphens."""
    source: Annotated[SourceSettings, Field(discriminator="type")]
    """Where the frames come from."""
    zones: Annotated[tuple[Zone, ...], MaxLen(32)] = ()
    """Marked parts of the view; a person outside them all is reported under the camera's name."""
    calibration: Calibration | None = None
    """How the camera looks at the floor. Without it no ergonomic rule raises anything: it only counts exposure."""

    @property
    def scene(self) -> Scene:
        """What the rules know of it."""
        return Scene(self.name, self.zones, self.calibration)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """The pose model and how it is run."""

    use: str | None = None
    """Name of an installed model, or a path (with a `/` or ending in `.tflite`). Where absent, the model that was
    activated last, and the built-in `edge-pose-n` where none was."""
    runtime: Literal["auto", "litert", "tflite"] = "auto"
    """Interpreter package; `auto` takes LiteRT where it is installed and tflite-runtime otherwise."""
    threads: Annotated[int, Ge(1), Le(8)] = 2
    """Threads of the interpreter."""
    score: Annotated[float, Ge(0.1), Le(1.0)] = 0.4
    """A detection must score so much to be taken for a person who was not there before; somebody who is followed
    already is followed down to 0.1."""

    @property
    def use_path(self) -> Path | None:
        """`use` where it is a path; None where it is a name or absent."""
        if self.use is None or not ("/" in self.use or self.use.endswith(".tflite")):
            return None
        return Path(self.use)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """What is written to the journal."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe message that is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Configuration of one edge agent."""

    site: Name
    """The plant, the second part of every topic: lower-case letters, digits and hyphens."""
    device: Name
    """This device, unique in the site: lower-case letters, digits and hyphens."""
    state_dir: Path = Path("/var/lib/edge-agent")
    """Directory of the outbox, the model store and the posture log; the agent must be able to write there."""
    timezone: str = "UTC"
    """In which the shifts of zones (`active`) are meant: a name of the IANA database, as in `Europe/Berlin`, which
    knows when summer time begins. Everything published is in UTC."""
    model: ModelSettings = field(default_factory=ModelSettings)
    """The pose model and how it is run."""
    cameras: Annotated[tuple[CameraSettings, ...], MinLen(1), MaxLen(8)]
    """The cameras that are watched."""
    rules: CatalogueSettings = field(default_factory=CatalogueSettings)
    """The safety rules; what is left out keeps its default."""
    shadow: ShadowSettings = field(default_factory=ShadowSettings)
    """Rules on trial: counted, never reported. Listing one, as in `shadow: {bend_hold: {enter_deg: 70}}`, runs it."""
    strain: StrainSettings = field(default_factory=StrainSettings)
    """How long people worked at which level of RULA and REBA, summed up in `health`."""
    mqtt: BrokerSettings
    """The broker that hears of the events."""
    commands: CommandSettings = field(default_factory=CommandSettings)
    """Who may command this device over MQTT; nobody where this is left out."""
    update: UpdateSettings | None = None
    """Models over the air, by `edge-agent updater run`; none where this is left out."""
    outbox: OutboxSettings = field(default_factory=OutboxSettings)
    """How much may wait on disk while the broker is away."""
    posture_log: PostureLogSettings = field(default_factory=PostureLogSettings)
    """Whether what the rules see is kept on the device, to try other thresholds on it. Off unless switched on."""
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    """Numbers for Prometheus on 127.0.0.1. Off unless a port is named."""
    log: LogSettings = field(default_factory=LogSettings)
    """What is written to the journal."""
