"""The part of the configuration that the updater works by.

The whole configuration brings in numpy, through the settings of rules: 15 MB that the updater has not. A child process
reads and checks it, as the agent does, and hands over this part.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from edge_agent.command.command_settings import CommandSettings
from edge_agent.errors import UpdaterError
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.update.update_settings import UpdateSettings

_READ_S = 60.0
NO_UPDATES = 3
"""Exit code of the child where the configuration has no section `update`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdaterSettings:
    """What the updater needs of the configuration.

    Attributes:
        site: Name of the site.
        device: Name of the device.
        state_dir: Of the agent: models, statistics, and the updater's own directory.
        timezone: Name of the zone of the clock on the wall.
        runtime: Interpreter that the agent uses.
        log_level: The least severe message that is written.
        mqtt: The broker.
        commands: Who may command the device.
        update: Where models come from.
    """

    site: str
    device: str
    state_dir: Path
    timezone: str
    runtime: Literal["auto", "litert", "tflite"]
    log_level: Literal["debug", "info", "warning", "error"]
    mqtt: BrokerSettings
    commands: CommandSettings
    update: UpdateSettings


def updater_settings_adapter() -> TypeAdapter[UpdaterSettings]:
    """Reads and writes them as JSON."""
    return TypeAdapter(UpdaterSettings)


def read_updater_settings(config: Path) -> UpdaterSettings | None:
    """Have the configuration read by a child process.

    Args:
        config: The YAML file.

    Returns:
        What the updater needs of it; None where it has no section `update`.

    Raises:
        UpdaterError: It cannot be used; the text is that of the child.
    """
    command = [sys.executable, "-m", "edge_agent.updater.print_settings", str(config)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_READ_S)  # noqa: S603 - our own interpreter and module; the path is one argument
    except subprocess.TimeoutExpired as error:
        raise UpdaterError(f"{config}: was not read within {_READ_S:g} s") from error
    if ran.returncode == NO_UPDATES:
        return None
    if ran.returncode:
        raise UpdaterError(ran.stderr.strip() or f"{config}: cannot be read")
    try:
        return updater_settings_adapter().validate_json(ran.stdout)
    except ValidationError as error:
        raise UpdaterError(f"{config}: the child that read it gave nothing that can be used") from error
