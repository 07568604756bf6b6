"""Groups of devices: each has a role, a key and a pointer of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from edge_agent.errors import FleetError
from edge_agent.fleet.edition import Edition
from edge_agent.fleet.key_files import file_name, make_key
from edge_agent.update.pointer import GROUP_PATTERN, group_role


def add_group(edition: Edition, group: str, directory: Path, publish: Callable[[], object]) -> Path:
    """Give a group a role and a key, and publish that.

    Args:
        edition: Changed.
        group: Its name.
        directory: Where its key goes.
        publish: Signs and writes the edition; the key of targets is needed.

    Returns:
        The file of its key.

    Raises:
        FleetError: The name is taken or not allowed, or the key of targets is missing; nothing has changed.
    """
    if not re.match(GROUP_PATTERN, group) or group != group.strip():
        raise FleetError(f"{group!r} cannot be a group's name: a-z, 0-9 and '-', at most 32")
    if group in edition.group_names():
        raise FleetError(
            f"group {group} exists already: `edge-agent-fleet publish --group {group}` points it at a model"
        )
    signer = make_key(group_role(group), directory, None)
    file = directory / file_name(group_role(group), signer.public_key)
    try:
        edition.add_group(group, signer.public_key)
        publish()
    except FleetError:
        file.unlink()
        raise
    return file
