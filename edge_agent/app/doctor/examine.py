"""Everything that the doctor looks at, in the order in which one thing rests on another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_agent.app.doctor.check_broker import check_broker
from edge_agent.app.doctor.check_camera import check_camera
from edge_agent.app.doctor.check_clock import check_clock
from edge_agent.app.doctor.check_config import check_config, config_problems
from edge_agent.app.doctor.check_disk import check_disk
from edge_agent.app.doctor.check_heat import check_heat
from edge_agent.app.doctor.check_model import check_model
from edge_agent.app.doctor.check_permissions import check_permissions
from edge_agent.app.doctor.finding import Finding, passed, warned
from edge_agent.app.doctor.running_agent import agent_runs
from edge_agent.clock import SystemClock
from edge_agent.errors import ConfigError
from edge_agent.settings.file_to_settings import load_settings


@dataclass(frozen=True, slots=True)
class Scope:
    """How much to look at.

    Attributes:
        config: The configuration file.
        quick: Leave out what takes the processor's time: cameras and the model's speed.
    """

    config: Path
    quick: bool = False


def examine(scope: Scope) -> Iterator[Finding]:
    """Look at everything; a configuration that cannot be read leaves what does not need it."""
    try:
        settings = load_settings(scope.config)
    except ConfigError as error:
        yield from config_problems(error)
        yield from check_clock(SystemClock())
        yield from check_heat()
        return
    runs = agent_runs(settings.state_dir)
    yield from check_config(str(scope.config), settings)
    yield passed("agent", {True: "runs", False: "does not run", None: "not known: its state is another user's"}[runs])
    yield from check_permissions(settings)
    yield from check_disk(settings.state_dir, settings.outbox.max_mb)
    yield from check_clock(SystemClock())
    yield from check_heat()
    beside = runs is True
    if not scope.quick:
        for camera in settings.cameras:
            yield from check_camera(camera, beside_agent=beside)
        if os.access(settings.state_dir, os.R_OK | os.X_OK) or not settings.state_dir.exists():
            yield from check_model(settings, beside_agent=beside)
        else:
            yield warned("model", f"{settings.state_dir} is another user's", "run the doctor as the agent's user")
    yield from check_broker(settings, beside_agent=beside)
