"""From where the updater stands to what the fleet hears."""

from __future__ import annotations

from edge_agent.mqtt.payload import rfc3339
from edge_agent.mqtt.update_payload import JobWord, UpdateStatusPayload
from edge_agent.update.built_in import FACTORY_MODEL
from edge_agent.update.journal import Entry
from edge_agent.update.model_slots import Slot
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.updater.memory import Outcome, Task
from edge_agent.updater.standing import Standing

_REJECTED = frozenset({UpdateReason.INCOMPATIBLE_HW, UpdateReason.INCOMPATIBLE_RUNTIME, UpdateReason.NO_ARTIFACT})
_BETWEEN = frozenset({UpdateState.IDLE, UpdateState.CHECKING})
_ENDED = frozenset({UpdateState.COMMITTED, UpdateState.ROLLED_BACK, UpdateState.FAILED})


def standing_to_status(standing: Standing, device: str, group: str, now_s: float) -> UpdateStatusPayload:
    """The retained status.

    Between two updates it tells of the last one: who counts a rollout must find its end, also after the next look. A
    look that failed gives it its reason: nobody may take a repository that is held back for an update that went well.

    Args:
        standing: Of the updater.
        device: ``{site}/{device}``.
        group: Whose pointer the device follows.
        now_s: Seconds since the Unix epoch.
    """
    entry, memory = standing.entry, standing.memory
    outcome, task = memory.outcome, memory.task
    state, reason, since_s = entry.state, entry.reason, entry.at_s
    about = task or outcome
    if task is None and outcome is not None and (state in _BETWEEN or state in _ENDED):
        since_s = outcome.at_s or since_s
        state, reason = outcome.state, _why_no_news(entry, outcome) or outcome.reason
    slots = standing.slots
    active, previous = (slots.active, slots.last_good) if slots else (None, None)
    return UpdateStatusPayload(
        device=device,
        group=group,
        release=about.release if about else None,
        counter=memory.counter,
        rollout=(about.rollout or None) if about else None,
        status=_became(entry, task, outcome),
        state=state.value,
        reason=reason.value if reason else None,
        model=(active.model or active.directory) if active else FACTORY_MODEL,
        version=(active.version or None) if active else None,
        previous=_label(previous) if active else None,
        watching=standing.watching,
        since=rfc3339(since_s) if since_s else None,
        at=rfc3339(now_s),
    )


def _became(entry: Entry, task: Task | None, outcome: Outcome | None) -> JobWord | None:
    """What became of the update under way, or of the last one."""
    if task is None:
        return _job(outcome.state, outcome.reason) if outcome else None
    # What is about to be committed is not yet.
    return "IN_PROGRESS" if entry.state in _ENDED else _job(entry.state, entry.reason)


def _job(state: UpdateState, reason: UpdateReason | None) -> JobWord:
    """The word of AWS IoT Jobs for a state."""
    match state:
        case UpdateState.COMMITTED:
            return "SUCCEEDED"
        case UpdateState.QUEUED:
            return "QUEUED"
        case UpdateState.FAILED | UpdateState.ROLLED_BACK:
            return _ended_badly(reason)
    return "IN_PROGRESS"


def _ended_badly(reason: UpdateReason | None) -> JobWord:
    if reason is UpdateReason.CANCELED:
        return "CANCELED"
    if reason is UpdateReason.DEADLINE:
        return "TIMED_OUT"
    return "REJECTED" if reason in _REJECTED else "FAILED"


def _why_no_news(entry: Entry, outcome: Outcome) -> UpdateReason | None:
    """Why nothing new is known; None where it is known, or where how the last update ended says more."""
    if entry.release is not None or entry.reason is UpdateReason.ALREADY_INSTALLED:
        return None  # not of a look, or of a good one
    refused = entry.state is UpdateState.FAILED
    return entry.reason if refused or outcome.state is UpdateState.COMMITTED else None


def _label(slot: Slot | None) -> str:
    return slot.label if slot else FACTORY_MODEL
