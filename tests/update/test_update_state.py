"""The table of states, as a whole: whatever facts come, an update never gets stuck and never skips its judges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.update.state import BEFORE_TRIAL, ON_TRIAL, RESTING, Fact, next_state

S, F = UpdateState, Fact
HAPPY = [F.CHECK_DUE, F.FOUND, F.MAY_BEGIN, F.FETCHED, F.VERIFIED, F.PASSED, F.STORED, F.RUNS, F.PROVEN]
FACTS = st.lists(st.sampled_from(Fact), max_size=60)


def walk(facts: list[Fact], state: UpdateState = S.IDLE) -> list[UpdateState]:
    states = [state]
    for fact in facts:
        states.append(next_state(states[-1], fact).state)
    return states


def test_the_way_of_a_good_release() -> None:
    assert [state.value for state in walk(HAPPY)] == [
        "IDLE", "CHECKING", "QUEUED", "DOWNLOADING", "VERIFYING", "SELF_TEST", "STAGED", "ACTIVATING", "TRIAL",
        "COMMITTED",
    ]  # fmt: skip


@given(FACTS)
def test_nothing_is_committed_that_was_not_verified_judged_and_tried(facts: list[Fact]) -> None:
    states = walk(facts)
    for index, state in enumerate(states[1:], 1):
        if state is S.COMMITTED and states[index - 1] is not S.COMMITTED:
            last = {
                wanted: max((i for i, each in enumerate(states[:index]) if each is wanted), default=-1) for wanted in S
            }
            assert -1 < last[S.VERIFYING] < last[S.SELF_TEST] < last[S.STAGED] < last[S.ACTIVATING] < last[S.TRIAL]


@given(FACTS)
def test_from_wherever_it_is_an_update_can_still_be_brought(facts: list[Fact]) -> None:
    state = walk(facts)[-1]
    ways_out = [F.RESUME, F.TRIAL_OVER, F.REFUSED, F.TAKEN_BACK, F.CANCEL, F.TAKEN_BACK]
    assert walk(ways_out, state)[-1] in RESTING
    assert walk([*ways_out, *HAPPY], state)[-1] is S.COMMITTED


@given(FACTS, st.sampled_from(UpdateReason))
def test_a_fact_that_means_nothing_changes_nothing_and_has_no_reason(facts: list[Fact], reason: UpdateReason) -> None:
    state = walk(facts)[-1]
    for fact in Fact:
        transition = next_state(state, fact, reason)
        if transition.state is state and fact is not F.CHECK_DUE:
            assert transition.reason in (None, reason)
        else:
            assert transition.reason is reason or fact is F.CHECK_DUE


@given(st.sampled_from(UpdateState))
def test_what_is_revoked_goes_back_from_everywhere(state: UpdateState) -> None:
    assert next_state(state, F.REVOKED, UpdateReason.REVOKED).state is S.ROLLING_BACK


@given(st.sampled_from(sorted(ON_TRIAL)))
def test_a_trial_does_not_pause_and_a_cancelled_one_is_taken_back(state: UpdateState) -> None:
    assert next_state(state, F.PAUSE).state is state
    assert next_state(state, F.CANCEL).state is S.ROLLING_BACK


@given(st.sampled_from(sorted(BEFORE_TRIAL)))
def test_before_the_trial_a_refusal_leaves_the_model_that_runs_alone(state: UpdateState) -> None:
    assert next_state(state, F.REFUSED, UpdateReason.GOLDEN_MISMATCH).state is S.FAILED


@given(st.sampled_from(sorted(BEFORE_TRIAL)))
def test_what_is_under_way_pauses_and_a_look_which_is_not_goes_on(state: UpdateState) -> None:
    assert next_state(state, F.PAUSE).state is (state if state is S.CHECKING else S.PAUSED)
