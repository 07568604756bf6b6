"""What holds for every rule of the catalogue, whatever people, trackers, clocks and cameras do."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from people import (
    BENT,
    LYING,
    ON_CHAIR,
    SQUATTING,
    STANDING,
    Body,
    Camera,
    Part,
    film,
    stays,
    zone,
)

from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase
from edge_agent.data.posture import Posture
from edge_agent.data.zone import ZoneKind
from edge_agent.rules.catalogue_settings import CatalogueSettings

ZONES = (zone("press", 100, 300, 420, 479), zone("aisle", 60, 300, 600, 479, ZoneKind.WALKWAY))
BODIES = (
    STANDING,
    LYING,
    BENT,
    SQUATTING,
    ON_CHAIR,
    replace(LYING, motion_h_s=0.3),
    STANDING.at(90.0),
    LYING.at(520.0),
)
# As long as any rule keeps an incident about somebody who is gone, and a little longer.
UNSEEN_LONGEST_S = 190.0
RATES = [2.0, 3.0, 5.0, 10.0, 18.0, 30.0, 60.0]


def everything() -> CatalogueSettings:
    """Every rule, switched on."""
    parts = dataclasses.fields(CatalogueSettings)
    defaults = CatalogueSettings()
    on = {part.name: replace(getattr(defaults, part.name), enabled=True) for part in parts}
    return replace(defaults, **on)


@dataclass
class SteppedClock(MediaClock):
    """A clip's clock whose wall time somebody sets again and again."""

    steps_s: list[float] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        super().__init__(epoch_s=1.7e9)

    def wall_s(self) -> float:
        """Another error at each look."""
        self.calls += 1
        return super().wall_s() + (self.steps_s[self.calls % len(self.steps_s)] if self.steps_s else 0.0)


@dataclass(frozen=True)
class Scene:
    """What one person does, how the tracker calls that person, and for how long nobody sees anything afterwards."""

    body: Body
    seconds: float
    away_s: float
    track_id: int


SCENES = st.builds(
    Scene, st.sampled_from(BODIES), st.floats(0.3, 40.0), st.sampled_from([0.0, 0.0, 0.4, 3.0, 20.0]), st.integers(1, 4)
)


def play(camera: Camera, script: Sequence[Scene], fps: float) -> None:
    """One person through a script, with a second between two stances, then nobody for as long as a rule waits."""
    from_s, before = 0.0, STANDING
    for scene in script:
        parts = (Part(1.0, before, scene.body), stays(scene.body, scene.seconds))
        camera.watch(film(*parts, fps=fps, from_s=from_s, track_id=scene.track_id))
        from_s += 1.0 + scene.seconds
        camera.empty(from_s, scene.away_s, fps)
        from_s += scene.away_s
        before = scene.body
    camera.empty(from_s + 1.0 / fps, UNSEEN_LONGEST_S, fps=2.0)


def lives(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Events by incident."""
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.incident_id, []).append(event)
    return found


@tries(max_examples=15, deadline=None)
@given(
    script=st.lists(SCENES, min_size=1, max_size=4),
    fps=st.sampled_from(RATES[:5]),
    steps_s=st.lists(st.floats(-1e6, 1e6), max_size=3),
)
def test_every_incident_is_raised_once_and_ends(script: list[Scene], fps: float, steps_s: list[float]) -> None:
    camera = Camera(ZONES, everything(), clock=SteppedClock(steps_s))
    play(camera, script, fps)
    for life in lives(camera.events).values():
        assert [event.rev for event in life] == list(range(len(life)))
        assert [event.phase for event in life].count(Phase.RAISED) == 1
        assert (life[0].phase, life[-1].phase) == (Phase.RAISED, Phase.CLEARED)
        assert len(life) <= 4, "suspected, confirmed, critical, cleared"


@tries(max_examples=15, deadline=None)
@given(script=st.lists(SCENES, min_size=1, max_size=4), fps=st.sampled_from(RATES[:5]))
def test_one_person_never_has_two_incidents_of_one_rule_in_one_place(script: list[Scene], fps: float) -> None:
    """However often the tracker gives that person another number."""
    camera = Camera((), everything())
    play(camera, [replace(scene, away_s=0.0) for scene in script], fps)
    running: set[str] = set()
    for event in camera.events:
        if event.phase is Phase.RAISED:
            assert event.rule not in running
            running.add(event.rule)
        elif event.phase is Phase.CLEARED:
            running.remove(event.rule)


@tries(max_examples=8, deadline=None)
@given(script=st.lists(SCENES, max_size=4), steps_s=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=3))
def test_the_wall_clock_changes_nothing_but_the_times_that_are_shown(script: list[Scene], steps_s: list[float]) -> None:
    def told(clock: MediaClock) -> list[tuple[str, Phase, float, float]]:
        camera = Camera(ZONES, everything(), clock=clock)
        play(camera, script, 5.0)
        return [(event.rule, event.phase, event.observed_s, event.duration_s) for event in camera.events]

    assert told(SteppedClock(steps_s)) == told(MediaClock())


@pytest.mark.parametrize("body", BODIES[1:6], ids=["lying", "bent", "squatting", "on a chair", "restless"])
@pytest.mark.parametrize("seconds", [7.3, 20.4])
@pytest.mark.parametrize("way_s", [0.6, 3.0], ids=["fast", "slowly"])
def test_the_frame_rate_moves_no_event_by_more_than_one_frame(body: Body, seconds: float, way_s: float) -> None:
    """At 2 frames a second a fast fall is one picture, and may be missed: fast ways count from 10 on.

    `man_down` asks for most of the frames of five seconds, and a vote of few frames may turn half a frame off.
    """

    def told(fps: float) -> list[Event]:
        parts = (stays(STANDING, 6.0), Part(way_s, STANDING, body), stays(body, seconds))
        back = (Part(3.0, body, STANDING), stays(STANDING, 20.0))
        return Camera((), everything()).watch(film(*parts, *back, fps=fps))

    finest = told(60.0)
    for fps in RATES[3 if way_s < 1.0 else 0 : -1]:
        events = told(fps)
        assert [(event.rule, event.phase) for event in sorted(events, key=_order)] == [
            (event.rule, event.phase) for event in sorted(finest, key=_order)
        ], fps
        for rough, fine in zip(sorted(events, key=_order), sorted(finest, key=_order), strict=True):
            frames = 1.5 if rough.rule == "man_down" else 1.0
            late_s = abs(rough.observed_s - fine.observed_s)
            assert late_s <= frames / fps + 1.0 / 60.0 + 1e-3, (fps, rough.rule, rough.phase)


def _order(event: Event) -> tuple[str, int]:
    return event.rule, event.rev


def test_every_rule_is_tried_here() -> None:
    shots: list[Posture] = film(stays(LYING, 1.0))
    camera = Camera(ZONES, everything())
    camera.watch(shots)
    assert all(getattr(everything(), part.name).enabled for part in dataclasses.fields(CatalogueSettings))
    assert math.isfinite(shots[0].t_s)
