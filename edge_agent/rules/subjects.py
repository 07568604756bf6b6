"""Who is who for the rules: a person stays the same subject when the tracker gives out a new number."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from edge_agent.data.posture import Posture, Postures
from edge_agent.rules.history import History
from edge_agent.rules.last_up import was_up
from edge_agent.rules.placing import Box, reach_px
from edge_agent.rules.trust import EVIDENT

# A track that ends and one that begins this close and this soon are the same person.
_NEAR_H = 0.5
_SOON_S = 10.0
_OVERLAP = 0.3
# A flicker of the detector puts neither two persons apart nor one on the feet for so long (a step: 0.5 s, Winter 2009).
_APART_S = 0.5
_STOOD_S = 0.5
# Getting up takes a second or two, and moves far more than breathing and sensor noise do (see `man_down`).
_RISING_S = 2.0
_STILL_H_S = 0.05


@dataclass(slots=True, eq=False)
class Subject:
    """One person as the rules know them.

    Attributes:
        id: Number within this run.
        history: Recent postures.
        present: Whether there is a posture of this frame in it.
        reach_px: x1, y1, x2, y2: nothing of the person is outside; feet and hands are in the box, or hardly beside it.
        stood: Whether this person, and not only a part of somebody, was ever seen up.
    """

    id: int
    history: History = field(default_factory=History)
    present: bool = True
    reach_px: Box = (0.0, 0.0, 0.0, 0.0)
    stood: bool = False
    _up_since_s: float | None = None

    def add(self, posture: Posture) -> None:
        """Take in this frame's posture."""
        self.history.add(posture)
        self.reach_px = reach_px(posture)
        if not self.stood:
            if not was_up(posture):
                self._up_since_s = None
            elif self._up_since_s is None:
                self._up_since_s = posture.t_s
            else:
                self.stood = posture.t_s - self._up_since_s >= _STOOD_S


class Subjects:
    """Follows the persons of one camera across changes of track id."""

    def __init__(self) -> None:
        self._next_id = 1
        self._of_track: dict[int, int] = {}
        self._subjects: dict[int, Subject] = {}

    def follow(self, postures: Postures, needed: frozenset[int]) -> tuple[Subject, ...]:
        """Take in a frame.

        Args:
            postures: Of everybody who is tracked.
            needed: Subjects that must not be forgotten yet.

        Returns:
            Everybody who is remembered, present or not, in order of id.
        """
        self._part(postures)
        detected = {self._of_track.get(p.track_id) for p in postures.people if p.unseen_s <= 0.0}
        for posture in postures.people:
            if posture.track_id not in self._of_track:
                subject = self._adopt(posture, detected)
                self._of_track[posture.track_id] = subject.id
                detected.add(subject.id)
        chosen: dict[int, Posture] = {}
        for posture in postures.people:
            subject_id = self._of_track[posture.track_id]
            rival = chosen.get(subject_id)
            if rival is None or (posture.unseen_s, -posture.score) < (rival.unseen_s, -rival.score):
                chosen[subject_id] = posture
        for subject in self._subjects.values():
            subject.present = subject.id in chosen
            if subject.present:
                subject.add(chosen[subject.id])
        self._forget(postures, needed)
        return self.remembered()

    def remembered(self) -> tuple[Subject, ...]:
        """Everybody who is remembered, in order of id."""
        return tuple(self._subjects.values())

    def _adopt(self, posture: Posture, detected: set[int | None]) -> Subject:
        """The subject that this new track continues, or a new one."""
        candidates = [
            subject
            for subject in self._subjects.values()
            if subject.id not in detected
            and _continues(subject.history.now, posture)
            and not _stands_over(subject.history, posture)
        ]
        if candidates:
            return min(candidates, key=lambda subject: _distance_px(subject.history.now, posture))
        return self._new()

    def _part(self, postures: Postures) -> None:
        """Two tracks that were taken for one person are two after all where both are detected apart."""
        holders: dict[int, Posture] = {}
        for posture in postures.people:
            subject_id = self._of_track.get(posture.track_id)
            if subject_id is None or posture.unseen_s > 0.0:
                continue
            holder = holders.setdefault(subject_id, posture)
            if holder is not posture and not _continues(holder, posture):
                self._of_track[posture.track_id] = self._new().id

    def _new(self) -> Subject:
        subject = Subject(self._next_id)
        self._next_id += 1
        self._subjects[subject.id] = subject
        return subject

    def _forget(self, postures: Postures, needed: frozenset[int]) -> None:
        tracks = {posture.track_id for posture in postures.people}
        self._of_track = {track: subject for track, subject in self._of_track.items() if track in tracks}
        live = needed.union(self._of_track.values())
        self._subjects = {
            key: subject
            for key, subject in self._subjects.items()
            if key in live or postures.t_s - subject.history.now.t_s <= _SOON_S
        }


def seen_apart(first: Subject, second: Subject) -> bool:
    """Whether lately both were detected beside each other for a while: two persons, and no double of one."""
    theirs = {p.t_s: p for p in second.history if p.unseen_s <= 0.0}
    apart_s = [
        p.t_s for p in first.history if p.unseen_s <= 0.0 and p.t_s in theirs and not same_place(p, theirs[p.t_s])
    ]
    return len(apart_s) > 1 and apart_s[-1] - apart_s[0] >= _APART_S


def one_body(first: Posture, second: Posture) -> bool:
    """Whether two finds on the ground are so close that they may be torso and legs of one body."""
    a, b = first.box_px, second.box_px
    gap_px = math.hypot(max(a[0] - b[2], b[0] - a[2], 0.0), max(a[1] - b[3], b[1] - a[3], 0.0))
    return gap_px <= _NEAR_H * max(first.body_height_px.value, second.body_height_px.value)


def same_place(first: Posture, second: Posture) -> bool:
    """Whether two persons cover each other, so that one of them may be a double of the other."""
    return _overlap(first, second) >= 0.5


def _stands_over(history: History, posture: Posture) -> bool:
    """Whether somebody lies there, and this one stands: a helper who was not seen coming, and not a recovery.

    Whoever gets up moves on the way; a helper stands there while nothing moved where the other one lies.
    """
    line_px = history.risen_line_px
    if line_px is None or posture.shoulders.y_px >= line_px or posture.upright.value < EVIDENT:
        return False
    lately = [before.motion_h_s for before in history.back_to(posture.t_s - _RISING_S)]
    return not lately or max(lately) <= _STILL_H_S


def _continues(before: Posture, posture: Posture) -> bool:
    if posture.t_s - before.t_s > _SOON_S:
        return False
    near_px = _NEAR_H * max(before.body_height_px.value, posture.body_height_px.value)
    return _overlap(before, posture) >= _OVERLAP or _distance_px(before, posture) <= near_px


def _distance_px(first: Posture, second: Posture) -> float:
    a, b = first.box_px, second.box_px
    return math.hypot((a[0] + a[2] - b[0] - b[2]) / 2.0, (a[1] + a[3] - b[1] - b[3]) / 2.0)


def _overlap(first: Posture, second: Posture) -> float:
    """Shared area over the smaller box's area, 0..1."""
    a, b = first.box_px, second.box_px
    width_px = min(a[2], b[2]) - max(a[0], b[0])
    height_px = min(a[3], b[3]) - max(a[1], b[1])
    if width_px <= 0.0 or height_px <= 0.0:
        return 0.0
    smaller_px2 = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width_px * height_px / max(smaller_px2, 1e-9)
