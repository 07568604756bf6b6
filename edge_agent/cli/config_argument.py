"""``--config`` of the commands that look after a device: the service's own file where none is named."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

_VARIABLE = "EDGE_AGENT_CONFIG"
_PLACE = Path("/etc/edge-agent/config.yaml")


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--config``."""
    parser.add_argument("--config", type=Path, metavar="FILE", help=f"the configuration; {_PLACE} where absent")


def config_file(named: Path | None) -> Path:
    """The file that was named; else the environment's, else the service's."""
    if named is not None:
        return named
    return Path(os.environ.get(_VARIABLE) or _PLACE)
