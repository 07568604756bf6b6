"""What every test of a command needs."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def restored_log() -> Iterator[None]:
    """`main` directs the package's log; other tests want it as it was."""
    package = logging.getLogger("edge_agent")
    before = (package.handlers[:], package.propagate, package.level)
    yield
    package.handlers[:], package.propagate = before[0], before[1]
    package.setLevel(before[2])
