"""Where things go on the device, and who may read them there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

HOME = "etc/edge-agent"
CONFIG = f"{HOME}/config.yaml"
RECORD = f"{HOME}/provisioned.json"
"""What was done, for the agent to publish; `app/provisioned.py` reads it beside the configuration."""
BOOKS = f"{HOME}/provisioning"
"""What only this command reads and writes."""
GROWING = f"{BOOKS}/growing"
"""A directory in which everything is written first."""
READY = f"{BOOKS}/ready"
"""A directory that is there as long as what was begun is not done; the agent's unit waits until it is gone."""


class Reader(Enum):
    """Who may read a file; nobody but root may change one, save that a secret of the agent belongs to it."""

    ROOT = "root alone: systemd hands it over (LoadCredential=)"
    AGENT = "root and the agent"
    AGENT_SECRET = "the agent alone, as it wants its secrets"  # noqa: S105  # in words


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """One file to be put into place.

    Attributes:
        place: Below the root of the file system, without the first slash.
        content: All of it.
        reader: Who may read it.
    """

    place: str
    content: bytes = field(repr=False)
    reader: Reader


@dataclass(frozen=True, slots=True)
class Change:
    """One key of the configuration that differs from the provisioning file.

    Attributes:
        where: The mapping.
        key: In it.
        value: Plain text, that YAML reads as such without quotes.
        instead_of: The key whose place it takes; the same key where only the value changes.
    """

    where: tuple[str | int, ...]
    key: str
    value: str
    instead_of: str
