"""The tracking stage as the rest of the pipeline sees it: who is followed, where, and how sure."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_people import FIGURE, SIZE_PX, Film, Seen, even_flow, no_flow, poses

from edge_agent.data.pose import Poses
from edge_agent.data.track import Track, Tracks, TrackState
from edge_agent.track.life_cycle import LifeTimes
from edge_agent.track.pose_to_track import PoseToTrack, TrackSettings

ANNA = Seen(300, 300)
BEN = Seen(700, 300)


def settled(film: Film, *people: Seen) -> Tracks:
    """After a second of standing there."""
    for _ in range(max(3, round(1.0 / film.dt_s))):
        tracks = film.show(*people)
    return tracks


def centre_x(track: Track) -> float:
    return float(track.box_px[0] + track.box_px[2]) / 2.0


def test_nobody_is_followed_in_an_empty_view() -> None:
    film = Film(fps=10)
    tracks = film.show()
    assert tracks.people == ()
    assert (tracks.camera, tracks.t_s, tracks.width_px, tracks.height_px) == ("c", 100.0, *SIZE_PX)
    assert not film.tracker.anybody


@settings(max_examples=25, deadline=None)
@given(st.floats(2.0, 60.0))
def test_a_person_is_followed_for_the_same_time_at_every_frame_rate(fps: float) -> None:
    film = Film(fps)
    while not film.show(ANNA).people:
        assert film.tracker.anybody, "the gate must not close on a track that does not count yet"
    confirmed_s = film.next_s - film.dt_s
    earliest_s = max(0.2, 2.0 * film.dt_s)
    assert earliest_s - 1e-6 <= confirmed_s < earliest_s + film.dt_s + 1e-6
    last_seen_s = film.next_s
    film.show(ANNA)
    while film.show(flow_px_s=(60.0, 0.0)).people:
        assert film.next_s < 100.0
    lost_for_s = film.next_s - film.dt_s - last_seen_s
    assert 5.0 - 1e-6 <= lost_for_s <= 5.0 + film.dt_s + 1e-6
    assert not film.tracker.anybody


def test_a_lost_person_is_kept_while_nothing_moves_and_keeps_the_id() -> None:
    film = Film(fps=5)
    (before,) = settled(film, ANNA).people
    for _ in range(60 * 5):
        (lost,) = film.show(flow_px_s=(0.0, 0.0)).people
    assert lost.state is TrackState.LOST
    assert lost.last_seen_s == before.last_seen_s
    assert lost.confidences.max() < 1e-6
    assert lost.box_px == pytest.approx(before.box_px, abs=1.0)
    (found,) = film.show(ANNA).people
    assert (found.id, found.state, found.first_seen_s) == (before.id, TrackState.CONFIRMED, before.first_seen_s)


@given(st.lists(st.booleans(), max_size=40), st.floats(5.0, 20.0))
def test_a_flicker_is_never_reported(on: list[bool], fps: float) -> None:
    """Never twice at one place within 0.4 s."""
    film = Film(fps)
    places = [Seen(100.0 + 150.0 * k, 300) for k in range(8)]
    for number, lit in enumerate(on):
        tracks = film.show(*([places[number % 8]] if lit else []))
        assert not tracks.people


def test_flickers_do_not_pile_up() -> None:
    film = Film(fps=10)
    for number in range(300):
        film.show(Seen(100.0 + 150.0 * (number % 7), 300))
    for _ in range(4):
        film.show()
    assert not film.tracker.anybody


@pytest.mark.parametrize("score", [0.1, 0.39])
def test_an_unsure_detection_never_starts_a_track_but_continues_one(score: float) -> None:
    film = Film(fps=10)
    unsure = replace(ANNA, score=score)
    for _ in range(20):
        assert not film.show(unsure).people
        assert not film.tracker.anybody
    (before,) = settled(film, ANNA).people
    for _ in range(20):
        (track,) = film.show(unsure).people
    assert (track.id, track.state) == (before.id, TrackState.CONFIRMED)
    assert track.score == pytest.approx(score)


def test_the_settings_say_from_which_score_on_a_person_counts() -> None:
    strict = Film(fps=10, tracker=PoseToTrack(TrackSettings(high_score=0.95)))
    assert not settled(strict, ANNA).people
    patient = Film(fps=10, tracker=PoseToTrack(TrackSettings(life=LifeTimes(confirm_s=1.5))))
    assert not settled(patient, ANNA).people
    assert settled(patient, ANNA, BEN).people


@pytest.mark.parametrize("fps", [8.0, 15.0, 30.0])
@pytest.mark.parametrize("apart_px", [15.0, 40.0])
def test_crossing_persons_keep_their_ids(fps: float, apart_px: float) -> None:
    """They pass each other at walking speed, one a little nearer to the camera."""
    film, speed_px_s = Film(fps), 120.0
    starts: dict[int, bool] = {}
    while film.next_s < 5.0:
        t_s = film.next_s
        going, coming = ANNA.at(300 + speed_px_s * t_s, 300), BEN.at(900 - speed_px_s * t_s, 300 + apart_px)
        tracks = film.show(going, coming, noise_px=2.0)
        if len(tracks.people) == 2 and not starts:
            starts = {track.id: centre_x(track) < 600 for track in tracks.people}
    assert len(tracks.people) == 2
    for track in tracks.people:
        assert starts[track.id] is (centre_x(track) > 600)


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(2, 5))
def test_the_order_of_detections_does_not_matter(random: Random, count: int) -> None:
    people = [Seen(150.0 + 180.0 * k, 300, score=0.9 - 0.01 * k) for k in range(count)]
    straight, shuffled = Film(fps=10), Film(fps=10)
    for number in range(8):
        walked = [person.at(person.x_px + (-1) ** k * 8.0 * number, 300) for k, person in enumerate(people)]
        one = straight.show(*walked)
        if number > 0:  # numbers are given in the order of the first frame
            random.shuffle(walked)
        other = shuffled.show(*walked)
        assert [track.id for track in one.people] == [track.id for track in other.people]
        for a, b in zip(one.people, other.people, strict=True):
            np.testing.assert_array_equal(a.box_px, b.box_px)
            np.testing.assert_array_equal(a.keypoints_px, b.keypoints_px)
    assert [track.id for track in one.people] == sorted(track.id for track in one.people)
    assert len(one.people) == count


@pytest.mark.parametrize(("fps", "left"), [(10.0, 0.95), (30.0, 0.8), (60.0, 0.7)])
def test_joints_are_smoother_than_the_detections_and_their_velocity_is_in_pixels_per_second(
    fps: float, left: float
) -> None:
    film, noise_px, speed_px_s = Film(fps), 3.0, 90.0
    errors_px, speeds_px_s = [], []
    while film.next_s < 4.0:
        person = ANNA.at(300 + speed_px_s * film.next_s, 300)
        tracks = film.show(person, noise_px=noise_px)
        if film.next_s > 1.0:
            errors_px.append(tracks.people[0].keypoints_px - person.keypoints_px)
            speeds_px_s.append(tracks.people[0].velocities_px_s)
    joints = np.array(errors_px)[:, 5:]  # from the shoulders down: the face is trusted to a pixel
    assert np.sqrt((joints**2).mean()) < left * noise_px
    assert np.mean(speeds_px_s, axis=(0, 1)) == pytest.approx([speed_px_s, 0.0], abs=6.0)


def test_a_surer_joint_is_trusted_more() -> None:
    sure, unsure = Film(fps=20), Film(fps=20)
    settled(sure, ANNA)
    settled(unsure, ANNA)
    jumped = ANNA.at(ANNA.x_px + 10, ANNA.y_px)
    (near,) = sure.show(jumped).people
    (far,) = unsure.show(replace(jumped, confidence=0.3)).people
    off = jumped.keypoints_px[:, 0]
    assert (np.abs(near.keypoints_px[:, 0] - off) < np.abs(far.keypoints_px[:, 0] - off)).all()


def test_confidence_is_the_detectors_and_fades_with_time_only_while_unseen() -> None:
    film = Film(fps=10)
    (track,) = settled(film, ANNA).people
    assert track.confidences == pytest.approx(np.full(17, 0.9))
    for _ in range(15):
        (track,) = film.show().people
    assert track.confidences == pytest.approx(np.full(17, 0.9 / np.e), rel=1e-3)
    (track,) = film.show(replace(ANNA, confidence=0.05)).people
    assert track.confidences == pytest.approx(np.full(17, 0.9 * np.exp(-1.6 / 1.5)), rel=1e-3)


def test_unseen_joints_of_a_detected_person_go_with_the_flow() -> None:
    film, speed_px_s = Film(fps=20), 100.0
    settled(film, ANNA)
    for number in range(1, 21):
        person = ANNA.at(300 + speed_px_s * number / 20, 300)
        (track,) = film.show(replace(person, confidence=0.05), flow_px_s=(speed_px_s, 0.0)).people
    assert track.state is TrackState.CONFIRMED
    assert track.keypoints_px == pytest.approx(person.keypoints_px, abs=8.0)


def test_a_found_again_person_is_where_the_detector_says_within_a_third_of_a_second() -> None:
    film = Film(fps=18)
    settled(film, ANNA)
    for _ in range(36):
        film.show(flow_px_s=(0.0, 0.0))
    elsewhere = ANNA.at(ANNA.x_px + 25, ANNA.y_px + 10)
    for _ in range(6):
        (track,) = film.show(elsewhere, flow_px_s=(0.0, 0.0)).people
    assert track.keypoints_px == pytest.approx(elsewhere.keypoints_px, abs=6.0)
    assert track.box_px == pytest.approx(elsewhere.box_px, abs=6.0)


def test_motion_on_a_person_is_measured_in_any_direction() -> None:
    film = Film(fps=10)
    settled(film, ANNA)
    (track,) = film.show(ANNA, flow_px_s=(30.0, -40.0)).people
    assert track.motion_px_s == pytest.approx(50.0, rel=1e-3)


def test_a_long_gap_in_the_stream_does_not_carry_anybody_off() -> None:
    tracker = PoseToTrack()
    for number in range(20):
        tracks = tracker(poses([ANNA.at(300 + 10 * number, 300)]), no_flow(number / 10), "c", SIZE_PX)
    (before,) = tracks.people
    (after,) = tracker(Poses.empty(), no_flow(60.0), "c", SIZE_PX).people
    assert centre_x(after) - centre_x(before) == pytest.approx(100.0, abs=20.0)
    assert tracker(Poses.empty(), no_flow(1.9 + 121.0), "c", SIZE_PX).people == ()


def test_a_box_is_never_turned_inside_out() -> None:
    """A box that closes fast, then a gap: its corners are filtered apart."""
    film = Film(fps=10)
    settled(film, ANNA)
    for width_px in (40.0, 20.0, 4.0):
        film.show(replace(ANNA, width_px=width_px))
    for _ in range(8):
        (track,) = film.show().people
        assert track.box_px[0] <= track.box_px[2]
        assert track.box_px[1] <= track.box_px[3]


def test_what_was_reported_is_not_changed_by_later_frames() -> None:
    """Rules keep a history of tracks."""
    film = Film(fps=10)
    (track,) = settled(film, ANNA).people
    kept = [array.copy() for array in (track.box_px, track.keypoints_px, track.velocities_px_s, track.confidences)]
    for number in range(10):
        film.show(ANNA.at(300 + 10 * number, 300), BEN, flow_px_s=(100.0, 0.0))
    for before, now in zip(
        kept, (track.box_px, track.keypoints_px, track.velocities_px_s, track.confidences), strict=True
    ):
        np.testing.assert_array_equal(before, now)


def test_the_same_frames_give_the_same_tracks() -> None:
    first, second = Film(fps=12), Film(fps=12)
    for number in range(30):
        people = [ANNA.at(300 + 5 * number, 300)] + ([BEN] if number % 4 else [])
        one = first.show(*people, noise_px=2.0, flow_px_s=(60.0, 0.0))
        other = second.show(*people, noise_px=2.0, flow_px_s=(60.0, 0.0))
        assert [track.id for track in one.people] == [track.id for track in other.people]
        for a, b in zip(one.people, other.people, strict=True):
            np.testing.assert_array_equal(a.keypoints_px, b.keypoints_px)


def test_the_corner_of_a_box_does_not_stick_to_the_wall_behind() -> None:
    """Only the person's inside moves; the box goes along."""
    film = Film(fps=10)
    (before,) = settled(film, ANNA).people
    t_s = before.last_seen_s + 0.1
    flow = even_flow(t_s, 0.1)
    x1, y1, x2, y2 = (ANNA.box_px / flow.scale_px).round().astype(int)
    flow.field[y1 + 1 : y2 - 1, x1 + 1 : x2 - 1, 1] = 2.0  # grid pixels downwards
    (after,) = film.tracker(Poses.empty(), flow, "c", SIZE_PX).people
    shift_px = after.box_px - before.box_px
    assert shift_px[1::2] == pytest.approx([16.0, 16.0], abs=3.0)
    assert len(FIGURE) == len(after.keypoints_px)


def test_who_was_in_view_at_the_last_look_still_is_where_nobody_was_looked_for() -> None:
    film = Film(fps=20)
    settled(film, ANNA)
    for _ in range(3):
        (track,) = film.rest(flow_px_s=(40.0, 0.0)).people
        assert track.state is TrackState.CONFIRMED
        assert track.last_seen_s == pytest.approx(100.0 + film.next_s - film.dt_s)
    assert centre_x(track) > 300.0, "flow carries"


def test_who_was_lost_at_the_last_look_stays_lost_where_nobody_was_looked_for() -> None:
    film = Film(fps=20)
    settled(film, ANNA)
    (lost,) = film.show(flow_px_s=(0.0, 0.0)).people
    (still,) = film.rest(flow_px_s=(0.0, 0.0)).people
    assert (lost.state, still.state) == (TrackState.LOST, TrackState.LOST)
    assert still.last_seen_s == lost.last_seen_s


def test_a_person_is_confirmed_at_five_looks_a_second_of_twenty_frames() -> None:
    film = Film(fps=20)
    states = []
    for number in range(20):
        tracks = film.show(ANNA, flow_px_s=(0.0, 0.0)) if number % 4 == 0 else film.rest(flow_px_s=(0.0, 0.0))
        states.append([track.state for track in tracks.people])
    assert states[-1] == [TrackState.CONFIRMED]
    assert states.index([TrackState.CONFIRMED]) <= 12
