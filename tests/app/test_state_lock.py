"""One agent a state directory, whatever happens to what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.app.state_lock import StateLock
from edge_agent.errors import OutboxError


def test_a_second_agent_is_refused_also_where_the_directory_was_emptied_meanwhile(tmp_path: Path) -> None:
    first, second = StateLock(tmp_path / "state"), StateLock(tmp_path / "state")
    first.acquire()
    for file in (tmp_path / "state").iterdir():
        file.unlink()
    with pytest.raises(OutboxError, match="another edge-agent uses this state directory"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_nothing_is_written_to_hold_it(tmp_path: Path) -> None:
    lock = StateLock(tmp_path)
    lock.acquire()
    assert not list(tmp_path.iterdir()), "a full disk would refuse it, and let the next agent in later"
    lock.release()
