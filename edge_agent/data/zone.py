"""A marked part of a camera's view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from annotated_types import Ge, Le, MinLen

Fraction = Annotated[float, Ge(0.0), Le(1.0)]
Vertex = tuple[Fraction, Fraction]


class ZoneKind(str, Enum):
    """What a zone means to the rules."""

    RESTRICTED = "restricted"
    WALKWAY = "walkway"
    ALLOWED_DOWN = "allowed_down"
    EXIT = "exit"
    OCCLUDER = "occluder"


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon on the floor as the camera sees it."""

    name: str
    """Unique on the device, also among the cameras; becomes a part of MQTT topics, so lower-case letters, digits
    and hyphens."""
    polygon: Annotated[tuple[Vertex, ...], MinLen(3)]
    """At least three vertices, x right and y down, as fractions of the frame's width and height, so that a change
    of resolution keeps them. Edges may not cross; the last vertex joins the first."""
    kind: ZoneKind = ZoneKind.RESTRICTED
    """``restricted`` raises `zone_entry`; ``walkway`` is a place to pass, where staying raises `zone_dwell`;
    ``allowed_down`` is one where lying is normal (a bed, a mat, a creeper), so that `fall` and `man_down` keep quiet in
    it; in an ``exit`` (a door) or behind an ``occluder`` (a machine, a pillar) people vanish without harm, so that
    `lost_while_falling` keeps quiet about whoever is lost there."""
