"""Counts what the devices of a rollout have made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_agent.fleet.plan import LONGEST_TRIAL_S, Plan
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.update.status_payload import JobStatus, UpdateStatus
from edge_agent.update.takes_part import takes_part

_GOING_ON = (JobStatus.QUEUED, JobStatus.IN_PROGRESS)
_ROLLED_BACK = (UpdateState.ROLLING_BACK.value, UpdateState.ROLLED_BACK.value)
_BAD = ("failed", "rolled_back")
_QUEUED, _PAUSED = UpdateState.QUEUED.value, UpdateState.PAUSED.value
_NOT_WATCHING = "not_watching"  # no word of the device's: to it the update went well
_ON_TRIAL = (UpdateState.ACTIVATING.value, UpdateState.TRIAL.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Devices of one group.

    Attributes:
        group: Whose.
        percent: Up to here they may begin.
        known: Devices of the group that were ever heard of.
        taking_part: Of those, the ones that the percentage means; the counts below add up to it.
        committed: Run the release.
        in_progress: Are at it, or wait until they may be.
        failed: Refused it or could not have it.
        rolled_back: Tried it and went back; or kept it, and another model watches in its place.
        canceled: Somebody on site canceled it; neither good nor bad.
        unproven: Gave up at the deadline (an empty hall, an agent that does not run): no fault of the release, and no
            proof of it.
        silent: Have said nothing of this release.
        mute: Of those in progress and silent, the ones that have said nothing at all for longer than that may take:
            the release may have killed them.
        steps: How many of those in progress are in each state.
        reasons: How often each reason was given.
    """

    group: str
    percent: int
    known: int
    taking_part: int
    committed: int
    in_progress: int
    failed: int
    rolled_back: int
    canceled: int
    silent: int
    unproven: int = 0
    mute: int = 0
    steps: tuple[tuple[str, int], ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def bad(self) -> int:
        """Devices that said that it did not go well."""
        return self.failed + self.rolled_back

    @property
    def expected(self) -> int:
        """Devices that should commit."""
        return self.taking_part - self.canceled


def count(
    plan: Plan, statuses: Mapping[str, UpdateStatus], known: Mapping[str, str], now: datetime
) -> tuple[Counts, ...]:
    """One row for each group that was reached; the last one is the stage that goes on.

    Args:
        plan: Whose release is counted.
        statuses: The last word of each device, by its name.
        known: Group of every device that counts; who is in `statuses` alone does not.
        now: UTC.
    """
    return tuple(_count(plan, group, statuses, known, now) for group in plan.reached)


def _count(
    plan: Plan, group: str, statuses: Mapping[str, UpdateStatus], known: Mapping[str, str], now: datetime
) -> Counts:
    percent = plan.reached[group]
    devices = [device for device, its_group in known.items() if its_group == group]
    meant = [device for device in devices if takes_part(plan.rollout, device, percent)]
    said = [(_word_of(plan, group, device, statuses.get(device)), statuses.get(device)) for device in meant]
    words = Counter(word for word, _ in said)
    steps = Counter(status.state for word, status in said if status and word == "in_progress")
    reasons = Counter(reason for word, status in said if word in _BAD and status and (reason := _reason(status)))
    return Counts(
        group=group,
        percent=percent,
        known=len(devices),
        taking_part=len(meant),
        committed=words["committed"],
        in_progress=words["in_progress"],
        failed=words["failed"],
        rolled_back=words["rolled_back"],
        canceled=words["canceled"],
        silent=words["silent"],
        unproven=words["unproven"],
        mute=sum(_is_mute(plan, word, status, now) for word, status in said),
        steps=tuple(steps.most_common()),
        reasons=tuple(reasons.most_common()),
    )


def _word_of(plan: Plan, group: str, device: str, status: UpdateStatus | None) -> str:
    """What a device says of this rollout.

    What an earlier rollout of the same release left (a full disk, a cancelled trial) is no word about this one: the
    device tries again when its turn comes. That it runs or tries the release is true, whoever asked for it.
    """
    if status is None or status.release != plan.release_sha256:
        return "silent"
    word = _word(status)
    runs = word == "committed" or status.state in _ON_TRIAL
    return word if runs or _is_of(plan, group, device, status) else "silent"


def _is_of(plan: Plan, group: str, device: str, status: UpdateStatus) -> bool:
    """Whether a device speaks of this rollout.

    An older agent does not say: its word counts from the pointer on with which its turn came. That can be wrong once,
    where the first look that saw this pointer was followed by one that failed: until the next one it repeats how the
    rollout before ended.
    """
    if status.rollout is not None:
        return status.rollout == plan.rollout
    return status.counter >= plan.counter_of(group, device)


def _is_mute(plan: Plan, word: str, status: UpdateStatus | None, now: datetime) -> bool:
    """Whether nothing was heard for too long of a device with which the release is not done.

    Where it waits the release has not run, and cannot have struck it dumb. Who is paused or has a model on trial says
    nothing until that ends, and begins nothing else: that may be another release, or another rollout of this one. Who
    speaks of something else is alive: a look that fails makes a device forget for an hour what it waited for.
    """
    if word not in ("in_progress", "silent"):
        return False
    if status is None:
        return True
    if status.state == _PAUSED or (word == "in_progress" and status.state == _QUEUED):
        return False
    longest_s = plan.silence_s
    if status.state in _ON_TRIAL:
        longest_s = max(longest_s, plan.trial_s + LONGEST_TRIAL_S)
    return now - status.at >= timedelta(seconds=longest_s)


def _word(status: UpdateStatus) -> str:
    gave_up = status.state in _ROLLED_BACK and status.reason == UpdateReason.DEADLINE.value
    if status.status is JobStatus.TIMED_OUT or gave_up:
        return "unproven"
    if status.state in _ROLLED_BACK:
        return "rolled_back"
    if status.status is JobStatus.SUCCEEDED:
        # What takes the agent down again and again after its trial is as bad as what does so in it.
        return "committed" if status.watching is None else "rolled_back"
    if status.status in _GOING_ON:
        return "in_progress"
    if status.status is JobStatus.CANCELED:
        return "canceled"
    return "silent" if status.status is None else "failed"


def _reason(status: UpdateStatus) -> str | None:
    return _NOT_WATCHING if status.status is JobStatus.SUCCEEDED and status.watching else status.reason
