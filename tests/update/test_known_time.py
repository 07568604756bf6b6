"""A clock that is wrong makes no metadata fresh, and blocks no update for ever."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from signed_repository import SignedRepository
from tuf.api.metadata import Timestamp
from update_device import Device, refused

from edge_agent.errors import UpdateDelayed


def test_a_clock_in_1970_accepts_nothing(device: Device, repo: SignedRepository) -> None:
    device.clock.now = datetime(1970, 1, 1, 0, 5, tzinfo=timezone.utc)
    with refused("clock_unsynced", UpdateDelayed):
        device.refresh()
    assert device.server.asked == []


def test_a_clock_behind_what_was_signed_is_not_believed(device: Device, repo: SignedRepository) -> None:
    device.clock.now -= timedelta(days=30)
    with refused("clock_unsynced", UpdateDelayed):
        device.refresh()
    device.clock.now = repo.now
    device.refresh()


def test_a_clock_that_lags_by_minutes_is_forgiven(device: Device, repo: SignedRepository) -> None:
    device.clock.now = repo.now - timedelta(minutes=30)
    device.refresh()


def test_stale_metadata_is_refused_when_the_clock_falls_behind_what_was_seen(
    device: Device, repo: SignedRepository
) -> None:
    repo.now += timedelta(days=20)
    repo.timestamp.expires = repo.now + timedelta(days=7)
    repo.publish(Timestamp.type)
    device.clock.now = repo.now
    with refused("metadata_expired"):  # the root and the others hold for a week
        device.refresh()
    device.clock.now = repo.now - timedelta(days=20)
    with refused("clock_unsynced", UpdateDelayed):
        device.refresh()


def test_a_clock_in_2040_finds_everything_expired(device: Device) -> None:
    device.clock.now = datetime(2040, 1, 1, tzinfo=timezone.utc)
    with refused("metadata_expired"):
        device.refresh()


def test_a_clock_that_had_jumped_ahead_blocks_nothing_later(device: Device, repo: SignedRepository) -> None:
    device.clock.now += timedelta(days=5)
    device.refresh()
    device.clock.now -= timedelta(days=5)
    device.refresh()


def test_a_timestamp_dated_ahead_is_mended_by_the_next(device: Device, repo: SignedRepository) -> None:
    day = repo.now
    repo.now += timedelta(days=400)
    repo.publish(Timestamp.type)
    with refused("clock_unsynced", UpdateDelayed):
        device.refresh()
    repo.now = day
    repo.publish(Timestamp.type)
    device.refresh()
