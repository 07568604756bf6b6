"""Counts what the devices of a rollout have made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from edge_agent.fleet.plan import Plan
from edge_agent.update.status_payload import JobStatus, UpdateStatus
from edge_agent.update.takes_part import takes_part

_GOING_ON = (JobStatus.QUEUED, JobStatus.IN_PROGRESS)
_ROLLED_BACK = ("ROLLING_BACK", "ROLLED_BACK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Devices of one group.

    Attributes:
        group: Whose.
        percent: Up to here they may begin.
        known: Devices of the group that were ever heard of.
        taking_part: Of those, the ones that the percentage means; the counts below add up to it.
        committed: Run the release.
        in_progress: Are at it.
        failed: Refused it or could not have it.
        rolled_back: Tried it and went back.
        canceled: Somebody on site canceled it; neither good nor bad.
        silent: Have said nothing of this release.
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
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def bad(self) -> int:
        """Devices that said that it did not go well."""
        return self.failed + self.rolled_back

    @property
    def expected(self) -> int:
        """Devices that should commit."""
        return self.taking_part - self.canceled


def count(plan: Plan, statuses: Mapping[str, UpdateStatus], known: Mapping[str, str]) -> tuple[Counts, ...]:
    """One row for each group that was reached; the last one is the stage that goes on.

    Args:
        plan: Whose release is counted.
        statuses: The last word of each device, by its name.
        known: Group of every device that was ever heard of; who is in `statuses` is in it.
    """
    return tuple(_count(plan, group, percent, statuses, known) for group, percent in plan.reached.items())


def _count(
    plan: Plan, group: str, percent: int, statuses: Mapping[str, UpdateStatus], known: Mapping[str, str]
) -> Counts:
    devices = [device for device, its_group in known.items() if its_group == group]
    meant = [device for device in devices if takes_part(plan.rollout, device, percent)]
    said = [
        status
        for device in meant
        if (status := statuses.get(device)) and _is_of(plan, status, plan.counter_of(group, device))
    ]
    words = Counter(_word(status) for status in said)
    reasons = Counter(status.reason for status in said if status.reason and _word(status) in ("failed", "rolled_back"))
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
        silent=len(meant) - sum(words.values()) + words["silent"],
        reasons=tuple(reasons.most_common()),
    )


def _is_of(plan: Plan, status: UpdateStatus, counter: int) -> bool:
    """Whether a device speaks of this rollout, or runs its release already.

    What an earlier rollout of the same release left (a full disk, a cancelled trial) is no word about this one: the
    device tries again when its turn comes.
    """
    if status.release != plan.release_sha256:
        return False
    return status.counter >= counter or _word(status) == "committed"


def _word(status: UpdateStatus) -> str:
    if status.state in _ROLLED_BACK:
        return "rolled_back"
    if status.status is JobStatus.SUCCEEDED:
        return "committed"
    if status.status in _GOING_ON:
        return "in_progress"
    if status.status is JobStatus.CANCELED:
        return "canceled"
    return "silent" if status.status is None else "failed"
