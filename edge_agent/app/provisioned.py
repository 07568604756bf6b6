"""What `edge-agent provision` wrote down beside the configuration, for `info`."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import ValidationError

from edge_agent.mqtt.payload import Provisioned

logger = logging.getLogger(__name__)

_FILE = "provisioned.json"


def read_provisioned(config: Path) -> Provisioned | None:
    """How the device was set up; None where nobody provisioned it.

    Args:
        config: The configuration file.
    """
    record = config.parent / _FILE
    try:
        return Provisioned.model_validate_json(record.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        # What it says is for people to know; watching does not wait for it.
        logger.warning("%s cannot be read; `info` does not say how the device was provisioned", record)
        return None
