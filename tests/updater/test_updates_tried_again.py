"""What is no fault of a release does not cost it its rollout."""

from __future__ import annotations

from dataclasses import replace

import pytest
from update_world import World

from edge_agent.errors import TransferRefused, UpdateDelayed, UpdateRefused
from edge_agent.update.reason import UpdateReason as R
from edge_agent.update.reason import UpdateState as S
from edge_agent.update.window import MaintenanceWindow
from edge_agent.updater.memory import MAX_SPOILT
from edge_agent.updater.standing_to_status import standing_to_status


@pytest.mark.parametrize("stage", [S.QUEUED, S.TRIAL])
def test_a_release_that_is_revoked_does_not_take_the_mended_one_with_it(world: World, stage: S) -> None:
    bad = world.publish("1.0", content=b"bad")
    world.run()
    closed = (MaintenanceWindow(start="03:00", end="03:01"),) if stage is S.QUEUED else ()
    mended = world.publish("2.0", content=b"mended", windows=closed, trial_s=5000.0)
    world.service.check_soon()
    world.service.turn()
    world.run(until=lambda: world.service.state is stage)
    world.point(mended, "2.0", revoked=(bad,))
    world.service.check_soon()
    world.service.turn()
    assert world.run() is S.ROLLED_BACK
    assert world.outcome() == (S.ROLLED_BACK, R.REVOKED)
    assert world.active() == "edge-pose-n"
    assert world.look_again() is S.COMMITTED
    active = world.store.slots().active
    assert active is not None
    assert active.release == mended


def test_a_server_that_sends_something_else_delays_the_update_and_is_no_fault_of_the_release(world: World) -> None:
    """The page of a hotel's network, as an example."""
    world.publish()
    good = world.download

    def page(*_: object) -> None:
        raise TransferRefused(R.LENGTH_OR_HASH, "not the file that was signed")

    world.download = page  # type: ignore[assignment]
    for _ in range(3):
        world.run(turns=5)
        assert (world.service.state, world.service.book.entry.reason) == (S.QUEUED, R.LENGTH_OR_HASH)
        world.clock.now_s += 3700.0  # and a look, which finds the same update again
    world.download = good
    assert world.run() is S.COMMITTED


def test_a_server_that_never_sends_what_was_signed_is_given_up_for_this_rollout(world: World) -> None:
    release = world.publish()
    asked = []

    def page(*_: object) -> None:
        asked.append(1)
        raise TransferRefused(R.LENGTH_OR_HASH, "not the file that was signed")

    good, world.download = world.download, page  # type: ignore[assignment]
    for _ in range(MAX_SPOILT + 5):
        world.run(turns=5)
        world.clock.now_s += 3700.0
    assert world.outcome() == (S.FAILED, R.LENGTH_OR_HASH)
    assert len(asked) == MAX_SPOILT
    world.download = good
    world.point(release, rollout="again")
    assert world.look_again() is S.COMMITTED


def test_a_repository_slower_than_the_time_between_two_looks_holds_up_no_trial(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.settings = replace(world.settings, check_every_s=10.0)
    world.new_service().book.open()
    world.publish(trial_s=60.0)
    world.run(until=lambda: world.service.state is S.ACTIVATING)

    def slow() -> None:
        world.clock.now_s += 20.0

    monkeypatch.setattr(world.repository, "refresh", slow)
    assert world.run(until=lambda: world.service.state is S.COMMITTED) is S.COMMITTED


def test_what_a_person_activates_before_the_agent_ran_the_new_one_stays(world: World) -> None:
    own = world.directory / "own.tflite"
    own.write_bytes(b"own")
    world.store.install("own", own, lambda _: "name: own\n")
    world.publish()
    while world.store.slots().trial is None:  # the agent does not run
        world.service.turn()
        world.clock.now_s += 2.0
    assert world.service.state is S.ACTIVATING
    world.store.activate("own")
    assert world.run() is S.ROLLED_BACK
    assert world.outcome() == (S.ROLLED_BACK, R.CANCELED)
    assert world.active() == "own"
    assert world.look_again() is S.IDLE
    assert world.active() == "own"


@pytest.mark.parametrize("before", ["brought", "installed already"])
def test_the_fleet_hears_that_a_look_failed_beside_an_update_that_went_well(world: World, before: str) -> None:
    world.publish()
    world.run()
    if before == "installed already":
        world.service.book.remember(replace(world.service.book.memory, outcome=None))
        world.look_again()
    world.repository.fails = UpdateRefused(R.METADATA_EXPIRED, "a repository that somebody holds back")
    world.look_again()
    status = standing_to_status(world.service.book.standing(), "plant-1/dev-1", "canary", world.clock.wall_s())
    assert (status.state, status.status, status.reason) == ("COMMITTED", "SUCCEEDED", "metadata_expired")


def test_why_an_update_ended_badly_is_told_until_the_repository_itself_is_refused(world: World) -> None:
    world.publish()
    world.daemon.ends_trial = (R.TRIAL_CRASH, "the agent ended while it was open")
    world.run()
    told = []
    for fault in (UpdateDelayed(R.NETWORK, "away"), UpdateRefused(R.METADATA_EXPIRED, "held back")):
        world.repository.fails = fault
        world.look_again()
        status = standing_to_status(world.service.book.standing(), "plant-1/dev-1", "canary", world.clock.wall_s())
        told.append((status.state, status.reason))
    assert told == [("ROLLED_BACK", "trial_crash"), ("ROLLED_BACK", "metadata_expired")]
