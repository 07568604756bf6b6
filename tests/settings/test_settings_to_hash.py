"""The configuration hash names what the settings mean, not how they were written."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_to_hash import config_hash

Load = Callable[[str], Settings]

OTHER_SPELLING = """\
# the same, written otherwise
mqtt:
  host: "broker.example"
  keepalive_s: 30
cameras:
  - source:
      device: /dev/video0
      type: v4l2
      fps: 15
    name: cam-1
device: hall-1
site: plant-1
log:
"""


def test_it_is_twelve_hexadecimal_digits_and_always_the_same(load: Load, minimal: str) -> None:
    digest = config_hash(load(minimal))
    assert re.fullmatch("[0-9a-f]{12}", digest)
    assert digest == config_hash(load(minimal))


def test_order_comments_and_written_defaults_make_no_difference(load: Load, minimal: str) -> None:
    assert config_hash(load(OTHER_SPELLING)) == config_hash(load(minimal))


@pytest.mark.parametrize("change", ["model: {threads: 3}", "rules: {fall: {enabled: false}}", "outbox: {max_mb: 65}"])
def test_every_change_of_meaning_changes_it(load: Load, minimal: str, change: str) -> None:
    assert config_hash(load(f"{minimal}{change}\n")) != config_hash(load(minimal))
