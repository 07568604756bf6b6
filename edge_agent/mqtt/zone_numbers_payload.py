"""Numbers of one zone or camera, as they leave the device: counts of everybody together, rounded."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edge_agent.mqtt.payload import Payload, Rfc3339

PERSON_S_STEP = 10
"""Seconds of persons are rounded to so many: our own, finer than a dashboard needs and too coarse to time a step."""


class PostureNumbers(Payload):
    """Seconds of persons by one ergonomic rule, rounded to ten; two persons count twice."""

    yes_s: int = Field(ge=0, description="In the posture.")
    no_s: int = Field(ge=0, description="Surely not.")
    indeterminate_s: int = Field(ge=0, description="In view, but one camera could not tell.")


class ZoneNumbersPayload(Payload):
    """What happened in a zone from `since` to `at`. The latest message of each `since` holds all earlier ones."""

    zone: str = Field(description="Name of the zone, or of a camera for its whole view.")
    since: Rfc3339 = Field(description="RFC 3339, UTC: the full hour, or when the agent began within it.")
    at: Rfc3339 = Field(description="RFC 3339, UTC: when these numbers were taken.")
    observed_s: int = Field(
        ge=0,
        description="Seconds in which the camera saw the place. Without them 0 persons mean nothing.",
    )
    persons: int | None = Field(ge=0, description="Seen there now; absent where the camera cannot see now.")
    persons_most: int = Field(ge=0, description="The most that were seen there at once.")
    person_s: int = Field(ge=0, description="Seconds of persons there, rounded to ten; two persons count twice.")
    incidents: dict[str, dict[Literal["info", "warning", "critical"], int]] = Field(
        description="How many were raised here, by rule and severity. What got worse since counts as what it is now."
    )
    exposure: dict[str, PostureNumbers] | None = Field(
        description="By ergonomic rule, for the whole view; absent for zones and where no such rule is enabled."
    )
