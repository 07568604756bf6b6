"""A device that follows a repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from update_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Its agent has watched for a while, and its service has taken up what was under way."""
    made = World(tmp_path)
    for _ in range(5):
        made.daemon.watch(2.0)
    made.service.book.open()
    return made
