"""The life of one incident, from verdicts alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.data.event import Severity, Verdict
from edge_agent.rules.rule import Judgement
from edge_agent.rules.timing import Timing
from edge_agent.rules.watch import Change, Watch, advance, start_cooldown

YES, NO, UNSURE = Verdict.YES, Verdict.NO, Verdict.INDETERMINATE
TIMING = Timing(onset_s=1.0, clear_s=2.0, unseen_s=10.0, cooldown_s=5.0, escalate_s=8.0)
# 60 frames a second and 2: the slowest and the fastest camera that the agent is for.
# An eighth of a second adds up without rounding.
FRAME_S = 0.125
GAPS_S = st.sampled_from([1 / 60, 1 / 30, 1 / 18, 0.1, 0.25, 0.5])


@dataclass(frozen=True)
class Told:
    at_s: float
    change: Change
    watch: Watch


def run(verdicts: list[tuple[float, Verdict]], timing: Timing = TIMING, store_after: int = 0) -> list[Told]:
    """Play (seconds since the frame before, verdict); every event is stored so many frames later."""
    watch, now_s, told = Watch(), 0.0, []
    to_store: list[int] = []
    for index, (gap_s, verdict) in enumerate(verdicts):
        now_s += gap_s
        step = advance(watch, Judgement(verdict, 0.9), now_s, timing, Severity.WARNING)
        watch = step.watch
        if step.change is not None:
            told.append(Told(now_s, step.change, watch))
            to_store.append(index + store_after)
        for _ in [due for due in to_store if due == index]:
            watch = start_cooldown(watch, now_s, timing)
    return told


def changes(told: list[Told]) -> list[Change]:
    return [item.change for item in told]


def held(verdict: Verdict, seconds: float, gap_s: float = FRAME_S) -> list[tuple[float, Verdict]]:
    return [(gap_s, verdict)] * round(seconds / gap_s)


def test_a_hold_that_may_pause_goes_on_after_a_short_no_and_starts_anew_after_a_long_one() -> None:
    patient = replace(TIMING, onset_s=4.0, pause_s=2.0)
    short = run(held(YES, 3.0) + held(NO, 1.0) + held(YES, 2.0), patient)
    assert [(item.at_s, item.change) for item in short] == [(FRAME_S + 4.0, Change.RAISED)]
    unsure = run(held(YES, 3.0) + held(UNSURE, 1.0) + held(YES, 2.0), patient)
    assert changes(unsure) == [Change.RAISED]
    assert changes(run(held(YES, 3.0) + held(NO, 2.5) + held(YES, 3.5), patient)) == []
    assert changes(run(held(YES, 3.0) + held(NO, 0.25) + held(YES, 2.0), replace(patient, pause_s=0.0))) == []


def test_raised_after_the_onset_and_cleared_after_the_condition_is_seen_over() -> None:
    told = run(held(YES, 2.0) + held(NO, 3.0))
    assert changes(told) == [Change.RAISED, Change.CLEARED]
    assert told[0].at_s == FRAME_S + TIMING.onset_s
    assert told[1].at_s == 2.0 + TIMING.clear_s, "from the last frame that said yes"


@given(fps=st.floats(2.0, 60.0))
def test_onset_is_late_by_less_than_a_frame_at_every_frame_rate(fps: float) -> None:
    told = run([(1.0 / fps, YES)] * math.ceil(3.0 * fps))
    late_s = told[0].at_s - 1.0 / fps - TIMING.onset_s
    assert -1e-6 <= late_s < 1.0 / fps + 1e-6


@given(fps=st.floats(2.0, 60.0), begins_s=st.floats(0.5, 2.0), lasts_s=st.floats(3.5, 6.0))
def test_no_event_moves_by_more_than_a_frame_with_the_frame_rate(fps: float, begins_s: float, lasts_s: float) -> None:
    """Of a condition that begins and ends between two frames."""
    ends_s = begins_s + lasts_s
    frames_s = [index / fps for index in range(math.ceil((ends_s + TIMING.clear_s + 1.0) * fps) + 1)]
    told = run([(1.0 / fps, YES if begins_s <= at_s < ends_s else NO) for at_s in frames_s])
    assert changes(told) == [Change.RAISED, Change.CLEARED]
    # `run` counts from one frame before the first.
    assert abs(told[0].at_s - 1.0 / fps - (begins_s + TIMING.onset_s)) <= 1.0 / fps + 1e-5
    assert abs(told[1].at_s - 1.0 / fps - (ends_s + TIMING.clear_s)) <= 1.0 / fps + 1e-5


def test_one_frame_proves_nothing_however_few_there_are() -> None:
    once_a_second = replace(TIMING, onset_s=0.5)
    assert changes(run([(1.0, NO), (1.0, YES), (1.0, NO)], once_a_second)) == []
    assert changes(run([(1.0, NO), (1.0, YES), (1.0, YES)], once_a_second)) == [Change.RAISED]


def test_a_short_stretch_that_cannot_be_judged_does_not_break_the_hold() -> None:
    assert changes(run(held(YES, 0.75) + held(UNSURE, 0.375) + held(YES, 0.25))) == [Change.RAISED]


def test_a_long_one_does() -> None:
    assert changes(run(held(YES, 0.75) + held(UNSURE, 0.75) + held(YES, 0.75))) == []


def test_a_single_no_breaks_the_hold() -> None:
    assert changes(run(held(YES, 1.0) + held(NO, 0.125) + held(YES, 0.875))) == []


def test_nothing_is_raised_on_a_frame_that_cannot_be_judged() -> None:
    assert changes(run([*held(YES, 1.0), *held(UNSURE, 0.5)])) == []


def test_a_gap_in_the_frames_starts_the_hold_anew() -> None:
    told = run([*held(YES, 0.75), (30.0, YES), *held(YES, 1.25)])
    assert told[0].at_s == 0.75 + 30.0 + TIMING.onset_s


def test_time_that_cannot_be_judged_is_counted_and_does_not_clear() -> None:
    told = run(held(YES, 1.25) + held(NO, 1.0) + held(UNSURE, 5.0) + held(NO, 0.5))
    assert changes(told) == [Change.RAISED]
    told = run(held(YES, 1.25) + held(NO, 1.0) + held(UNSURE, 5.0) + held(NO, 2.0))
    assert changes(told) == [Change.RAISED, Change.CLEARED]


def test_an_incident_that_cannot_be_judged_any_more_is_lost() -> None:
    told = run(held(YES, 1.25) + held(UNSURE, 12.0))
    assert changes(told) == [Change.RAISED, Change.LOST]
    assert told[1].at_s == 1.25 + TIMING.unseen_s


def test_a_camera_that_was_away_counts_as_unobserved_and_does_not_clear() -> None:
    watch = Watch()
    now_s = 0.0
    for gap_s, verdict in [*held(YES, 1.25), (0.125, NO), (60.0, NO)]:
        now_s += gap_s
        watch = advance(watch, Judgement(verdict, 0.9), now_s, TIMING, Severity.WARNING).watch
    assert watch.running is not None
    assert watch.running.unobserved_s == 59.0, "the frame before speaks for a second"


def test_a_frame_every_few_seconds_still_ends_an_incident() -> None:
    told = run(held(YES, 1.25) + held(NO, 30.0, 4.0))
    assert changes(told) == [Change.RAISED, Change.CLEARED]
    assert told[1].at_s == 1.25 + 3 * 4.0, "two seconds seen: one after the first frame of it, and one after the second"


def test_it_becomes_critical_exactly_once() -> None:
    told = run(held(YES, 30.0))
    assert changes(told) == [Change.RAISED, Change.ESCALATED]
    assert told[1].at_s == FRAME_S + TIMING.escalate_s
    assert told[1].watch.running is not None
    assert told[1].watch.running.severity is Severity.CRITICAL


def test_the_cooldown_starts_when_the_event_is_stored_and_not_before() -> None:
    again = held(YES, 1.25) + held(NO, 2.25) + held(YES, 20.0)
    stored = run(again)
    assert changes(stored) == [Change.RAISED, Change.CLEARED, Change.RAISED, Change.ESCALATED]
    assert stored[2].at_s >= stored[1].at_s + TIMING.cooldown_s - 1e-6
    never = run(again, store_after=10_000)
    assert never[2].at_s == 1.25 + 2.25 + TIMING.onset_s


def test_an_incident_is_confirmed_once_and_before_or_after_it_becomes_critical() -> None:
    early = run(held(YES, 30.0), replace(TIMING, confirm_s=2.0))
    assert [(item.at_s, item.change) for item in early] == [
        (FRAME_S + TIMING.onset_s, Change.RAISED),
        (FRAME_S + 2.0, Change.CONFIRMED),
        (FRAME_S + TIMING.escalate_s, Change.ESCALATED),
    ]
    assert changes(run(held(YES, 30.0), replace(TIMING, confirm_s=20.0))) == [
        Change.RAISED,
        Change.ESCALATED,
        Change.CONFIRMED,
    ]


def test_a_cooldown_hides_nothing_that_is_worse_than_what_it_followed() -> None:
    long = replace(TIMING, cooldown_s=1000.0)
    again = run(held(YES, 2.0) + held(NO, 3.0) + held(YES, 20.0), long)
    assert changes(again) == [Change.RAISED, Change.CLEARED, Change.RAISED]
    assert again[2].at_s == 5.0 + TIMING.escalate_s
    assert again[2].watch.running is not None
    assert again[2].watch.running.severity is Severity.CRITICAL
    as_bad = run(held(YES, 9.0) + held(NO, 3.0) + held(YES, 20.0), long)
    assert changes(as_bad) == [Change.RAISED, Change.ESCALATED, Change.CLEARED]


VERDICTS = st.lists(st.tuples(GAPS_S, st.sampled_from([YES, NO, UNSURE]), st.integers(1, 80)), max_size=40)


@given(runs=VERDICTS, gap=st.floats(0.0, 100.0))
def test_no_sequence_raises_twice_without_an_end_between_or_within_the_cooldown(
    runs: list[tuple[float, Verdict, int]], gap: float
) -> None:
    frames = [(gap_s, verdict) for gap_s, verdict, count in runs for _ in range(count)]
    frames.insert(len(frames) // 2, (gap, YES))
    told = run(frames)
    open_now, stored_s = False, float("-inf")
    escalated, last = 0, Severity.WARNING
    for item in told:
        if item.change is Change.RAISED:
            assert not open_now
            assert item.watch.running is not None
            worse = item.watch.running.severity is Severity.CRITICAL and last is Severity.WARNING
            assert worse or item.at_s >= stored_s + TIMING.cooldown_s - 1e-9
            open_now, escalated = True, 0
        else:
            assert open_now
            escalated += item.change is Change.ESCALATED
            assert escalated <= 1
            open_now = item.change is Change.ESCALATED
        if item.watch.running is not None:
            last = item.watch.running.severity
        stored_s = item.at_s


@given(runs=VERDICTS, gap_s=GAPS_S)
def test_no_incident_outlives_its_person(runs: list[tuple[float, Verdict, int]], gap_s: float) -> None:
    frames = [(dt_s, verdict) for dt_s, verdict, count in runs for _ in range(count)]
    told = run(frames + held(UNSURE, TIMING.unseen_s + 1.0, gap_s))
    assert not told or told[-1].change in (Change.CLEARED, Change.LOST)


@given(runs=VERDICTS)
def test_an_end_is_only_cleared_after_enough_frames_that_say_no(runs: list[tuple[float, Verdict, int]]) -> None:
    frames = [(dt_s, verdict) for dt_s, verdict, count in runs for _ in range(count)]
    times: list[tuple[float, float, Verdict]] = []
    now_s = 0.0
    for dt_s, verdict in frames:
        now_s += dt_s
        times.append((now_s, dt_s, verdict))
    since_s = 0.0
    for item in run(frames):
        if item.change is Change.CLEARED:
            no_s = sum(dt_s for at_s, dt_s, verdict in times if since_s < at_s <= item.at_s and verdict is NO)
            assert no_s >= TIMING.clear_s - 1e-6
        since_s = item.at_s
