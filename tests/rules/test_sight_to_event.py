"""Rule `blind`: what a camera's picture is good for, as incidents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.data.sight import Sight, SightFault
from edge_agent.ids import SeededIds
from edge_agent.rules.blind import BlindSettings
from edge_agent.rules.sight_to_event import SightToEvent

DARK = SightFault.DARK
RATES = pytest.mark.parametrize("fps", [0.3, 0.5, 2.0, 18.0, 60.0])


class Watched:
    """One camera's sight over time."""

    def __init__(self, settings: BlindSettings | None = None) -> None:
        self.stage = SightToEvent("hall", settings or BlindSettings(), MediaClock(), SeededIds("test"))
        self.t_s = 0.0

    def see(self, fault: SightFault | None, seconds: float, fps: float = 10.0) -> list[Event]:
        events: list[Event] = []
        for _ in range(round(seconds * fps)):
            events.extend(self.stage(Sight(self.t_s, fault)))
            self.t_s += 1.0 / fps
        return events


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.phase.value, str(event.evidence[0].value)) for event in events]


@RATES
def test_seeing_nothing_for_ten_seconds_is_one_incident_with_its_reason_and_ends_when_it_sees(fps: float) -> None:
    watched = Watched()
    assert watched.see(None, 20.0, fps) == []
    raised = watched.see(SightFault.COVERED, 40.0, fps)
    assert told(raised) == [("raised", "covered")]
    assert raised[0].observed_s == pytest.approx(30.0, abs=1.1 / fps)
    assert (raised[0].severity, raised[0].verdict, raised[0].zone) == (Severity.WARNING, Verdict.YES, "hall")
    cleared = watched.see(None, 20.0, fps)
    assert told(cleared) == [("cleared", "recovered")]
    assert cleared[0].observed_s == pytest.approx(63.0, abs=2.1 / fps)
    assert (cleared[0].incident_id, cleared[0].rev) == (raised[0].incident_id, 1)
    assert cleared[0].duration_s == pytest.approx(43.0, abs=2.1 / fps)


def test_a_cloth_over_the_lens_for_a_moment_is_nothing() -> None:
    watched = Watched()
    assert [watched.see(SightFault.COVERED, 6.0), watched.see(None, 10.0), watched.see(SightFault.DARK, 6.0)] == [
        []
    ] * 3


def test_a_light_that_flickers_is_not_ten_seconds_of_dark() -> None:
    watched = Watched()
    assert [watched.see(fault, seconds) for fault, seconds in [(DARK, 0.5), (None, 1.5)] * 15] == [[]] * 30


def test_one_reason_after_another_is_one_incident() -> None:
    watched = Watched()
    events = [event for fault in SightFault for event in watched.see(fault, 15.0)]
    assert told(events) == [("raised", "dark")]


def test_turned_off_it_says_nothing_and_ends_what_it_said() -> None:
    watched = Watched()
    watched.see(DARK, 15.0)
    watched.stage.retune(BlindSettings(enabled=False))
    assert [event.phase for event in watched.see(DARK, 30.0)] == [Phase.CLEARED]


@given(
    st.lists(st.tuples(st.sampled_from([None, *SightFault]), st.floats(0.1, 30.0)), max_size=12),
    st.sampled_from([0.3, 2.0, 18.0]),
)
def test_whatever_it_sees_raised_and_cleared_take_turns_and_nothing_stays_raised(
    parts: list[tuple[SightFault | None, float]], fps: float
) -> None:
    watched = Watched()
    events = [event for fault, seconds in parts for event in watched.see(fault, seconds, fps)]
    events += watched.see(None, 30.0, fps)
    phases = [event.phase for event in events]
    assert phases == [Phase.RAISED, Phase.CLEARED] * (len(phases) // 2)
    assert len({event.incident_id for event in events}) == len(phases) // 2
