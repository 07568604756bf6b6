"""A fleet's server, and a device that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from claim_bench import Claimer, Fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A server that signs at once."""
    made = Fleet(tmp_path / "fleet")
    yield made
    made.stop()


@pytest.fixture
def fleet_by_hand(tmp_path: Path) -> Iterator[Fleet]:
    """A server whose operator approves each device."""
    made = Fleet(tmp_path / "fleet", by_hand=True)
    yield made
    made.stop()


@pytest.fixture
def device(tmp_path: Path, fleet: Fleet) -> Claimer:
    """Invited, and without a certificate."""
    return Claimer(tmp_path / "device", fleet.url, fleet.place.ca).give(fleet.invite())
