"""Finds the persons of a clip frame by frame with the teacher, and joins them over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from edge_agent.models.training.real.blazepose_models import Picture
from edge_agent.models.training.real.coco_joints import Points, oks
from edge_agent.models.training.real.pose_sanity import body_size_px
from edge_agent.models.training.real.teacher import LEAST_PRESENCE, TaughtPerson, Teacher, each_once
from edge_agent.models.training.real.temporal_filter import JointTrack, clean

SAME_TRACK_OKS: Final = 0.25
LONGEST_LOST_FRAMES: Final = 6
EVERYWHERE: Final = np.ones(17, dtype=bool)


@dataclass(frozen=True, slots=True)
class ClipRules:
    """How to look for the persons of a clip.

    Attributes:
        turns_deg: angles at which to run the detector; all four where persons lie.
        tiles: how many tiles a side; more where persons are small.
        alone: whether one person acts; then the largest track is that person, through every loss.
        least_size_px: shortest trunk of a person to label.
        least_score: worst answer to label.
    """

    turns_deg: tuple[int, ...] = (0,)
    tiles: tuple[int, ...] = (1,)
    alone: bool = False
    least_size_px: float = 20.0
    least_score: float = 0.6


@dataclass(slots=True)
class PersonTrack:
    """One person through a clip: what the teacher said, by frame.

    Attributes:
        persons: frame index to the teacher's answer.
        last: the last frame that has one.
    """

    persons: dict[int, TaughtPerson] = field(default_factory=dict)
    last: int = -1

    def add(self, frame: int, person: TaughtPerson) -> None:
        """Remembers the person at this frame."""
        self.persons[frame] = person
        self.last = frame


def follow(teacher: Teacher, frames: Sequence[Picture], rules: ClipRules) -> list[PersonTrack]:
    """Finds and follows every person of the clip."""
    tracks: list[PersonTrack] = []
    for index, frame in enumerate(frames):
        alive = [track for track in tracks if index - track.last <= LONGEST_LOST_FRAMES]
        previous = [track.persons[track.last] for track in alive]
        # The detector is slow and a followed person is seldom lost: every third frame is enough.
        search = not previous or index % 3 == 0 or not rules.alone
        for person in _found(teacher, frame, previous, rules if search else replace(rules, turns_deg=())):
            track = next(iter(tracks), None) if rules.alone else _nearest(alive, person, index)
            if track is None:
                track = PersonTrack()
                tracks.append(track)
            track.add(index, person)
    return tracks


def joint_track(track: PersonTrack, frame_count: int, *, least_score: float) -> JointTrack:
    """The track's joints over all frames, cleaned."""
    points_px = np.zeros((frame_count, 17, 2))
    sure = np.zeros((frame_count, 17), dtype=bool)
    size_px = np.zeros(frame_count)
    for index, person in track.persons.items():
        points_px[index] = person.points_px
        sure[index] = person.sure & (person.good and person.score >= least_score)
        size_px[index] = body_size_px(person.points_px)
    return clean(JointTrack(points_px=points_px, sure=sure, size_px=size_px))


def _found(teacher: Teacher, frame: Picture, previous: Sequence[TaughtPerson], rules: ClipRules) -> list[TaughtPerson]:
    regions = [person.next_region for person in previous]
    if rules.tiles == (1,):
        regions += teacher.regions(frame, turns_deg=rules.turns_deg)
    answers = []
    for region in regions:
        quick = teacher.look(frame, region)
        if quick.presence >= LEAST_PRESENCE and body_size_px(quick.points_px) >= rules.least_size_px:
            answers.append((_continuity(quick.points_px, previous) * float(quick.visibility.mean()), quick))
    answers.sort(key=lambda pair: -pair[0])
    if rules.alone:
        answers = answers[:2]
    examined = [teacher.examine(frame, quick.next_region) for _, quick in answers]
    persons = [person for person in examined if person is not None]
    if rules.tiles != (1,):
        persons += teacher.find(frame, tiles=rules.tiles)
    persons = [person for person in persons if body_size_px(person.points_px) >= rules.least_size_px]
    if rules.alone:
        persons.sort(key=lambda one: -one.score * _continuity(one.points_px, previous))
        return persons[:1]
    return each_once(persons)


def _continuity(points_px: Points, previous: Sequence[TaughtPerson]) -> float:
    # From 0.5 for a pose unlike any before to 1 for one that goes on from the frame before.
    if not previous:
        return 0.5
    return 0.5 + 0.5 * max(
        oks(points_px, other.points_px, both=EVERYWHERE, area_px2=other.area_px2) for other in previous
    )


def _nearest(alive: Sequence[PersonTrack], person: TaughtPerson, index: int) -> PersonTrack | None:
    best, best_oks = None, SAME_TRACK_OKS
    for track in alive:
        if index in track.persons:
            continue
        other = track.persons[track.last]
        similarity = oks(person.points_px, other.points_px, both=EVERYWHERE, area_px2=other.area_px2)
        if similarity > best_oks:
            best, best_oks = track, similarity
    return best
