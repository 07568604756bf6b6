"""``python -m edge_agent.updater.print_settings CONFIG``: the updater's part of a configuration, as JSON."""

from __future__ import annotations

import sys
from pathlib import Path

from edge_agent.errors import ConfigError
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.updater.updater_settings import NO_UPDATES, UpdaterSettings, updater_settings_adapter


def main(arguments: list[str]) -> int:
    """Print it; 1 where the configuration cannot be used, `NO_UPDATES` where it asks for no updates."""
    try:
        settings = load_settings(Path(arguments[0]))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if settings.update is None:
        return NO_UPDATES
    part = UpdaterSettings(
        site=settings.site,
        device=settings.device,
        state_dir=settings.state_dir,
        timezone=settings.timezone,
        runtime=settings.model.runtime,
        log_level=settings.log.level,
        mqtt=settings.mqtt,
        commands=settings.commands,
        update=settings.update,
    )
    sys.stdout.buffer.write(updater_settings_adapter().dump_json(part))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
