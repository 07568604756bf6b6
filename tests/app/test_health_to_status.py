"""The line of `systemctl status`, for a person who stands before the device."""

from __future__ import annotations

from typing import Any

from edge_agent.app.health_to_status import health_to_status
from edge_agent.mqtt.payload import CameraHealth, HealthPayload, OutboxHealth


def status(*, connected: bool = True, outbox: dict[str, Any] | None = None, **cameras: dict[str, Any]) -> str:
    numbers = {"fps": 14.5, "frames_dropped": 0, "last_frame_age_s": 0.1, "sight": "clear"}
    health = HealthPayload(
        at="2026-11-21T06:44:48.306Z",
        uptime_s=100.0,
        cameras={name: CameraHealth(**{**numbers, **changes}) for name, changes in cameras.items()},
        outbox=OutboxHealth(**{"pending": 0, "quarantined": 0, "dropped": 0, **(outbox or {})}),
    )
    return health_to_status(health, connected=connected)


def test_where_all_is_well_it_says_what_is_watched_and_that_somebody_hears() -> None:
    assert status(hall={}, yard={}) == "watching hall (14.5 frames/s), yard (14.5 frames/s); broker connected"


def test_a_camera_without_pictures_is_named_with_how_long() -> None:
    assert status(hall={}, yard={"last_frame_age_s": 61.4}) == (
        "watching hall (14.5 frames/s); yard gives no picture since 61 s; broker connected"
    )


def test_a_covered_camera_watches_nobody() -> None:
    assert status(hall={"sight": "covered"}) == "NOT WATCHING; hall cannot see anybody: covered; broker connected"


def test_a_camera_that_never_gave_a_picture_is_no_watching() -> None:
    assert status(hall={"last_frame_age_s": None}).startswith("NOT WATCHING; hall has given no picture yet")


def test_a_camera_whose_pictures_are_hardly_judged_is_not_watched() -> None:
    assert status(hall={"fps": 0.0}) == "NOT WATCHING; hall has less than one picture a second judged; broker connected"
    assert status(hall={}, yard={"fps": 0.9}) == (
        "watching hall (14.5 frames/s); yard has less than one picture a second judged; broker connected"
    )


def test_without_a_broker_it_says_how_much_waits() -> None:
    assert status(hall={}, connected=False, outbox={"pending": 3}).endswith("NO BROKER; 3 events wait on the disk")


def test_what_is_on_its_way_to_a_connected_broker_is_no_matter() -> None:
    assert "wait" not in status(hall={}, outbox={"pending": 3})


def test_a_disk_that_takes_nothing_and_a_broker_that_refuses_are_told() -> None:
    said = status(hall={}, outbox={"state": "memory_only", "reason": "disk full", "quarantined": 2})
    assert "THE DISK TAKES NO EVENTS: disk full" in said
    assert "2 events that the broker refuses" in said
