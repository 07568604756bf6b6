"""A zone that was renamed while the agent was stopped leaves no alarm behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_agent.app.former_places import FormerPlaces


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "places.json"


def test_a_first_start_has_no_past(path: Path) -> None:
    assert FormerPlaces(path).since(("hall", "press")) == ()


def test_what_is_gone_is_told_at_every_later_start(path: Path) -> None:
    FormerPlaces(path).since(("hall", "press"))
    assert FormerPlaces(path).since(("hall", "press-1")) == ("press",)
    assert FormerPlaces(path).since(("hall",)) == ("press", "press-1")
    assert FormerPlaces(path).since(("hall",)) == ("press", "press-1")


def test_what_comes_back_is_there(path: Path) -> None:
    FormerPlaces(path).since(("press",))
    FormerPlaces(path).since(("hall",))
    assert FormerPlaces(path).since(("hall", "press")) == ()


def test_the_oldest_names_are_forgotten(path: Path) -> None:
    for number in range(80):
        FormerPlaces(path).since((f"zone-{number}",))
    former = FormerPlaces(path).since(())
    assert (len(former), former[0], former[-1]) == (64, "zone-16", "zone-79")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"17", b'{"a": 1}', b'[1, null, "press"]'])
def test_a_damaged_file_stops_nobody(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert set(FormerPlaces(path).since(("hall",))) <= {"press"}
    assert "hall" in json.loads(path.read_text())


def test_a_directory_that_cannot_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert FormerPlaces(tmp_path / "absent" / "places.json").since(("hall",)) == ()
    assert "cannot be written" in caplog.text
