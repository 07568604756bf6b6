"""Who is who across changes of track id."""

from __future__ import annotations

from dataclasses import replace

from people import LYING, STANDING, Body, Camera, Part, carried, film, posture, raised, stays, told, zone

from edge_agent.data.posture import Posture, Postures
from edge_agent.rules.subjects import Subjects

FALLS = (stays(STANDING, 2.0), Part(0.5, STANDING, LYING), stays(LYING, 3.0))
NOBODY: frozenset[int] = frozenset()


def follow(subjects: Subjects, t_s: float, *people: Posture, needed: frozenset[int] = NOBODY) -> dict[int, bool]:
    """Who is remembered, and whether present."""
    found = subjects.follow(Postures("hall", t_s, 640, 480, people), needed)
    return {subject.id: subject.present for subject in found}


def at(t_s: float, x_px: float, track_id: int, body: Body = STANDING, unseen_s: float = 0.0) -> Posture:
    return posture(body.at(x_px), t_s, track_id=track_id, unseen_s=unseen_s)


def test_a_new_track_where_one_just_ended_is_the_same_person() -> None:
    subjects = Subjects()
    assert follow(subjects, 0.0, at(0.0, 300, 1)) == {1: True}
    assert follow(subjects, 2.0) == {1: False}
    assert follow(subjects, 4.0, at(4.0, 320, 2)) == {1: True}


def test_a_new_track_a_step_further_is_the_same_person_too() -> None:
    subjects = Subjects()
    follow(subjects, 0.0, at(0.0, 300, 1))
    assert follow(subjects, 1.0, at(1.0, 380, 2)) == {1: True}


def test_a_new_track_somewhere_else_is_somebody_else() -> None:
    subjects = Subjects()
    follow(subjects, 0.0, at(0.0, 100, 1))
    assert follow(subjects, 1.0, at(1.0, 500, 2)) == {1: False, 2: True}


def test_a_new_track_beside_somebody_who_is_seen_is_somebody_else() -> None:
    subjects = Subjects()
    follow(subjects, 0.0, at(0.0, 300, 1))
    assert follow(subjects, 0.1, at(0.1, 300, 1), at(0.1, 330, 2)) == {1: True, 2: True}


def test_a_new_track_on_somebody_whom_only_flow_follows_is_that_person() -> None:
    subjects = Subjects()
    follow(subjects, 0.0, at(0.0, 300, 1))
    assert follow(subjects, 1.0, at(1.0, 300, 1, unseen_s=1.0), at(1.0, 310, 2)) == {1: True}


def test_two_tracks_taken_for_one_part_when_both_are_seen_apart() -> None:
    """Somebody lies unseen and a helper's new track begins there: when both are seen, each is one person."""
    subjects = Subjects()
    follow(subjects, 0.0, at(0.0, 300, 1, LYING))
    assert follow(subjects, 1.0, at(1.0, 300, 1, LYING, unseen_s=1.0), at(1.0, 310, 2)) == {1: True}
    assert follow(subjects, 2.0, at(2.0, 300, 1, LYING), at(2.0, 520, 2)) == {1: True, 2: True}
    assert follow(subjects, 2.1, at(2.1, 300, 1, LYING), at(2.1, 520, 2)) == {1: True, 2: True}


def test_who_is_gone_is_forgotten_unless_still_needed() -> None:
    subjects = Subjects()
    follow(subjects, 0.0, at(0.0, 300, 1))
    assert follow(subjects, 60.0, needed=frozenset({1})) == {1: False}
    assert follow(subjects, 60.1) == {}


def test_a_change_of_track_keeps_the_incident() -> None:
    up = film(Part(1.0, LYING, STANDING), stays(STANDING, 4.0), from_s=5.5, track_id=2)
    events = Camera().watch(film(*FALLS), up)
    assert told(events) == [("fall", "raised"), ("fall", "updated"), ("fall", "cleared")]
    assert len({event.incident_id for event in events}) == 1


def test_a_change_of_track_keeps_the_cooldown() -> None:
    press = zone("press", 200, 300, 500, 479)
    inside, outside = STANDING.at(350.0), STANDING.at(150.0)
    first = film(stays(inside, 2.0), Part(0.5, inside, outside), stays(outside, 2.0))
    again = film(Part(0.5, outside, inside), stays(inside, 3.0), from_s=4.5, track_id=7)
    assert told(Camera((press,)).watch(first, again)) == [("zone_entry", "raised"), ("zone_entry", "cleared")]


def test_two_tracks_on_one_person_raise_one_incident() -> None:
    double = [replace(shot, track_id=2) for shot in film(*FALLS)]
    assert len(raised(Camera().watch(film(*FALLS), double), "fall")) == 1


def test_two_persons_raise_two_incidents() -> None:
    left = (stays(STANDING.at(150.0), 2.0), Part(0.5, STANDING.at(150.0), LYING.at(150.0)), stays(LYING.at(150.0), 3.0))
    right = tuple(Part(p.seconds, p.start.at(480.0), p.end.at(480.0)) for p in left)
    events = raised(Camera().watch(film(*left), film(*right, track_id=2)), "fall")
    assert len({event.incident_id for event in events}) == 2


def test_a_double_that_turns_out_to_be_somebody_else_is_raised_with_its_whole_hold() -> None:
    """Two lie on top of each other; when the first is carried away the other one has lain as long."""
    other = film(stays(LYING, 60.0), track_id=2)
    first = film(stays(LYING, 20.0), Part(1.0, LYING, STANDING), stays(STANDING, 4.0), stays(STANDING.at(90.0), 1.0))
    camera = Camera(storing=False)
    events = raised(camera.watch(first, other), "man_down")
    assert len(events) == 2
    assert events[1].duration_s > 20.0


def test_a_helper_does_not_clear_the_incident_of_somebody_who_lies_unseen() -> None:
    fallen = film(*FALLS)
    helper = film(Part(3.0, STANDING.at(600.0), STANDING.at(380.0)), stays(STANDING.at(380.0), 8.0), track_id=2)
    events = Camera().watch([*fallen, *carried(fallen[-1], 10.0)], [replace(s, t_s=s.t_s + 3.0) for s in helper])
    assert told(events, "fall") == [("fall", "raised"), ("fall", "updated")]
