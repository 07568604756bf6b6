"""The beginning of a sound configuration, and what the tests make of it."""

from __future__ import annotations

from collections.abc import Callable

from edge_agent.errors import Problem
from edge_agent.settings.settings import Settings

Load = Callable[[str], Settings]
Refused = Callable[[str], tuple[Problem, ...]]

HEAD = "site: plant-1\ndevice: hall-1\nmqtt: {host: broker.example}\n"
CAMERA = "cameras:\n  - name: cam-1\n    source: {type: v4l2, device: /dev/video0}\n"


def one(problems: tuple[Problem, ...]) -> Problem:
    assert len(problems) == 1, problems
    return problems[0]


def with_zone(zone: str) -> str:
    """A configuration whose line 8 is the given zone."""
    return f"{HEAD}{CAMERA}    zones:\n      - {zone}\n"
