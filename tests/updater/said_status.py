"""What a fleet's controller reads of what a device says of its update."""

from __future__ import annotations

from update_world import World

from edge_agent.mqtt.payload import encode
from edge_agent.update.status_payload import UpdateStatus, parse_status
from edge_agent.updater.standing_to_status import standing_to_status


def said(world: World) -> UpdateStatus:
    """Its retained `update/status`, as it would be published now."""
    standing = world.service.book.standing()
    payload = encode(standing_to_status(standing, world.device.name, world.settings.group, world.clock.wall_s()))
    status = parse_status(payload)
    assert status is not None
    return status
