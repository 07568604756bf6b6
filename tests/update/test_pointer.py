"""The signed pointer: read back as written, and refused where a device would have to guess."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from edge_agent.data.shift import Day
from edge_agent.errors import SignedFileError
from edge_agent.update.pointer import AbortRule, Pointer, parse_pointer, pointer_to_bytes
from edge_agent.update.window import MaintenanceWindow, is_open

POINTER = Pointer(
    group="plant-1",
    counter=7,
    name="edge-pose-n",
    version="1.1",
    release_sha256="ab" * 32,
    rollout="r-7",
    percent=10,
    windows=(MaintenanceWindow(days=(Day.SAT, Day.SUN), start="22:00", end="05:00"),),
    deadline=datetime(2026, 5, 1, 12, tzinfo=timezone.utc),
    abort=AbortRule(max_failure_rate=0.1, min_finished=3),
    trial_s=900.0,
    revoked=("cd" * 32,),
)


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(pointer_to_bytes(POINTER)) | values).encode()


def test_it_is_read_as_it_was_written() -> None:
    assert parse_pointer(pointer_to_bytes(POINTER)) == POINTER


def test_equal_pointers_have_equal_bytes() -> None:
    elsewhere = POINTER.deadline and POINTER.deadline.astimezone(timezone(timedelta(hours=9)))
    assert pointer_to_bytes(parse_pointer(changed(deadline=str(elsewhere)))) == pointer_to_bytes(POINTER)


def test_a_later_one_is_refused_with_what_to_do() -> None:
    with pytest.raises(SignedFileError, match="update the agent first") as refusal:
        parse_pointer(changed(schema_version=2, something_new=1))
    assert refusal.value.newer


@pytest.mark.parametrize(
    "values",
    [
        {"percent": 101},
        {"percent": -1},
        {"percent": 10.5},
        {"percent": "10"},
        {"counter": 0},
        {"counter": True},
        {"group": "Plant 1"},
        {"version": "../1"},
        {"version": ".."},
        {"name": "a/b"},
        {"release_sha256": "AB" * 32},
        {"revoked": ["short"]},
        {"windows": [{"days": [], "start": "22:00", "end": "05:00"}]},
        {"windows": [{"start": "24:00", "end": "05:00"}]},
        {"deadline": "2026-05-01T12:00:00"},
        {"only_on_sundays": True},
        {"schema_version": None},
        {"schema_version": True},
        {"schema_version": 0},
    ],
)
def test_what_is_wrong_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(SignedFileError, match="publish it again") as refusal:
        parse_pointer(changed(**values))
    assert not refusal.value.newer


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b"null", b"[" * 100_000])
def test_what_is_no_pointer_is_refused(raw: bytes) -> None:
    with pytest.raises(SignedFileError):
        parse_pointer(raw)


def test_what_no_device_would_take_is_not_written() -> None:
    with pytest.raises(SignedFileError, match="percent"):
        pointer_to_bytes(replace(POINTER, percent=400))


@pytest.mark.parametrize(
    ("local", "open_"),
    [
        ("2026-05-01T23:00", False),  # Friday
        ("2026-05-02T21:59", False),
        ("2026-05-02T22:00", True),
        ("2026-05-03T04:59", True),
        ("2026-05-03T05:00", False),
        ("2026-05-04T04:00", True),  # the night that began on Sunday
        ("2026-05-05T04:00", False),
    ],
)
def test_a_night_begins_on_its_day(local: str, open_: bool) -> None:
    assert is_open(POINTER.windows, datetime.fromisoformat(local)) is open_


def test_without_windows_it_is_always_open() -> None:
    assert is_open((), datetime.fromisoformat("2026-05-01"))


def test_a_window_within_a_day_and_one_of_a_whole_day() -> None:
    noon = MaintenanceWindow(start="12:00", end="13:00")
    whole = MaintenanceWindow(days=(Day.FRI,), start="06:00", end="06:00")
    assert [is_open((noon,), datetime.fromisoformat(f"2026-05-01T{hour}:00")) for hour in (11, 12, 13)] == [
        False,
        True,
        False,
    ]
    assert [is_open((whole,), datetime.fromisoformat(f"2026-05-0{day}T05:00")) for day in (1, 2, 3)] == [
        False,
        True,
        False,
    ]
