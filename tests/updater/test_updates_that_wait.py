"""An update that may not begin yet, or whose look or download fails: it waits, and nothing is held against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from update_world import START_S, World, delayed, utc

from edge_agent.errors import (
    UpdateFailed,
    UpdateRefused,
)
from edge_agent.update.reason import UpdateReason as R
from edge_agent.update.reason import UpdateState as S
from edge_agent.update.window import MaintenanceWindow


def test_after_its_deadline_no_update_begins(world: World) -> None:
    world.publish(deadline=utc(START_S - 1))
    world.run()
    assert world.outcome() == (S.FAILED, R.DEADLINE)


def test_an_update_waits_for_its_window(world: World) -> None:
    now = utc(world.clock.wall_s())
    world.publish(
        windows=(MaintenanceWindow(start=f"{now + timedelta(hours=1):%H:%M}", end=f"{now + timedelta(hours=2):%H:%M}"),)
    )
    assert world.run() is S.QUEUED
    world.clock.now_s += 3700.0
    assert world.run() is S.COMMITTED


def test_a_device_that_is_not_among_the_percentage_does_nothing(world: World) -> None:
    release = world.publish(percent=0)
    assert world.run() is S.IDLE
    world.point(release, percent=100)
    assert world.look_again() is S.COMMITTED


def test_a_network_that_fails_is_tried_again(world: World) -> None:
    world.publish()
    world.repository.fails = delayed(R.NETWORK)
    assert world.run() is S.IDLE
    assert world.service.book.entry.reason is R.NETWORK
    world.repository.fails = None
    world.clock.now_s += 60.0
    world.service.turn()
    assert world.run() is S.COMMITTED


@pytest.mark.parametrize("fault", [delayed(R.NETWORK), UpdateRefused(R.METADATA_EXPIRED, "expired")])
def test_a_look_that_fails_is_not_held_against_the_release_that_waits(world: World, fault: UpdateFailed) -> None:
    now = utc(world.clock.wall_s())
    soon = MaintenanceWindow(start=f"{now + timedelta(hours=3):%H:%M}", end=f"{now + timedelta(hours=9):%H:%M}")
    world.publish(windows=(soon,))
    assert world.run() is S.QUEUED
    world.repository.fails = fault
    world.clock.now_s += 3700.0
    world.run()
    assert world.service.rests
    assert world.service.book.memory.refused == ()
    world.repository.fails = None
    world.clock.now_s += 3 * 3600.0
    world.run(turns=3)
    assert world.run() is S.COMMITTED


def test_a_download_that_fails_goes_back_into_the_queue_and_is_gone_on_with(world: World) -> None:
    world.publish()
    good = world.download

    def fails(*_: object) -> None:
        raise delayed(R.TOO_SLOW)

    world.download = fails  # type: ignore[assignment]
    world.run(turns=5)
    assert world.service.state is S.QUEUED
    assert world.service.book.entry.reason is R.TOO_SLOW
    world.download = good
    assert world.run() is S.COMMITTED


def test_a_full_disk_waits_and_takes_nothing_that_events_need(world: World) -> None:
    world.settings = replace(world.settings, keep_free_mb=1e12)
    world.new_service().book.open()
    world.publish()
    world.run(turns=5)
    assert (world.service.state, world.service.book.entry.reason) == (S.QUEUED, R.DISK_FULL)
