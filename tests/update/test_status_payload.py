"""What a device says of an update: read back as said, and nothing that it could say disturbs a controller."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.update.status_payload import JobStatus, UpdateStatus, parse_status, status_to_bytes

STATUS = UpdateStatus(
    device="plant-1/hall-1",
    group="plant-1",
    release="ab" * 32,
    counter=3,
    rollout="01a2008b-99d8-7ce4-8b2a-63daf0506575.back",
    status=JobStatus.FAILED,
    state="ROLLED_BACK",
    reason="trial_crash",
    model="edge-pose-n",
    version="1.1",
    previous="edge-pose-n 1.0",
    since=datetime(2026, 5, 1, tzinfo=timezone.utc),
    at=datetime(2026, 5, 1, tzinfo=timezone.utc),
)


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(status_to_bytes(STATUS)) | values).encode()


def test_it_is_read_as_it_was_said() -> None:
    assert parse_status(status_to_bytes(STATUS)) == STATUS


def test_a_device_without_any_update_has_a_status_too() -> None:
    said = UpdateStatus(device="a/b", group="g", counter=0, state="IDLE", at=STATUS.at)
    assert parse_status(status_to_bytes(said)) == said


def test_an_older_agent_does_not_say_of_which_rollout_it_speaks() -> None:
    fields = json.loads(status_to_bytes(STATUS))
    del fields["rollout"]
    older = parse_status(json.dumps(fields).encode())
    assert older is not None
    assert (older.rollout, older.status) == (None, JobStatus.FAILED)


def test_a_later_agent_may_say_more() -> None:
    assert parse_status(changed(battery=3, state="DREAMING", reason="bored")) is not None


@pytest.mark.parametrize(
    "values",
    [
        {"device": "a"},
        {"device": "a/b/c"},
        {"device": "a/+"},
        {"status": "DONE"},
        {"at": "2026-05-01T00:00:00"},
        {"rollout": "a b"},
    ],
)
def test_what_no_device_says_is_dropped(values: dict[str, Any]) -> None:
    assert parse_status(changed(**values)) is None


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    assert parse_status(raw) is None


def test_what_is_too_long_is_dropped() -> None:
    assert parse_status(changed(more="x" * 10_000)) is None
