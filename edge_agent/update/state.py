"""From one state of an update to the next: a pure table (design, section 9).

What is to be done in a state depends on nothing but the state: whoever was interrupted enters it again and does it
again. Every action is therefore one that can be done twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from edge_agent.update.reason import UpdateReason, UpdateState


class Fact(str, Enum):
    """What has become known."""

    CHECK_DUE = "check_due"
    FOUND = "found"  # the pointer names another release than the one that runs
    NOTHING = "nothing"  # there is nothing to do: already installed, no artifact, or refused before
    MAY_BEGIN = "may_begin"  # window, percentage and pin allow it
    FETCHED = "fetched"
    VERIFIED = "verified"
    PASSED = "passed"  # the judge found it good
    STORED = "stored"
    RUNS = "runs"  # the daemon has it open
    PROVEN = "proven"  # the trial was good
    ACTIVE = "active"  # it is the active one
    TAKEN_BACK = "taken_back"
    REFUSED = "refused"  # it must not be used; for good
    DELAYED = "delayed"  # it could not be had now
    TRIAL_OVER = "trial_over"  # with a bad end
    REVOKED = "revoked"  # what runs must not run any more
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    ROLL_BACK = "roll_back"


_S, _F = UpdateState, Fact

RESTING = frozenset({_S.IDLE, _S.COMMITTED, _S.ROLLED_BACK, _S.FAILED})
"""States in which nothing is under way."""
BEFORE_TRIAL = frozenset({_S.CHECKING, _S.QUEUED, _S.DOWNLOADING, _S.VERIFYING, _S.SELF_TEST, _S.STAGED})
"""States that leave the model that runs alone."""
ON_TRIAL = frozenset({_S.ACTIVATING, _S.TRIAL})
"""States in which the daemon may run the new model."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What a fact leads to.

    Attributes:
        state: The next one.
        reason: Why, where it does not go on as hoped.
    """

    state: UpdateState
    reason: UpdateReason | None = None


_TABLE: dict[tuple[UpdateState, Fact], UpdateState] = {
    (_S.CHECKING, _F.FOUND): _S.QUEUED,
    (_S.CHECKING, _F.NOTHING): _S.IDLE,
    (_S.CHECKING, _F.REFUSED): _S.FAILED,
    (_S.CHECKING, _F.DELAYED): _S.IDLE,
    (_S.QUEUED, _F.CHECK_DUE): _S.CHECKING,
    (_S.QUEUED, _F.MAY_BEGIN): _S.DOWNLOADING,
    (_S.DOWNLOADING, _F.FETCHED): _S.VERIFYING,
    (_S.DOWNLOADING, _F.DELAYED): _S.QUEUED,
    (_S.VERIFYING, _F.VERIFIED): _S.SELF_TEST,
    (_S.VERIFYING, _F.DELAYED): _S.QUEUED,
    (_S.SELF_TEST, _F.PASSED): _S.STAGED,
    (_S.SELF_TEST, _F.DELAYED): _S.QUEUED,
    (_S.STAGED, _F.STORED): _S.ACTIVATING,
    (_S.STAGED, _F.DELAYED): _S.QUEUED,
    (_S.ACTIVATING, _F.RUNS): _S.TRIAL,
    (_S.TRIAL, _F.PROVEN): _S.COMMITTED,
    (_S.COMMITTED, _F.TRIAL_OVER): _S.ROLLED_BACK,
    (_S.ROLLING_BACK, _F.TAKEN_BACK): _S.ROLLED_BACK,
    (_S.PAUSED, _F.RESUME): _S.QUEUED,
    (_S.PAUSED, _F.CHECK_DUE): _S.PAUSED,
}
for _state in RESTING:
    _TABLE[_state, _F.CHECK_DUE] = _S.CHECKING
    _TABLE[_state, _F.ROLL_BACK] = _S.ROLLING_BACK
for _state in BEFORE_TRIAL - {_S.CHECKING}:  # a look goes on, and what it finds waits
    _TABLE[_state, _F.PAUSE] = _S.PAUSED
for _state in BEFORE_TRIAL:
    _TABLE[_state, _F.CANCEL] = _S.FAILED
    _TABLE[_state, _F.REFUSED] = _S.FAILED
    _TABLE[_state, _F.ROLL_BACK] = _S.ROLLING_BACK
for _state in ON_TRIAL:
    _TABLE[_state, _F.TRIAL_OVER] = _S.ROLLING_BACK
    _TABLE[_state, _F.CANCEL] = _S.ROLLING_BACK
    _TABLE[_state, _F.ROLL_BACK] = _S.ROLLING_BACK
    _TABLE[_state, _F.REFUSED] = _S.ROLLING_BACK
_TABLE[_S.PAUSED, _F.CANCEL] = _S.FAILED
_TABLE[_S.PAUSED, _F.ROLL_BACK] = _S.ROLLING_BACK
for _state in UpdateState:
    _TABLE[_state, _F.REVOKED] = _S.ROLLING_BACK


def next_state(state: UpdateState, fact: Fact, reason: UpdateReason | None = None) -> Transition:
    """What a fact makes of a state.

    Args:
        state: Now.
        fact: What has become known.
        reason: Why, where the fact has one.

    Returns:
        The next state. A fact that means nothing in a state, as a pause in a trial, leaves it as it is.
    """
    following = _TABLE.get((state, fact))
    return Transition(state) if following is None else Transition(following, reason)
