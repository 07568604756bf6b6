"""The steps of a rollout, as devices see them in the signed pointers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from operator_and_device import Operator

from edge_agent.fleet.plan import PlanState, plan_file, read_plan, save_plan
from edge_agent.fleet.pointers import Choice, Terms, point_at
from edge_agent.update.pointer import Pointer

START = ("rollout", "start", "--group", "plant-1", "--canary", "lab", "edge-pose-n", "1.1")


@pytest.fixture
def fleet(operator: Operator) -> Operator:
    """With a canary group that runs 1.0, too."""
    assert operator.run("publish", "--group", "lab", "edge-pose-n", "1.0") == 0
    return operator


def step(operator: Operator, *arguments: str) -> int:
    return operator.run("rollout", arguments[0], "--group", "plant-1", *arguments[1:])


def pointers(operator: Operator) -> dict[str, Pointer]:
    with operator.bench() as bench:
        found = {group: bench.edition.pointer(bench.files, group) for group in ("lab", "plant-1")}
    return {group: pointer for group, pointer in found.items() if pointer is not None}


def seen(operator: Operator) -> dict[str, tuple[str, int]]:
    return {group: (pointer.version, pointer.percent) for group, pointer in pointers(operator).items()}


def test_the_canary_group_comes_first_and_then_growing_parts(fleet: Operator) -> None:
    assert fleet.run(*START) == 0
    ways = [seen(fleet)]
    for _ in range(4):
        assert step(fleet, "advance") == 0
        ways.append(seen(fleet))
    assert [way["plant-1"] for way in ways] == [("1.0", 100), ("1.1", 1), ("1.1", 10), ("1.1", 50), ("1.1", 100)]
    assert {way["lab"] for way in ways} == {("1.1", 100)}
    assert step(fleet, "advance") == 0
    assert read_plan(fleet.workspace.rollouts, "plant-1").state is PlanState.DONE
    assert step(fleet, "advance") == 1


def test_who_took_part_still_does_in_the_next_stage(fleet: Operator) -> None:
    assert fleet.run(*START) == 0
    step(fleet, "advance")
    first = pointers(fleet)["plant-1"].rollout
    step(fleet, "advance")
    assert pointers(fleet)["plant-1"].rollout == first == pointers(fleet)["lab"].rollout


def test_a_pause_lets_nobody_begin_and_takes_nothing_away(fleet: Operator) -> None:
    fleet.run(*START)
    step(fleet, "advance")
    assert step(fleet, "pause") == 0
    assert seen(fleet) == {"lab": ("1.1", 0), "plant-1": ("1.1", 0)}
    assert not any(pointer.revoked for pointer in pointers(fleet).values())
    assert step(fleet, "advance") == 1, "a pause is ended by resume"
    assert step(fleet, "resume") == 0
    assert seen(fleet) == {"lab": ("1.1", 100), "plant-1": ("1.1", 1)}


def test_a_halt_revokes_the_release_where_it_was_reached(fleet: Operator) -> None:
    fleet.run(*START)
    assert step(fleet, "halt", "--reason", "falls were missed") == 0
    plan = read_plan(fleet.workspace.rollouts, "plant-1")
    assert (plan.state, plan.reason) == (PlanState.HALTED, "falls were missed")
    assert seen(fleet) == {"lab": ("1.1", 0), "plant-1": ("1.0", 100)}
    assert pointers(fleet)["lab"].revoked == (plan.release_sha256,)
    before = pointers(fleet)
    assert step(fleet, "halt") == 0
    assert pointers(fleet) == before, "to halt twice changes nothing"
    assert fleet.run(*START) == 1, "a release that was halted does not come again under the same version"


def test_a_rollback_points_at_what_ran_before(fleet: Operator) -> None:
    fleet.run(*START)
    step(fleet, "advance")
    step(fleet, "advance")
    assert step(fleet, "rollback") == 0
    assert seen(fleet) == {"lab": ("1.0", 100), "plant-1": ("1.0", 100)}
    assert all(len(pointer.revoked) == 1 for pointer in pointers(fleet).values())
    assert read_plan(fleet.workspace.rollouts, "plant-1").state is PlanState.ROLLED_BACK


def test_a_rollback_without_anything_before_is_a_halt(operator: Operator) -> None:
    assert operator.run("add-group", "lab") == 0
    operator.run(*START)
    assert step(operator, "rollback") == 0
    assert seen(operator) == {"lab": ("1.1", 0), "plant-1": ("1.0", 100)}


def test_a_rollback_to_a_release_that_was_revoked_is_a_halt(fleet: Operator) -> None:
    fleet.run(*START)
    assert fleet.run("revoke", "edge-pose-n", "1.0") == 0
    assert step(fleet, "rollback") == 0
    assert seen(fleet)["lab"] == ("1.1", 0)


def test_counters_never_fall_whatever_is_done(fleet: Operator) -> None:
    counters = [{group: pointer.counter for group, pointer in pointers(fleet).items()}]
    fleet.run(*START)
    for name in ("advance", "pause", "resume", "advance", "halt", "rollback"):
        assert step(fleet, name) == 0
        counters.append({group: pointer.counter for group, pointer in pointers(fleet).items()})
        assert all(counters[-1][group] >= counters[-2][group] for group in counters[-1])
    assert all(counters[-1][group] > counters[0][group] for group in counters[-1])


@pytest.mark.parametrize("name", ["advance", "pause", "resume", "halt", "rollback"])
def test_a_power_cut_after_publishing_is_mended_by_doing_it_again(
    fleet: Operator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fleet.run(*START)
    step(fleet, "advance")
    if name == "resume":
        step(fleet, "pause")

    def cut(*_: Any) -> None:
        raise OSError(5, "Input/output error", "plan")

    with monkeypatch.context() as patch:
        patch.setattr("edge_agent.fleet.rollout.save_plan", cut)
        assert step(fleet, name) == 1
    halfway = seen(fleet)
    assert step(fleet, name) == 0
    assert seen(fleet) == halfway
    assert fleet.run("verify") == 0


def test_two_rollouts_do_not_meet_in_one_group(fleet: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.run(*START)
    assert fleet.run("rollout", "start", "--group", "lab", "edge-pose-n", "1.1") == 1
    assert "is being rolled out in lab" in capsys.readouterr().err
    step(fleet, "halt")
    assert fleet.run("rollout", "start", "--group", "plant-1", "edge-pose-n", "1.1") == 0


@pytest.mark.parametrize("group", ["lab", "plant-1"])
@pytest.mark.parametrize("before", [(), ("advance",), ("pause",)])
def test_nothing_is_published_into_an_open_rollout(
    fleet: Operator, group: str, before: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.run(*START)
    for name in before:
        step(fleet, name)
    metadata = fleet.metadata()
    assert fleet.run("publish", "--group", group, "edge-pose-n", "1.0") == 1
    assert "rollout halt --group plant-1" in capsys.readouterr().err
    assert fleet.metadata() == metadata
    step(fleet, "halt")
    assert fleet.run("publish", "--group", group, "edge-pose-n", "1.0") == 0


def point_elsewhere(operator: Operator, group: str) -> None:
    """As an operator did who had another copy of the plans."""
    with operator.bench() as bench:
        choice = Choice(name="edge-pose-n", version="1.0", rollout="another", percent=7)
        point_at(bench.edition, bench.files, group, choice, Terms())
        bench.publish()


@pytest.mark.parametrize("name", ["advance", "pause", "resume"])
def test_a_rollout_moves_no_other_ones_pointer(fleet: Operator, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.run(*START)
    step(fleet, "advance")
    if name == "resume":
        step(fleet, "pause")
    point_elsewhere(fleet, "plant-1")
    before = pointers(fleet), read_plan(fleet.workspace.rollouts, "plant-1")
    assert step(fleet, name) == 1
    assert "points at edge-pose-n 1.0, and no longer at this rollout" in capsys.readouterr().err
    assert (pointers(fleet), read_plan(fleet.workspace.rollouts, "plant-1")) == before
    assert step(fleet, "halt") == 0
    assert seen(fleet) == {"lab": ("1.1", 0), "plant-1": ("1.0", 7)}


def test_a_rollback_leaves_a_group_alone_that_was_pointed_elsewhere_since(fleet: Operator) -> None:
    fleet.run(*START)
    step(fleet, "advance")
    step(fleet, "halt")
    fleet.add_release("1.2")
    assert fleet.run("publish", "--group", "lab", "edge-pose-n", "1.2") == 0
    assert step(fleet, "rollback") == 0
    assert seen(fleet) == {"lab": ("1.2", 100), "plant-1": ("1.0", 100)}


@pytest.mark.parametrize("stages", ["10,1", "10,10", "", "0,5", "5,101", "a"])
def test_stages_that_do_not_grow_are_refused(fleet: Operator, stages: str) -> None:
    before = seen(fleet)
    assert fleet.run(*START, "--stages", stages) == 1
    assert seen(fleet) == before


def test_without_the_groups_key_nothing_advances(fleet: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.run(*START)
    next(file for name, file in fleet.key_files().items() if name.startswith("group-plant-1")).unlink()
    before = seen(fleet), read_plan(fleet.workspace.rollouts, "plant-1")
    assert step(fleet, "advance") == 1
    assert "group-plant-1 needs 1 of its 1 keys" in capsys.readouterr().err
    assert (seen(fleet), read_plan(fleet.workspace.rollouts, "plant-1")) == before


def test_status_shows_where_it_stands(fleet: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.run(*START)
    step(fleet, "advance")
    capsys.readouterr()
    assert step(fleet, "status") == 0
    said = capsys.readouterr().out
    assert "edge-pose-n 1.1 running" in said
    assert "lab 100 % > plant-1 1 % > plant-1 10 %" in said
    assert step(fleet, "status", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["state"], document["stage"], len(document["stages"])) == ("running", 1, 5)


def test_a_plan_is_read_as_it_was_written(fleet: Operator) -> None:
    fleet.run(*START, "--window", "22:00-05:00", "--deadline", "2030-01-01T00:00Z", "--success", "0.8")
    plan = read_plan(fleet.workspace.rollouts, "plant-1")
    changed = replace(plan, reason="a reason", state=PlanState.PAUSED)
    save_plan(fleet.workspace.rollouts, changed)
    assert read_plan(fleet.workspace.rollouts, "plant-1") == changed
    assert plan.success_threshold == 0.8


def test_a_plan_that_is_damaged_is_said(fleet: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.run(*START)
    file: Path = plan_file(fleet.workspace.rollouts, "plant-1")
    file.write_bytes(file.read_bytes()[:-20])
    assert step(fleet, "status") == 1
    assert "plant-1.plan.json" in capsys.readouterr().err


def test_without_a_plan_it_says_how_to_begin(fleet: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert step(fleet, "status") == 1
    assert "rollout start --group plant-1" in capsys.readouterr().err
