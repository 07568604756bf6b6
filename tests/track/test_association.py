"""Which detection belongs to which track: the best assignment, sure detections first."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moving_people import Floats, Seen, poses

from edge_agent.data.keypoints import KEYPOINT_COUNT, OKS_SIGMAS, Keypoint
from edge_agent.data.pose import Poses
from edge_agent.track.association import Matches, associate, similarity

HIGH, LEAST = 0.4, 0.15

# Close together, so that most pairs overlap.
PEOPLE = st.builds(
    Seen,
    x_px=st.floats(100.0, 200.0),
    y_px=st.floats(100.0, 200.0),
    confidence=st.sampled_from([0.0, 0.5, 0.9]),
    width_px=st.floats(40.0, 90.0),
    height_px=st.floats(100.0, 200.0),
)
CROWD = st.lists(PEOPLE, max_size=4)


def predicted(people: list[Seen]) -> tuple[Floats, Floats]:
    boxes_px = np.array([person.box_px for person in people]).reshape(-1, 4)
    return boxes_px, np.array([person.keypoints_px for person in people]).reshape(-1, KEYPOINT_COUNT, 2)


def match(tracks: list[Seen], found: Poses, least: float = LEAST) -> Matches:
    return associate(*predicted(tracks), found, HIGH, least)


def pairs(matches: Matches) -> set[tuple[int, int]]:
    return set(zip(matches.tracks.tolist(), matches.detections.tolist(), strict=True))


def best_total(alike: Floats) -> float:
    """By trying every assignment; a pair under the limit counts nothing."""
    gain = np.where(alike >= LEAST, alike, 0.0)
    if gain.shape[0] > gain.shape[1]:
        gain = gain.T
    rows = range(gain.shape[0])
    return max(
        float(sum(gain[row, column] for row, column in zip(rows, columns, strict=True)))
        for columns in permutations(range(gain.shape[1]), gain.shape[0])
    )


@given(CROWD, CROWD)
def test_the_assignment_is_the_best_of_all(tracks: list[Seen], people: list[Seen]) -> None:
    found = poses(people)
    matches = match(tracks, found)
    alike = similarity(*predicted(tracks), found)
    assert len(set(matches.tracks.tolist())) == len(matches.tracks)
    assert len(set(matches.detections.tolist())) == len(matches.detections)
    chosen = alike[matches.tracks, matches.detections]
    assert (chosen >= LEAST).all()
    assert chosen.sum() == pytest.approx(best_total(alike))
    assert sorted([*matches.detections.tolist(), *matches.new.tolist()]) == list(range(len(people)))


@given(CROWD, CROWD, st.lists(st.sampled_from([0.1, 0.39, 0.4, 0.9]), min_size=4, max_size=4))
def test_unsure_detections_get_what_the_sure_ones_leave(
    tracks: list[Seen], people: list[Seen], scores: list[float]
) -> None:
    people = [replace(person, score=score) for person, score in zip(people, scores, strict=False)]
    found = poses(people)
    sure = [row for row, score in enumerate(found.scores.tolist()) if score >= HIGH]
    together = match(tracks, found)
    alone = match(tracks, poses([people[row] for row in sure]))
    assert {(t, d) for t, d in pairs(together) if d in sure} == {(t, sure[d]) for t, d in pairs(alone)}
    assert together.new.tolist() == [sure[d] for d in alone.new.tolist()], "an unsure detection never starts a track"
    free = [row for row in range(len(tracks)) if row not in alone.tracks]
    unsure = [row for row in range(len(people)) if row not in sure]
    left = match([tracks[row] for row in free], poses([people[row] for row in unsure]))
    assert {(t, d) for t, d in pairs(together) if d in unsure} == {(free[t], unsure[d]) for t, d in pairs(left)}


@given(CROWD, CROWD, st.randoms(use_true_random=False))
def test_the_order_of_the_detections_does_not_matter(tracks: list[Seen], people: list[Seen], random: Random) -> None:
    order = list(range(len(people)))
    random.shuffle(order)
    alike = similarity(*predicted(tracks), poses(people))
    values = alike[alike >= LEAST]
    if len(np.unique(values.round(9))) < len(values):
        return  # a tie may be broken either way
    straight, shuffled = match(tracks, poses(people)), match(tracks, poses([people[row] for row in order]))
    assert pairs(straight) == {(t, order[d]) for t, d in pairs(shuffled)}


def test_a_pair_under_the_limit_cannot_push_a_good_pair_aside() -> None:
    tracks = [Seen(100, 100), Seen(190, 100)]
    found = poses([Seen(110, 100)])
    alike = similarity(*predicted(tracks), found)[:, 0]
    assert alike[0] > 0.5 > LEAST > alike[1]
    assert pairs(match(tracks, found)) == {(0, 0)}


@given(PEOPLE, PEOPLE)
def test_similarity_is_one_with_itself_and_less_with_anybody_else(one: Seen, other: Seen) -> None:
    boxes, keypoints = predicted([one])
    assert similarity(boxes, keypoints, poses([one]))[0, 0] == pytest.approx(1.0, abs=1e-3)
    assert 0.0 <= similarity(boxes, keypoints, poses([other]))[0, 0] <= 1.0 + 1e-6  # the weights are float32
    far = one.at(one.x_px + 2000.0, one.y_px)
    assert similarity(boxes, keypoints, poses([far]))[0, 0] < 1e-6


def test_where_no_keypoint_is_seen_the_box_alone_decides() -> None:
    boxes, keypoints = predicted([Seen(100, 100)])
    blind = Seen(130, 100, confidence=0.1)  # the boxes share half of each
    assert similarity(boxes, keypoints, poses([blind]))[0, 0] == pytest.approx(1.0 / 3.0, rel=1e-4)


def test_even_an_eye_counts_for_half_a_tenth_of_the_height_off() -> None:
    person = Seen(100, 100, width_px=64.0, height_px=160.0)
    found = poses([person])
    only_eye = np.zeros((1, KEYPOINT_COUNT), np.float32)
    only_eye[0, Keypoint.LEFT_EYE] = 0.9
    boxes, keypoints = predicted([person])
    keypoints[0, :, 1] += 16.0
    oks = 2.0 * similarity(boxes, keypoints, replace(found, keypoint_confidences=only_eye))[0, 0] - 1.0
    assert oks == pytest.approx(np.exp(-(16.0**2) / (2.0 * 64.0 * 160.0 * (6.0 * OKS_SIGMAS[1]) ** 2)), rel=1e-3)
    assert oks > 0.5


def test_a_detection_of_no_numbers_belongs_to_nobody_and_blocks_nothing() -> None:
    boxes_px = np.array([[100.0, 100.0, 200.0, 400.0]])
    keypoints_px = np.full((1, 17, 2), 150.0)
    nan = np.full((1, 17, 2), np.nan, np.float32)
    poses = Poses(np.full((1, 4), np.nan, np.float32), np.array([0.9], np.float32), nan, np.ones((1, 17), np.float32))
    matches = associate(boxes_px, keypoints_px, poses, 0.4, 0.15)
    assert len(matches.tracks) == 0
