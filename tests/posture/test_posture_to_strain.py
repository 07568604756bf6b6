"""Seconds of persons at each level: who counts, for how long, and what is never counted twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stick_figures import BENT, LYING, SITTING, STANDING, posture_of, track
from strained_people import frame, in_room, person

from edge_agent.data.keypoints import Keypoint as K
from edge_agent.data.posture import Band, Measure, Posture
from edge_agent.data.strain import Strain
from edge_agent.posture.posture_to_strain import PostureToStrain, StrainSettings

ON = StrainSettings()
OFF = StrainSettings(enabled=False)
AT_EASE = person()
REACHING = person(right_arm=100.0)


def shown(*people: Posture, seconds: float = 10.0, fps: float = 10.0, calibrated: bool = False) -> Strain | None:
    """What these persons add up to when they hold still."""
    stage = PostureToStrain(ON, calibrated=calibrated)
    for index in range(round(seconds * fps) + 1):
        stage(frame(100.0 + index / fps, *people))
    return stage.strain


def told(strain: Strain | None) -> Strain:
    assert strain is not None
    return strain


@pytest.mark.parametrize("fps", [1.0, 2.0, 5.0, 10.0, 30.0])
def test_seconds_are_those_of_the_clock_at_any_frame_rate(fps: float) -> None:
    strain = told(shown(AT_EASE, fps=fps))
    assert strain.rula_s == pytest.approx([10.0, 0.0, 0.0, 0.0], abs=0.6)
    assert strain.reba_s == pytest.approx([10.0, 0.0, 0.0, 0.0, 0.0], abs=0.6)
    assert strain.observable_share == 1.0


def test_two_persons_count_twice_each_at_his_own_level() -> None:
    strain = told(shown(AT_EASE, replace(REACHING, track_id=2)))
    assert strain.rula_s == pytest.approx([10.0, 10.0, 0.0, 0.0], abs=0.6)
    assert strain.total_s == pytest.approx(20.0, abs=1.1)


def test_a_frame_speaks_for_a_second_however_long_the_gap() -> None:
    stage = PostureToStrain(ON, calibrated=False)
    stage(frame(0.0, AT_EASE))
    stage(frame(60.0, AT_EASE))
    assert told(stage.strain).total_s == 1.0


def test_somebody_who_is_only_carried_by_flow_does_not_count() -> None:
    assert shown(replace(AT_EASE, unseen_s=0.3)) is None


def test_a_detector_that_sees_every_second_frame_loses_no_time() -> None:
    stage = PostureToStrain(ON, calibrated=False)
    for index in range(101):
        stage(frame(index / 10.0, AT_EASE if index % 2 == 0 else replace(AT_EASE, unseen_s=0.1)))
    assert told(stage.strain).total_s == pytest.approx(10.0, abs=0.6)


def test_somebody_who_lies_on_the_ground_does_not_count() -> None:
    assert shown(posture_of(track(LYING.keypoints_px))) is None


def test_somebody_bent_over_and_somebody_seated_do_count() -> None:
    assert told(shown(posture_of(track(BENT.keypoints_px)))).rula_s[1] > 9.0
    assert told(shown(posture_of(track(SITTING.keypoints_px)))).total_s > 9.0


def test_somebody_bent_whose_feet_are_hidden_may_as_well_lie() -> None:
    sure = {joint: 0.9 for joint in K if joint not in (K.LEFT_ANKLE, K.RIGHT_ANKLE)}
    strain = told(shown(posture_of(track(BENT.keypoints_px, sure))))
    assert (sum(strain.rula_s), strain.observable_share) == (0.0, 0.0)
    assert strain.unscored_s > 9.0


def test_somebody_without_a_trunk_is_in_view_but_not_scored() -> None:
    strain = told(shown(replace(AT_EASE, trunk_inclination_deg=Measure(0.0, 0.2))))
    assert (sum(strain.rula_s), sum(strain.reba_s)) == (0.0, 0.0)
    assert strain.unscored_s > 9.0


def test_the_observable_share_falls_with_everybody_whose_arms_are_hidden() -> None:
    hidden = replace(person(left_arm=None, right_arm=None), track_id=2)
    assert told(shown(AT_EASE, hidden)).observable_share == pytest.approx(0.5)


def test_on_a_calibrated_camera_the_smaller_solution_is_scored() -> None:
    doubtful = in_room(person(trunk=70.0), Band(2.0, 70.0), Band(0.0, 10.0), Band(0.0, 10.0))
    strain = told(shown(doubtful, calibrated=True))
    assert strain.calibrated
    assert strain.rula_s[0] > 9.0


def test_seconds_of_angles_of_two_kinds_are_never_mixed() -> None:
    stage = PostureToStrain(ON, calibrated=False)
    for index in range(50):
        stage(frame(index / 10.0, AT_EASE))
    stage.retune(ON, calibrated=False)
    assert told(stage.strain).total_s > 4.0
    stage.retune(ON, calibrated=True)
    assert stage.strain is None


def test_switched_off_nothing_is_kept() -> None:
    stage = PostureToStrain(OFF, calibrated=False)
    for index in range(50):
        stage(frame(index / 10.0, AT_EASE))
    assert stage.strain is None
    stage.retune(ON, calibrated=False)
    stage(frame(5.0, AT_EASE))
    assert stage.strain is None


STANCES = (STANDING, BENT, SITTING, LYING)


@given(
    film=st.lists(
        st.tuples(st.floats(0.01, 5.0), st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=4)), max_size=30
    )
)
def test_nobody_ever_counts_for_longer_than_the_film(film) -> None:
    stage = PostureToStrain(ON, calibrated=False)
    bodies = [posture_of(track(stance.keypoints_px)) for stance in STANCES]
    t_s = 0.0
    for gap_s, people in film:
        t_s += gap_s
        stage(
            frame(
                t_s,
                *(
                    replace(bodies[stance], track_id=index, unseen_s=0.0 if seen else 0.1)
                    for index, (stance, seen) in enumerate(people)
                ),
            )
        )
    strain = stage.strain
    if strain is not None:
        assert strain.total_s <= 4 * min(t_s, len(film)) + 1e-6
        assert sum(strain.reba_s) == pytest.approx(sum(strain.rula_s))
        assert 0.0 <= strain.observable_share <= 1.0
