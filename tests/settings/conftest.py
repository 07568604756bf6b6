"""A sound configuration, and how a changed one is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.errors import ConfigError, Problem
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.settings import Settings

MINIMAL = """\
site: plant-1
device: hall-1
cameras:
  - name: cam-1
    source: {type: v4l2, device: /dev/video0}
mqtt: {host: broker.example}
"""


@pytest.fixture
def minimal() -> str:
    """The shortest configuration that is accepted: six lines."""
    return MINIMAL


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Settings]:
    """Write a text to a file and load it."""

    def write_and_load(text: str) -> Settings:
        file = tmp_path / "config.yaml"
        file.write_text(text, encoding="utf-8")
        return load_settings(file)

    return write_and_load


@pytest.fixture
def refused(load: Callable[[str], Settings]) -> Callable[[str], tuple[Problem, ...]]:
    """Load a text that must be refused, and return its problems."""

    def problems(text: str) -> tuple[Problem, ...]:
        with pytest.raises(ConfigError) as caught:
            load(text)
        return caught.value.problems

    return problems
