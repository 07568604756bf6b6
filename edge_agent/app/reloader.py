"""The configuration in force while the agent runs: the file, and what was laid over it from afar."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from edge_agent.errors import ConfigError
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.settings import Settings

logger = logging.getLogger(__name__)


class Reloader:
    """Reads the configuration again and takes over what can change while the agent runs. Main thread alone."""

    def __init__(self, config: Path, settings: Settings, apply: Callable[[Settings], None]) -> None:
        """Remember where to read.

        Args:
            config: The file.
            settings: In force, as read from it.
            apply: Takes over new ones.
        """
        self._config = config
        self.settings = settings
        self._apply = apply
        self._overlay: Mapping[str, Any] = {}

    def start_with(self, overlay: Mapping[str, Any]) -> Settings:
        """Lay this over the file before the agent starts.

        Raises:
            ConfigError: They do not go together; the file's own stay.
        """
        self.settings = _with_rules_of(self.settings, load_settings(self._config, overlay))
        self._overlay = overlay
        return self.settings

    def __call__(self, overlay: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Reload.

        Args:
            overlay: To be laid over the file from now on; the present one where absent.

        Returns:
            What is wrong, in which case the settings in force stay.
        """
        wanted = self._overlay if overlay is None else overlay
        try:
            new = load_settings(self._config, wanted)
        except ConfigError as error:
            problems = tuple(problem.in_file(error.file) for problem in error.problems)
            for problem in problems:
                logger.error("%s; the settings in force stay", problem)
            return problems
        usable = _with_rules_of(self.settings, new)
        if usable != new:
            logger.warning("restart the agent for the other changes in %s", self._config)
        self.settings, self._overlay = usable, wanted
        self._apply(usable)
        logger.info("zones, calibration, rules and thresholds of %s are in force", self._config)
        return ()


def _with_rules_of(running: Settings, new: Settings) -> Settings:
    """The running settings with the new rules and thresholds, and what is new about the place before the cameras."""
    named = {camera.name: camera for camera in new.cameras}
    cameras = tuple(
        dataclasses.replace(camera, zones=named[camera.name].zones, calibration=named[camera.name].calibration)
        if camera.name in named
        else camera
        for camera in running.cameras
    )
    model = dataclasses.replace(running.model, score=new.model.score)
    return dataclasses.replace(
        running,
        cameras=cameras,
        rules=new.rules,
        shadow=new.shadow,
        strain=new.strain,
        timezone=new.timezone,
        model=model,
    )
