"""Who waits or tries with good reason is no failure; who has fallen silent while at it is one."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from edge_agent.fleet.decide import Advance, Decision, Halt, Wait, decide
from edge_agent.fleet.plan import LONGEST_TRIAL_S, Plan, stages_of
from edge_agent.fleet.tally import Counts, count
from edge_agent.update.status_payload import JobStatus, UpdateStatus
from edge_agent.updater.trial_watch import PROLONG_S

START = datetime(2026, 5, 1, 10, tzinfo=timezone.utc)
DAY = timedelta(days=1)
PLAN = Plan(
    group="lab",
    rollout="r",
    name="edge-pose-n",
    version="1.1",
    release_sha256="ab" * 32,
    stages=stages_of("lab", (100,), None),
    counters=(7,),
    stage_since=START,
)


def said(state: str, job: JobStatus, at: datetime, reason: str | None = None, **other: Any) -> UpdateStatus:
    fields = {"device": "a/last", "group": "lab", "release": PLAN.release_sha256, "counter": 7} | other
    return UpdateStatus(status=job, state=state, reason=reason, at=at, **fields)


def ten(last: UpdateStatus | None, now: datetime) -> Counts:
    """Nine devices that have committed, and one more."""
    good = said("COMMITTED", JobStatus.SUCCEEDED, START)
    statuses = {f"a/{number}": good for number in range(9)} | ({"a/last": last} if last else {})
    (row,) = count(PLAN, statuses, dict.fromkeys([*statuses, "a/last"], "lab"), now)
    return row


def decided(last: UpdateStatus | None, now: datetime) -> Decision:
    return decide(PLAN, (ten(last, now),), now)


@pytest.mark.parametrize(
    ("last", "after"),
    [
        (said("QUEUED", JobStatus.QUEUED, START), 6 * DAY),  # its window is on Saturdays, or it is pinned
        (said("PAUSED", JobStatus.IN_PROGRESS, START), 6 * DAY),
        (said("PAUSED", JobStatus.IN_PROGRESS, START - DAY, rollout="former"), 6 * DAY),  # before this one began
        (said("PAUSED", JobStatus.IN_PROGRESS, START - DAY, release="cd" * 32), 6 * DAY),
        (said("TRIAL", JobStatus.IN_PROGRESS, START), DAY + timedelta(seconds=PLAN.trial_s)),  # an empty hall
        (said("TRIAL", JobStatus.IN_PROGRESS, START, release="cd" * 32), DAY + timedelta(seconds=PLAN.trial_s)),
        (said("ACTIVATING", JobStatus.IN_PROGRESS, START), DAY + timedelta(seconds=PLAN.trial_s)),
        (said("DOWNLOADING", JobStatus.IN_PROGRESS, START + 5 * DAY), 5 * DAY + timedelta(hours=1)),
        (said("IDLE", JobStatus.SUCCEEDED, START + 5 * DAY, "network", release="cd" * 32), 5 * DAY),  # its look failed
        (said("ROLLING_BACK", JobStatus.IN_PROGRESS, START, "deadline"), 2 * DAY),
        (said("ROLLED_BACK", JobStatus.TIMED_OUT, START, "deadline"), 2 * DAY),
        (said("FAILED", JobStatus.TIMED_OUT, START, "deadline"), 2 * DAY),
    ],
)
def test_who_waits_is_no_failure_and_no_success(last: UpdateStatus, after: timedelta) -> None:
    assert isinstance(decided(last, START + after), Wait)


@pytest.mark.parametrize(
    ("last", "after"),
    [
        (None, DAY),
        (said("IDLE", JobStatus.SUCCEEDED, START, release="cd" * 32), DAY),
        (said("QUEUED", JobStatus.QUEUED, START, counter=6), DAY),  # of an earlier rollout
        (said("SELF_TEST", JobStatus.IN_PROGRESS, START), DAY),
        (said("SELF_TEST", JobStatus.IN_PROGRESS, START + 5 * DAY), 6 * DAY),
        (said("QUEUED", JobStatus.QUEUED, START, rollout="former"), DAY),
        (said("QUEUED", JobStatus.QUEUED, START, release="cd" * 32), DAY),  # it would say so at each look
        (said("TRIAL", JobStatus.IN_PROGRESS, START), DAY + timedelta(hours=2)),  # longer than any trial lasts
        (said("TRIAL", JobStatus.IN_PROGRESS, START, release="cd" * 32), DAY + timedelta(hours=2)),
        (said("ROLLED_BACK", JobStatus.FAILED, START, "trial_quality"), timedelta(hours=1)),
    ],
)
def test_who_fell_silent_while_at_it_is_a_failure(last: UpdateStatus | None, after: timedelta) -> None:
    assert isinstance(decided(last, START + after), Halt)


def test_a_trial_that_went_on_through_a_pause_is_no_silence() -> None:
    trying = said("TRIAL", JobStatus.IN_PROGRESS, START, counter=5)
    assert ten(trying, START + DAY).in_progress == 1


def test_who_commits_after_the_deadline_lets_the_stage_go_on() -> None:
    assert isinstance(decided(said("COMMITTED", JobStatus.SUCCEEDED, START + 6 * DAY), START + 6 * DAY), Advance)


def test_what_they_wait_for_is_told() -> None:
    row = ten(said("QUEUED", JobStatus.QUEUED, START), START + 2 * DAY)
    assert (row.steps, row.mute) == ((("QUEUED", 1),), 0)
    assert "1 wait or try" in decide(PLAN, (row,), START + 2 * DAY).text


def test_the_longest_trial_is_longer_than_the_devices() -> None:
    assert LONGEST_TRIAL_S >= PROLONG_S
