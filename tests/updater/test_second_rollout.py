"""A release that is rolled out a second time: what each device says is held against the rollout that it is of, only."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from said_status import said
from update_world import World, delayed, utc

from edge_agent.errors import GoldenMismatch
from edge_agent.fleet.decide import Decision, Halt, Wait, decide
from edge_agent.fleet.plan import Plan, stages_of
from edge_agent.fleet.tally import Counts, count
from edge_agent.update.reason import UpdateReason as R
from edge_agent.update.reason import UpdateState as S
from edge_agent.update.state import Fact
from edge_agent.update.window import MaintenanceWindow
from edge_agent.updater.news import News

FIRST, SECOND = "r-1", "r-2"


def counted(world: World, plan: Plan, now: datetime | None = None) -> Counts:
    status = said(world)
    (row,) = count(plan, {status.device: status}, {status.device: status.group}, now or utc(world.clock.wall_s()))
    return row


def decided(world: World, plan: Plan) -> Decision:
    now = utc(world.clock.wall_s())
    return decide(plan, (counted(world, plan, now),), now)


def begin(world: World, release: str, rollout: str, **terms: object) -> Plan:
    """Point at a release, as the first stage of a rollout does."""
    world.point(release, "2.0", rollout=rollout, **terms)
    return Plan(
        group=world.settings.group,
        rollout=rollout,
        name="pose",
        version="2.0",
        release_sha256=release,
        stages=stages_of(world.settings.group, (100,), None),
        stage_since=utc(world.clock.wall_s()),
        counters=(world.counter,),
    )


def refuse(*_: object) -> None:
    raise GoldenMismatch("x")


@pytest.fixture
def failed(world: World) -> str:
    """The release that failed in the first rollout."""
    world.verdict = refuse  # type: ignore[assignment]
    release = world.add_model()
    plan = begin(world, release, FIRST)
    assert world.run() is S.FAILED
    assert isinstance(decided(world, plan), Halt)
    return release


def test_a_look_that_fails_in_the_queue_brings_no_failure_of_the_first_rollout_into_the_second(
    world: World, failed: str
) -> None:
    now = utc(world.clock.wall_s())
    tonight = MaintenanceWindow(start=f"{now + timedelta(hours=3):%H:%M}", end=f"{now + timedelta(hours=9):%H:%M}")
    second = begin(world, failed, SECOND, windows=(tonight,))
    world.service.check_soon()
    world.run(turns=3)
    assert (said(world).rollout, said(world).state) == (SECOND, "QUEUED")
    assert counted(world, second).in_progress == 1
    world.repository.fails = delayed(R.NETWORK)
    world.look_again()
    assert (said(world).rollout, said(world).state, said(world).counter) == (FIRST, "FAILED", second.counters[0])
    assert counted(world, second).silent == 1
    assert isinstance(decided(world, second), Wait)


def test_what_fails_in_the_second_rollout_too_is_its_failure(world: World, failed: str) -> None:
    second = begin(world, failed, SECOND)
    assert world.look_again() is S.FAILED
    assert (counted(world, second).failed, said(world).rollout) == (1, SECOND)
    assert isinstance(decided(world, second), Halt)


def test_who_runs_it_from_the_first_rollout_has_committed_it_in_the_second(world: World) -> None:
    release = world.add_model()
    begin(world, release, FIRST)
    assert world.run() is S.COMMITTED
    since = said(world).since
    second = begin(world, release, SECOND)
    assert counted(world, second).committed == 1, "also before it looks"
    world.look_again()
    assert (counted(world, second).committed, said(world).rollout) == (1, SECOND)
    assert (said(world).reason, said(world).since) == (None, since), "how it came there, and when, is still told"


def test_who_goes_back_from_it_in_the_second_rollout_is_one_that_went_back_and_does_not_try_it_again(
    world: World,
) -> None:
    release = world.add_model()
    begin(world, release, FIRST)
    world.run()
    second = begin(world, release, SECOND)
    world.look_again()
    world.service.take(News(fact=Fact.ROLL_BACK, reason=R.CANCELED))
    world.run()
    assert counted(world, second).rolled_back == 1
    assert world.look_again() is S.IDLE
    assert world.active() == "edge-pose-n"


def test_who_was_given_it_by_hand_after_it_failed_there_runs_it(world: World) -> None:
    release = world.add_model()
    begin(world, release, FIRST)
    world.run()
    directory = world.active()
    world.publish("3.0", content=b"later")
    world.look_again()
    world.verdict = refuse  # type: ignore[assignment]
    second = begin(world, release, SECOND)
    assert world.look_again() is S.FAILED
    world.store.activate(directory)
    world.look_again()
    assert counted(world, second).committed == 1


def test_a_trial_that_the_first_rollout_began_is_seen_and_its_bad_end_is_tried_once_more(world: World) -> None:
    release = world.add_model()
    begin(world, release, FIRST, trial_s=1000.0)
    world.run(until=lambda: world.service.state is S.TRIAL)
    second = begin(world, release, SECOND)
    assert counted(world, second).in_progress == 1
    world.daemon.score = 0.5
    assert world.run(until=lambda: world.service.state is S.ROLLED_BACK) is S.ROLLED_BACK
    assert isinstance(decided(world, second), Wait)
    world.daemon.score = 0.8
    for _ in range(5):
        world.daemon.watch(2.0)  # the model before it
    world.service.check_soon()
    world.run(until=lambda: world.service.state is S.TRIAL)
    world.daemon.score = 0.5
    assert world.run() is S.ROLLED_BACK
    assert counted(world, second).rolled_back == 1
