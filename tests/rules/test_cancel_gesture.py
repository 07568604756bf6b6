"""Rule `cancel_gesture`: one arm up, one down, held still: no help is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import LYING, STANDING, Body, Camera, film, stays, told, value, zone

from edge_agent.data.event import Event, Severity
from edge_agent.data.posture import Measure, Posture
from edge_agent.rules.cancel_gesture import WITHDRAWABLE, CancelGestureSettings
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.immobile import ImmobileSettings

ON = CatalogueSettings(
    cancel_gesture=CancelGestureSettings(enabled=True), immobile=ImmobileSettings(enabled=True, still_s=5.0)
)
HERE, THERE = STANDING.at(150.0), STANDING.at(500.0)


def armed(
    shots: list[Posture], left_deg: float, right_deg: float, *, elbows_deg: float = 170.0, sure: float = 0.9
) -> list[Posture]:
    return [
        replace(
            shot,
            left_upper_arm_deg=Measure(left_deg, sure),
            right_upper_arm_deg=Measure(right_deg, sure),
            left_elbow_deg=Measure(elbows_deg, sure),
            right_elbow_deg=Measure(elbows_deg, sure),
        )
        for shot in shots
    ]


def alarmed(
    body: Body = HERE, *, signs_s: float, track_id: int = 1, sign: tuple[float, float] = (170.0, 10.0)
) -> list[Posture]:
    """Immobile from 5 s on; gives the sign from 10 s on, and puts the arm down after it."""
    calm = armed(film(stays(body, 10.0), track_id=track_id), 10.0, 10.0)
    signing = armed(film(stays(body, signs_s), from_s=10.0, track_id=track_id), *sign)
    return [*calm, *signing, *armed(film(stays(body, 8.0), from_s=10.0 + signs_s, track_id=track_id), 10.0, 10.0)]


def of(events: list[Event], rule: str) -> list[Event]:
    return [event for event in events if event.rule == rule]


@pytest.mark.parametrize("sign", [(170.0, 10.0), (5.0, 160.0)])
def test_the_sign_held_for_3_s_withdraws_the_persons_own_incident(sign: tuple[float, float]) -> None:
    events = Camera(settings=ON).watch(alarmed(signs_s=5.0, sign=sign))
    assert told(events) == [
        ("immobile", "raised"),
        ("cancel_gesture", "raised"),
        ("immobile", "cleared"),
        ("cancel_gesture", "cleared"),
    ]
    raised, cleared = of(events, "immobile")
    assert value(cleared, "resolved") == "cancelled"
    assert cleared.incident_id == raised.incident_id
    assert (cleared.rev, cleared.observed_s) == (1, pytest.approx(13.0, abs=0.15))
    assert of(events, "cancel_gesture")[0].severity is Severity.INFO


def test_what_was_withdrawn_stays_quiet_for_its_cooldown_even_while_nothing_is_stored() -> None:
    camera = Camera(settings=ON, storing=False)
    camera.watch([*alarmed(signs_s=4.0), *armed(film(stays(HERE, 60.0), from_s=22.0), 10.0, 10.0)])
    assert len(of(camera.events, "immobile")) == 2


def test_somebody_elses_incident_stays() -> None:
    well = alarmed(HERE, signs_s=5.0)
    unwell = armed(film(stays(THERE, 23.0), track_id=2), 10.0, 10.0)
    events = Camera(settings=ON).watch(well, unwell)
    immobile = of(events, "immobile")
    assert [event.phase.value for event in immobile] == ["raised", "raised", "cleared"]
    still_running = {event.incident_id for event in immobile[:2]} - {immobile[2].incident_id}
    assert len(still_running) == 1


def test_a_bystanders_sign_does_not_end_the_alarm_about_who_lies() -> None:
    lies = film(stays(LYING.at(450.0), 30.0))
    stands = armed(film(stays(HERE, 30.0), track_id=2), 170.0, 10.0)
    quiet = CatalogueSettings(cancel_gesture=CancelGestureSettings(enabled=True))
    assert "cleared" not in {phase for _, phase in told(Camera(settings=quiet).watch(lies, stands))}


def test_without_an_incident_about_the_person_a_raised_arm_is_no_event() -> None:
    events = Camera(settings=ON).watch(armed(film(stays(replace(HERE, motion_h_s=0.2), 20.0)), 170.0, 10.0))
    assert events == []


def test_that_somebody_is_in_a_forbidden_zone_cannot_be_withdrawn() -> None:
    press = zone("press", 0, 0, 640, 480)
    events = Camera((press,), settings=ON).watch(alarmed(signs_s=5.0))
    assert told(events, "zone_entry") == [("zone_entry", "raised")]
    assert told(events, "immobile") == [("immobile", "raised"), ("immobile", "cleared")]


@pytest.mark.parametrize(
    ("left_deg", "right_deg", "elbows_deg", "sure"),
    [
        (170.0, 170.0, 170.0, 0.9),  # both up: "yes, I need help"
        (10.0, 10.0, 170.0, 0.9),
        (120.0, 10.0, 170.0, 0.9),  # reaching up
        (170.0, 60.0, 170.0, 0.9),
        (170.0, 10.0, 90.0, 0.9),  # a hand on the head
        (170.0, 10.0, 170.0, 0.4),
    ],
)
def test_other_arms_withdraw_nothing(left_deg: float, right_deg: float, elbows_deg: float, sure: float) -> None:
    calm = armed(film(stays(HERE, 10.0)), 10.0, 10.0)
    held = armed(film(stays(HERE, 10.0), from_s=10.0), left_deg, right_deg, elbows_deg=elbows_deg, sure=sure)
    assert told(Camera(settings=ON).watch([*calm, *held]), "immobile") == [("immobile", "raised")]


def test_a_sign_of_2_s_withdraws_nothing() -> None:
    assert told(Camera(settings=ON).watch(alarmed(signs_s=2.0))) == [("immobile", "raised")]


def test_it_is_off_unless_asked_for() -> None:
    events = Camera(settings=CatalogueSettings(immobile=ON.immobile)).watch(alarmed(signs_s=5.0))
    assert told(events) == [("immobile", "raised")]


def test_every_rule_that_may_be_withdrawn_is_one_of_the_catalogue() -> None:
    everything = CatalogueSettings(
        **{
            name: replace(getattr(CatalogueSettings(), name), enabled=True)
            for name in CatalogueSettings.__dataclass_fields__
        }
    )
    assert {rule.name for rule in build_rules(everything, Scene("hall", ()))} >= WITHDRAWABLE
