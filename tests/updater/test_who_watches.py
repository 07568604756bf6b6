"""The fleet hears where another model watches than the active one: a commit is worth nothing where it does not run."""

from __future__ import annotations

import pytest
from said_status import said
from update_world import World

from edge_agent.fleet.plan import Plan, stages_of
from edge_agent.fleet.tally import count
from edge_agent.update.model_statistics import FACTORY_DIGEST, ModelStatistics, StatisticsReport, write_statistics
from edge_agent.update.reason import UpdateState as S
from edge_agent.updater.who_watches import LASTING_S, SILENT_S

TOLD_JUST_NOW = 0.0


@pytest.fixture
def committed(world: World) -> World:
    """It runs 2.0, and would go back to 1.0."""
    for version in ("1.0", "2.0"):
        world.publish(version, content=version.encode())
        world.look_again()
    return world


def watches(world: World, digest: str, for_s: float, told_s: float = TOLD_JUST_NOW) -> None:
    """What the agent tells of the model that it has open."""
    now_s = world.clock.wall_s()
    running = ModelStatistics(digest=digest)
    report = StatisticsReport(running=running, at_s=now_s - told_s, since_s=now_s - told_s - for_s)
    write_statistics(world.parts().statistics, report)


def last_good(world: World) -> str:
    slot = world.store.slots().last_good
    assert slot is not None
    return slot.digest


def test_where_the_active_model_watches_nothing_is_said_of_it(committed: World) -> None:
    active = committed.store.slots().active
    assert active is not None
    watches(committed, active.digest, LASTING_S)
    assert said(committed).watching is None


def test_the_model_that_watches_in_its_place_is_named(committed: World) -> None:
    watches(committed, last_good(committed), LASTING_S)
    assert (said(committed).model, said(committed).version, said(committed).watching) == ("pose", "2.0", "pose 1.0")
    watches(committed, FACTORY_DIGEST, LASTING_S)
    assert said(committed).watching == "edge-pose-n"


def test_a_model_that_did_not_open_at_once_is_given_time(committed: World) -> None:
    watches(committed, last_good(committed), LASTING_S - 1.0)
    assert said(committed).watching is None


def test_of_an_agent_that_does_not_run_nobody_knows_what_watches(committed: World) -> None:
    watches(committed, last_good(committed), LASTING_S, told_s=SILENT_S + 1.0)
    assert said(committed).watching is None


def test_a_model_that_somebody_else_put_there_is_not_guessed_at(committed: World) -> None:
    watches(committed, "ab" * 32, LASTING_S)
    assert said(committed).watching is None


def test_during_a_trial_the_one_on_trial_watches(committed: World) -> None:
    committed.publish("3.0", content=b"3", trial_s=1000.0)
    committed.service.check_soon()
    committed.service.turn()
    committed.run(until=lambda: committed.service.state is S.TRIAL)
    watches(committed, last_good(committed), LASTING_S)
    assert said(committed).watching is None


def test_the_fleet_hears_of_it_at_the_next_look(committed: World) -> None:
    watches(committed, last_good(committed), LASTING_S)
    committed.look_again()
    assert committed.heard.standings[-1].watching == "pose 1.0"


def test_a_rollout_counts_such_a_device_as_one_that_went_back(committed: World) -> None:
    active = committed.store.slots().active
    assert active is not None
    assert active.release is not None
    plan = Plan(
        group=committed.settings.group,
        rollout="r-2.0",
        name="pose",
        version="2.0",
        release_sha256=active.release,
        stages=stages_of(committed.settings.group, (100,), None),
        stage_since=said(committed).at,
        counters=(committed.counter,),
    )
    for digest, column in ((active.digest, "committed"), (FACTORY_DIGEST, "rolled_back")):
        watches(committed, digest, LASTING_S)
        status = said(committed)
        (row,) = count(plan, {status.device: status}, {status.device: status.group}, status.at)
        assert getattr(row, column) == 1, column
    assert row.reasons == (("not_watching", 1),)
