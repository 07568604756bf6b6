"""Rules `bend_rate` and `repetition`: movements that are made too often."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st
from people import BENT, STANDING, Body, Camera, film, posture, stays, told, value

from edge_agent.data.posture import Band, Measure, Posture
from edge_agent.rules.bend_rate import BendRateSettings
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.excursions import WINDOW_S, Excursions, MovingPart
from edge_agent.rules.repetition import RepetitionSettings

BENDS = CatalogueSettings(bend_rate=BendRateSettings(enabled=True))
ARMS = CatalogueSettings(repetition=RepetitionSettings(enabled=True))


def bending(every_s: float, minutes: float, fps: float = 4.0, from_s: float = 0.0) -> list[Posture]:
    """Somebody who bends for two seconds in every so many."""
    shots = []
    for index in range(round(60.0 * minutes * fps)):
        t_s = from_s + index / fps
        body = BENT if t_s % every_s >= every_s - 2.0 else STANDING
        shots.append(posture(body, t_s))
    return shots


def arms(shots: list[Posture], every_s: float) -> list[Posture]:
    """The right arm goes up for the second half of each cycle."""

    def one(shot: Posture) -> Posture:
        deg = 80.0 if shot.t_s % every_s >= every_s / 2.0 else 10.0
        return replace(
            shot,
            left_upper_arm_deg=Measure(10.0, 0.9),
            right_upper_arm_deg=Measure(deg, 0.9),
            left_arm_band_deg=Band(10.0, 10.0),
            right_arm_band_deg=Band(deg, deg),
        )

    return [one(shot) for shot in shots]


@pytest.mark.parametrize("fps", [2.0, 4.0, 10.0])
def test_bending_more_than_twice_a_minute_for_five_minutes_is_reported_once(fps: float) -> None:
    events = Camera(settings=BENDS).watch(bending(20.0, 8.0, fps))
    assert told(events, "bend_rate") == [("bend_rate", "raised")]
    assert events[0].observed_s == pytest.approx(10 * 20.0 - 2.0, abs=1.0 / fps + 0.01), "the tenth bend"
    assert value(events[0], "bend_count") == 10.0


def test_it_ends_when_they_become_fewer() -> None:
    busy = bending(20.0, 6.0)
    quiet = film(stays(STANDING, 300.0), fps=4.0, from_s=360.0)
    events = Camera(settings=BENDS).watch([*busy, *quiet])
    assert told(events, "bend_rate") == [("bend_rate", "raised"), ("bend_rate", "cleared")]


def test_it_ends_as_unseen_while_nobody_can_tell_whether_it_goes_on() -> None:
    """The movements of half an hour ago are not those of now, whether the joints are sure since or not."""
    camera = Camera(settings=BENDS)
    unsure = [replace(shot, trunk_inclination_deg=Measure(5.0, 0.3)) for shot in film(stays(STANDING, 600.0), fps=2.0)]
    events = camera.watch([*bending(20.0, 6.0), *(replace(shot, t_s=shot.t_s + 360.0) for shot in unsure)])
    assert told(events, "bend_rate") == [("bend_rate", "raised"), ("bend_rate", "cleared")]
    assert value(events[1], "resolved") == "unseen"
    assert events[1].observed_s <= 360.0 + WINDOW_S + 60.0


def test_bending_once_in_a_minute_is_work_as_usual() -> None:
    assert told(Camera(settings=BENDS).watch(bending(60.0, 12.0)), "bend_rate") == []


def test_raising_an_arm_over_60_deg_twice_a_minute_is_repetition_and_less_often_is_not() -> None:
    """EN 1005-4 allows ten a minute only up to 60 deg."""
    shots = film(stays(STANDING, 400.0), fps=4.0)
    assert told(Camera(settings=ARMS).watch(arms(shots, 28.0))) == [("repetition", "raised")]
    assert told(Camera(settings=ARMS).watch(arms(shots, 36.0))) == []


def test_a_place_where_arms_go_up_at_every_cycle_may_allow_more() -> None:
    settings = CatalogueSettings(repetition=RepetitionSettings(enabled=True, per_minute=10.0))
    shots = film(stays(STANDING, 400.0), fps=4.0)
    assert told(Camera(settings=settings).watch(arms(shots, 6.0))) == [("repetition", "raised")]
    assert told(Camera(settings=settings).watch(arms(shots, 7.5))) == []


ANGLES = st.lists(st.tuples(st.floats(0.0, 120.0), st.floats(0.0, 1.0), st.floats(1 / 60, 30.0)), max_size=200)


@tries(deadline=None)
@given(frames=ANGLES)
def test_the_count_is_never_more_than_the_rises_in_the_window(frames: list[tuple[float, float, float]]) -> None:
    """Against a plain count over the whole past; the slots forget up to ten seconds late."""
    excursions = Excursions(MovingPart.TRUNK)
    t_s, out, rises_s = 0.0, True, []
    for angle_deg, sure, gap_s in frames:
        t_s += gap_s
        excursions.add(trunk(t_s, angle_deg, sure))
        if sure >= 0.5:
            if out:
                out = angle_deg >= 45.0
            elif angle_deg >= 60.0:
                out = True
                rises_s.append(t_s)
        assert excursions.seen_s <= WINDOW_S + 10.0 + 1.0
        assert excursions.count >= sum(t_s - at_s <= WINDOW_S - 10.0 for at_s in rises_s if sure >= 0.5)
        assert excursions.count <= len(rises_s)
        assert 0.0 <= excursions.seen_s <= t_s


def trunk(t_s: float, angle_deg: float, sure: float) -> Posture:
    body: Body = STANDING
    angle = Measure(angle_deg, sure)
    return replace(posture(body, t_s), trunk_inclination_deg=angle, trunk_band_deg=None)
