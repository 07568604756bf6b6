"""An update or a model that is taken back: its release revoked, another one chosen, a command."""

from __future__ import annotations

from update_world import World

from edge_agent.update.reason import UpdateReason as R
from edge_agent.update.reason import UpdateState as S
from edge_agent.update.state import Fact
from edge_agent.update.window import MaintenanceWindow
from edge_agent.updater.news import News
from edge_agent.updater.orders import obey


def test_a_revoked_release_goes_back_at_once_to_the_last_good_one(world: World) -> None:
    first = world.publish("1.0", content=b"one")
    world.run()
    second = world.publish("2.0", content=b"two")
    world.look_again()
    closed = MaintenanceWindow(start="00:00", end="00:01")
    world.point(first, "1.0", revoked=(second,), windows=(closed,), percent=0)
    world.look_again()
    assert world.outcome() == (S.ROLLED_BACK, R.REVOKED)
    assert world.store.slots().active.release == first  # type: ignore[union-attr]


def test_where_the_last_good_one_is_revoked_too_the_factory_model_runs(world: World) -> None:
    first = world.publish("1.0", content=b"one")
    world.run()
    second = world.publish("2.0", content=b"two")
    world.look_again()
    world.publish("3.0", content=b"three", revoked=(first, second), percent=0)
    world.look_again()
    assert world.active() == "edge-pose-n"


def test_a_release_that_is_revoked_while_it_is_on_trial_goes_back(world: World) -> None:
    release = world.publish(trial_s=100_000.0)
    world.run(until=lambda: world.service.state is S.TRIAL)
    world.point(release, revoked=(release,))
    world.service.check_soon()
    world.run()
    assert world.outcome() == (S.ROLLED_BACK, R.REVOKED)


def test_somebody_who_activates_another_model_ends_the_trial(world: World) -> None:
    model = world.directory / "own.tflite"
    model.write_bytes(b"own")
    world.store.install("own", model, lambda _: "name: own\n")
    world.publish()
    world.run(until=lambda: world.service.state is S.TRIAL)
    world.store.activate("own")
    world.run()
    assert world.outcome() == (S.ROLLED_BACK, R.CANCELED)
    assert world.active() == "own"


def test_pause_cancel_and_rollback_reach_every_state_that_they_may(world: World) -> None:
    world.publish()
    world.run(until=lambda: world.service.state is S.VERIFYING)
    world.service.take(News(fact=Fact.PAUSE))
    assert world.run(turns=5) is S.PAUSED
    world.service.take(News(fact=Fact.RESUME))
    world.run(until=lambda: world.service.state is S.TRIAL)
    world.service.take(News(fact=Fact.CANCEL, reason=R.CANCELED))
    world.run()
    assert world.outcome() == (S.ROLLED_BACK, R.CANCELED)


def test_a_pause_during_a_look_holds_up_what_it_finds_and_nothing_is_lost(world: World) -> None:
    world.publish()
    world.run(until=lambda: world.service.state is S.CHECKING)
    obey(world.service, "pause", "ops")
    assert world.run(turns=5) is S.QUEUED
    obey(world.service, "resume", "ops")
    assert world.run() is S.COMMITTED


def test_a_committed_model_is_taken_back_where_somebody_asks_and_not_fetched_again(world: World) -> None:
    world.publish()
    world.run()
    world.service.take(News(fact=Fact.ROLL_BACK, reason=R.CANCELED))
    world.run()
    assert world.outcome() == (S.ROLLED_BACK, R.CANCELED)
    assert world.active() == "edge-pose-n"
    assert world.look_again() is S.IDLE
    assert world.active() == "edge-pose-n"
