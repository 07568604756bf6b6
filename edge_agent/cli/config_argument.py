"""``--config`` of the commands that look after a device: the service's own file where none is named."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

_VARIABLE = "EDGE_AGENT_CONFIG"
_PLACES = (Path("/etc/edge-agent/config.yaml"), Path("/etc/edge-agent/edge-agent.yaml"))


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--config``."""
    places = " or ".join(str(place) for place in _PLACES)
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"the configuration; {places} where absent")


def config_file(named: Path | None) -> Path:
    """The file that was named, or the first that is there; the usual place where none is."""
    if named is not None:
        return named
    if chosen := os.environ.get(_VARIABLE):
        return Path(chosen)
    return next((place for place in _PLACES if place.is_file()), _PLACES[0])
