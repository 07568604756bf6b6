"""An update from the look at the repository to its end, with everything real but the network and the judged network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from update_world import GOOD, START_S, World, utc

from edge_agent.errors import (
    GoldenMismatch,
    ModelUnreadable,
    RuntimeMissing,
    TooMuchMemory,
    TooSlow,
    UpdateRefused,
)
from edge_agent.pose.golden_score import GoldenScore
from edge_agent.update.reason import UpdateReason as R
from edge_agent.update.reason import UpdateState as S
from edge_agent.update.release import Budget, GoldenResult, RuntimeNeeds, RuntimeRange


def test_a_good_release_goes_all_the_way(world: World) -> None:
    release = world.publish()
    assert world.run() is S.COMMITTED
    assert world.heard.states == [
        "IDLE", "CHECKING", "QUEUED", "DOWNLOADING", "VERIFYING", "SELF_TEST", "STAGED", "ACTIVATING", "TRIAL",
        "COMMITTED", "COMMITTED",
    ]  # fmt: skip
    slots = world.store.slots()
    assert slots.active is not None
    assert (slots.active.release, slots.last_good, slots.trial) == (release, None, None)
    assert world.daemon.model == slots.active.digest
    assert world.outcome() == (S.COMMITTED, None)
    assert not (world.directory / "state" / "update" / "incoming").exists()


def test_the_next_look_finds_it_installed(world: World) -> None:
    world.publish()
    world.run()
    assert world.look_again() is S.IDLE
    assert world.service.book.entry.reason is R.ALREADY_INSTALLED
    assert world.outcome() == (S.COMMITTED, None)


def test_the_release_before_becomes_the_last_good_one_and_older_ones_are_deleted(world: World) -> None:
    for version in ("1.0", "2.0", "3.0"):
        world.publish(version, content=version.encode())
        world.look_again()
    slots = world.store.slots()
    assert slots.active is not None
    assert slots.last_good is not None
    assert (slots.active.version, slots.last_good.version) == ("3.0", "2.0")
    assert sorted(name.split("-")[1] for name in world.store.names() if name.startswith("pose")) == ["2.0", "3.0"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (GoldenMismatch("x"), R.GOLDEN_MISMATCH),
        (TooSlow("x"), R.LATENCY),
        (TooMuchMemory("x"), R.MEMORY),
        (ModelUnreadable("x"), R.LOAD_FAILED),
        (RuntimeMissing("x"), R.INCOMPATIBLE_RUNTIME),
    ],
)
def test_a_model_that_the_judge_refuses_is_never_given_to_the_daemon(world: World, fault: Exception, reason: R) -> None:
    def refuse(_: Path) -> None:
        raise fault

    world.verdict = refuse  # type: ignore[assignment]
    world.publish()
    assert world.run() is S.FAILED
    assert world.outcome() == (S.FAILED, reason)
    assert world.active() == "edge-pose-n"
    assert "ACTIVATING" not in world.heard.states


def test_a_model_that_finds_less_here_than_where_it_was_released_is_refused(world: World) -> None:
    world.verdict = lambda _: replace(GOOD, golden=(GoldenScore("a.png", 0.7, 0.9),))
    world.publish(golden=(GoldenResult(name="a.png", score=0.9, oks=0.9),))
    world.run()
    assert world.outcome() == (S.FAILED, R.GOLDEN_MISMATCH)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hardware": ("aarch64",)}, R.INCOMPATIBLE_HW),
        ({"runtime": RuntimeNeeds(litert=RuntimeRange(min="9.0"))}, R.INCOMPATIBLE_RUNTIME),
        ({"runtime": RuntimeNeeds(tflite=RuntimeRange())}, R.INCOMPATIBLE_RUNTIME),
        ({"runtime": RuntimeNeeds(litert=RuntimeRange(), agent=RuntimeRange(min="99"))}, R.INCOMPATIBLE_RUNTIME),
    ],
)
def test_what_is_not_for_this_device_is_refused_before_anything_is_fetched(
    world: World, changes: dict[str, object], reason: R
) -> None:
    world.download = None  # type: ignore[assignment]
    world.publish(**changes)
    world.run()
    assert world.outcome() == (S.FAILED, reason)


def test_a_refused_release_is_not_tried_again_but_in_another_rollout(world: World) -> None:
    judged = []

    def refuse(directory: Path) -> None:
        judged.append(directory)
        raise GoldenMismatch("x")

    world.verdict = refuse  # type: ignore[assignment]
    release = world.publish()
    world.run()
    world.point(release, percent=50)  # the same rollout, its next stage
    assert world.look_again() is S.IDLE
    assert len(judged) == 1
    assert world.outcome() == (S.FAILED, R.GOLDEN_MISMATCH)
    world.point(release, rollout="again")
    world.look_again()
    assert len(judged) == 2


def test_a_model_that_is_unsure_of_people_is_taken_back(world: World) -> None:
    world.publish()
    world.run(until=lambda: world.service.state is S.TRIAL)
    world.daemon.score = 0.5
    assert world.run() is S.ROLLED_BACK
    assert world.outcome() == (S.ROLLED_BACK, R.TRIAL_QUALITY)
    world.daemon.watch(2.0)
    assert world.daemon.model == "factory"
    assert [name for name in world.store.names() if name.startswith("pose")] == []


def test_a_model_that_took_the_daemon_down_is_taken_back_with_its_reason(world: World) -> None:
    world.publish()
    world.daemon.ends_trial = (R.TRIAL_CRASH, "the agent ended while it was open")
    assert world.run() is S.ROLLED_BACK
    assert world.outcome() == (S.ROLLED_BACK, R.TRIAL_CRASH)


def test_how_a_trial_ended_is_not_held_against_the_same_release_in_another_rollout(world: World) -> None:
    """A kill by hand looks like a crash of the model, and costs one try."""
    release = world.publish()
    world.daemon.ends_trial = (R.TRIAL_CRASH, "the agent ended while it was open")
    world.run()
    world.daemon.ends_trial = None
    world.point(release, rollout="again")
    assert world.look_again() is S.COMMITTED
    assert world.outcome() == (S.COMMITTED, None)


def test_a_model_that_is_slower_in_the_daemon_than_its_budget_is_taken_back(world: World) -> None:
    world.publish(budget=Budget(latency_ms=2.0))
    world.run()
    assert world.outcome() == (S.ROLLED_BACK, R.LATENCY)


def test_a_trial_in_an_empty_hall_goes_on_until_somebody_comes(world: World) -> None:
    world.publish()
    world.run(until=lambda: world.service.state is S.TRIAL)
    world.daemon.persons_each_turn = 0
    world.daemon.statistics = replace(
        world.daemon.statistics, frames_with_person=0, persons=0, score_sum=0, keypoints=0
    )
    assert world.run(turns=30) is S.TRIAL
    world.daemon.persons_each_turn = 30
    assert world.run() is S.COMMITTED


def test_a_trial_that_never_saw_anybody_where_the_former_model_did_is_taken_back(world: World) -> None:
    world.publish(deadline=utc(START_S + 100))
    world.daemon.persons_each_turn = 0
    world.run(turns=80)
    assert world.outcome() == (S.ROLLED_BACK, R.TRIAL_QUALITY)


def test_where_nobody_ever_is_the_golden_inputs_decide_at_the_deadline(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.service.book.open()
    world.daemon.persons_each_turn = 0
    world.publish(deadline=utc(START_S + 100))
    assert world.run(turns=80) is S.COMMITTED
    assert world.clock.wall_s() >= START_S + 100


def test_a_daemon_that_never_runs_it_costs_the_update_and_nothing_else(world: World) -> None:
    world.publish(deadline=utc(START_S + 50))
    for _ in range(60):
        world.service.turn()
        world.clock.now_s += 2.0
    assert world.outcome() == (S.ROLLED_BACK, R.DEADLINE)
    assert world.store.slots().trial is None


def test_metadata_that_must_not_be_trusted_changes_nothing(world: World) -> None:
    world.publish()
    world.repository.fails = UpdateRefused(R.SIGNATURE_INVALID, "not signed")
    assert world.run() is S.FAILED
    assert (world.active(), world.service.book.memory.outcome) == ("edge-pose-n", None)


@pytest.mark.parametrize(
    ("changes", "reason"), [({"counter": 1}, R.ROLLBACK_REFUSED), ({"group": "other"}, R.SIGNATURE_INVALID)]
)
def test_a_pointer_that_fell_or_is_another_groups_is_refused(
    world: World, changes: dict[str, object], reason: R
) -> None:
    world.publish("1.0")
    world.run()
    world.publish("1.5")
    world.look_again()
    world.publish("2.0", **changes)
    world.look_again()
    assert world.service.book.entry.reason is reason
    assert world.store.slots().active.version == "1.5"  # type: ignore[union-attr]


@pytest.mark.parametrize("moved", ["to another group", "under another root"])
def test_the_counter_begins_anew_in_another_group_or_under_another_root(world: World, moved: str) -> None:
    release = world.publish("1.0", counter=21)
    world.run()
    world.service.book.close()
    if moved == "to another group":
        world.settings = replace(world.settings, group="plant")
    else:
        world.trusted_root = "another"
    world.point(release, "1.0", counter=3, group=world.settings.group, revoked=(release,))
    world.new_service().book.open()
    assert world.service.book.memory.counter == 0
    world.look_again()
    assert world.outcome() == (S.ROLLED_BACK, R.REVOKED)
    assert world.service.book.memory.counter == 3
    world.service.book.close()
    world.new_service().book.open()
    assert world.service.book.memory.counter == 3


def test_a_release_that_is_not_the_one_that_the_pointer_names_is_refused(world: World) -> None:
    release = world.publish()
    world.add_model(content=b"another")
    world.run()
    assert world.outcome() == (S.FAILED, R.LENGTH_OR_HASH)
    assert world.service.book.memory.outcome.release == release  # type: ignore[union-attr]


def test_what_is_damaged_between_download_and_judgement_is_fetched_again(world: World) -> None:
    world.publish()
    world.run(until=lambda: world.service.state is S.VERIFYING)
    staged = next((world.directory / "state" / "update" / "incoming").rglob("model.tflite"))
    staged.write_bytes(b"bettes")
    assert world.run() is S.COMMITTED
    assert "VERIFYING" in world.heard.states[world.heard.states.index("VERIFYING") + 1 :]


def test_a_damaged_active_model_is_healed_by_the_next_look(world: World) -> None:
    world.publish()
    world.run()
    model = world.store.models / world.active() / "model.tflite"
    model.write_bytes(b"bettes")
    world.daemon.persons_each_turn = 30
    assert world.look_again() is S.COMMITTED
    assert (world.store.models / world.active() / "model.tflite").read_bytes() == b"better"


def test_a_zero_trial_time_commits_on_golden_evidence(world: World) -> None:
    world.publish(trial_s=0.0)
    world.daemon.persons_each_turn = 0
    assert world.run() is S.COMMITTED
