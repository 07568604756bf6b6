"""One key ceremony for all tests: each gets a copy of the directory."""

from __future__ import annotations

from pathlib import Path

import pytest
from operator_and_device import Operator


@pytest.fixture(scope="session")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Two releases, and a group that runs the first."""
    operator = Operator(tmp_path_factory.mktemp("first-day") / "fleet").init()
    operator.add_release("1.0")
    operator.add_release("1.1")
    assert operator.run("publish", "--group", "plant-1", "edge-pose-n", "1.0") == 0
    return operator


@pytest.fixture
def operator(first_day: Operator, tmp_path: Path) -> Operator:
    """A copy of it to work with."""
    return first_day.copy(tmp_path / "fleet")
