"""A device that judges commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from signers import JudgingDevice, settings


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Callable[..., JudgingDevice]]:
    """Builds one with the settings that the test names."""
    made: list[JudgingDevice] = []

    def build(**changes: Any) -> JudgingDevice:
        made.append(JudgingDevice(tmp_path, settings(**changes)))
        return made[-1]

    yield build
    for one in made:
        one.ledger.close()
