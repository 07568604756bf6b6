"""Every device of a stage is counted once, by its last word about this release."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.errors import FleetError
from edge_agent.fleet.known_devices import forget, read_known, remember
from edge_agent.fleet.plan import Plan, Stage
from edge_agent.fleet.tally import Counts, count
from edge_agent.update.status_payload import JobStatus, UpdateStatus
from edge_agent.update.takes_part import takes_part

NOW = datetime(2026, 5, 1, tzinfo=timezone.utc)
RELEASE, OTHER = "ab" * 32, "cd" * 32
PLAN = Plan(
    group="plant-1",
    rollout="r",
    name="edge-pose-n",
    version="1.1",
    release_sha256=RELEASE,
    stages=(Stage(group="lab", percent=100), Stage(group="plant-1", percent=50), Stage(group="plant-1", percent=100)),
    stage=2,
    stage_since=NOW,
)


def said(device: str, status: JobStatus | None, state: str = "IDLE", **more: Any) -> UpdateStatus:
    fields = {"group": "plant-1", "release": RELEASE, "counter": 1} | more
    return UpdateStatus(device=device, status=status, state=state, at=NOW, **fields)


def counted(*statuses: UpdateStatus, known: dict[str, str] | None = None, plan: Plan = PLAN) -> Counts:
    words = {status.device: status for status in statuses}
    groups = {device: status.group for device, status in words.items()}
    return count(plan, words, groups | (known or {}), NOW)[-1]


@pytest.mark.parametrize(
    ("status", "state", "word"),
    [
        (JobStatus.QUEUED, "QUEUED", "in_progress"),
        (JobStatus.IN_PROGRESS, "TRIAL", "in_progress"),
        (JobStatus.SUCCEEDED, "COMMITTED", "committed"),
        (JobStatus.FAILED, "FAILED", "failed"),
        (JobStatus.FAILED, "ROLLED_BACK", "rolled_back"),
        (JobStatus.IN_PROGRESS, "ROLLING_BACK", "rolled_back"),
        (JobStatus.SUCCEEDED, "ROLLED_BACK", "rolled_back"),
        (JobStatus.REJECTED, "FAILED", "failed"),
        (JobStatus.TIMED_OUT, "FAILED", "unproven"),
        (JobStatus.REMOVED, "IDLE", "failed"),
        (JobStatus.CANCELED, "IDLE", "canceled"),
        (None, "IDLE", "silent"),
    ],
)
def test_each_word_has_its_column(status: JobStatus | None, state: str, word: str) -> None:
    row = counted(said("a/b", status, state))
    assert (getattr(row, word), row.taking_part, row.known) == (1, 1, 1)


def test_who_speaks_of_another_release_is_silent_about_this_one() -> None:
    assert counted(said("a/b", JobStatus.SUCCEEDED, release=OTHER)).silent == 1


def test_who_was_heard_once_is_not_forgotten_with_the_brokers_memory() -> None:
    row = counted(said("a/b", JobStatus.SUCCEEDED), known={"a/c": "plant-1", "x/y": "lab"})
    assert (row.known, row.committed, row.silent) == (2, 1, 1)


def test_reasons_are_counted_of_failures_only() -> None:
    row = counted(
        said("a/1", JobStatus.FAILED, "ROLLED_BACK", reason="trial_crash"),
        said("a/2", JobStatus.FAILED, "ROLLED_BACK", reason="trial_crash"),
        said("a/3", JobStatus.FAILED, "FAILED", reason="disk_full"),
        said("a/4", JobStatus.IN_PROGRESS, "PAUSED", reason="network"),
    )
    assert row.reasons == (("trial_crash", 2), ("disk_full", 1))


def test_each_group_that_was_reached_has_a_row() -> None:
    rows = count(PLAN, {}, {"a/1": "lab", "a/2": "plant-1", "a/3": "plant-2"}, NOW)
    assert [(row.group, row.percent, row.known) for row in rows] == [("lab", 100, 1), ("plant-1", 100, 1)]


devices = st.dictionaries(
    st.integers(0, 500).map("plant/{}".format),
    st.tuples(st.sampled_from([*JobStatus, None]), st.sampled_from(["IDLE", "FAILED", "ROLLED_BACK"])),
    max_size=40,
)


@given(devices, st.integers(1, 100))
def test_every_device_that_takes_part_is_counted_once(words: dict[str, tuple[Any, str]], percent: int) -> None:
    plan = Plan(**{**_fields(PLAN), "stages": (Stage(group="plant-1", percent=percent),), "stage": 0})
    row = counted(*(said(device, *word) for device, word in words.items()), plan=plan, known={"plant/0": "plant-1"})
    meant = sum(takes_part("r", device, percent) for device in {*words, "plant/0"})
    parts = (row.committed, row.in_progress, row.failed, row.rolled_back, row.canceled, row.silent, row.unproven)
    assert sum(parts) == row.taking_part == meant


def _fields(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in plan.__dataclass_fields__}


def test_devices_are_remembered_until_they_are_forgotten(tmp_path: Any) -> None:
    directory = tmp_path / "rollouts"
    assert read_known(directory) == {}
    remember(directory, {"a/b": said("a/b", None)})
    assert remember(directory, {"a/c": said("a/c", None, group="lab")}) == {"a/b": "plant-1", "a/c": "lab"}
    forget(directory, "a/b")
    assert read_known(directory) == {"a/c": "lab"}
    with pytest.raises(FleetError, match="never heard of"):
        forget(directory, "a/b")


OPENED = replace(PLAN, counters=(3, 7, 9))
"""With the pointers that opened its stages."""
AT_50 = next(f"p/{n}" for n in range(99) if takes_part("r", f"p/{n}", 50))
AT_100 = next(f"p/{n}" for n in range(99) if not takes_part("r", f"p/{n}", 50))


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.IN_PROGRESS, JobStatus.CANCELED, JobStatus.QUEUED])
@pytest.mark.parametrize(("device", "began"), [(AT_50, 7), (AT_100, 9)])
def test_what_an_older_agent_said_before_its_turn_came_is_of_an_earlier_rollout(
    device: str, began: int, status: JobStatus
) -> None:
    assert counted(said(device, status, "FAILED", counter=began - 1), plan=OPENED).silent == 1
    assert counted(said(device, status, "FAILED", counter=began), plan=OPENED).silent == 0


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.IN_PROGRESS, JobStatus.CANCELED, JobStatus.QUEUED])
@pytest.mark.parametrize("counter", [1, 9])
def test_what_names_a_rollout_is_of_that_one_whatever_pointer_was_seen(counter: int, status: JobStatus) -> None:
    assert counted(said(AT_100, status, "FAILED", counter=counter, rollout="former"), plan=OPENED).silent == 1
    assert counted(said(AT_100, status, "FAILED", counter=counter, rollout="r"), plan=OPENED).silent == 0


@pytest.mark.parametrize("rollout", [None, "former"])
def test_who_runs_the_release_already_has_committed_it(rollout: str | None) -> None:
    running = said(AT_100, JobStatus.SUCCEEDED, "COMMITTED", counter=1, rollout=rollout)
    assert counted(running, plan=OPENED).committed == 1


@pytest.mark.parametrize("rollout", [None, "former"])
def test_who_tries_it_for_another_rollout_is_at_it(rollout: str | None) -> None:
    trying = said(AT_100, JobStatus.IN_PROGRESS, "TRIAL", counter=1, rollout=rollout)
    assert counted(trying, plan=OPENED).in_progress == 1
