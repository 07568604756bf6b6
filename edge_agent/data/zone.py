"""A marked part of a camera's view."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen

from edge_agent.data.polygon import contains
from edge_agent.data.shift import Shift

Fraction = Annotated[float, Ge(0.0), Le(1.0)]
Vertex = tuple[Fraction, Fraction]


class ZoneKind(str, Enum):
    """What a zone means to the rules."""

    RESTRICTED = "restricted"
    WALKWAY = "walkway"
    ALLOWED_DOWN = "allowed_down"
    EXIT = "exit"
    OCCLUDER = "occluder"
    SEAT = "seat"

    @property
    def excuses(self) -> bool:
        """Whether it keeps a rule quiet; the other kinds raise something."""
        return self not in (ZoneKind.RESTRICTED, ZoneKind.WALKWAY)


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
    ``allowed_down`` is one where lying is normal (a bed, a mat, a creeper), so that `fall`, `man_down`, `slow_collapse`
    and `lost_while_falling` keep quiet in it; in an ``exit`` (a door) or behind an ``occluder`` (a machine, a pillar)
    people vanish without harm, so that `lost_while_falling` keeps quiet about whoever is lost there; on a ``seat``
    people sit down, also fast: low hips alone are no `fall` there, lying still is. Draw a seat around the chair as the
    camera sees it."""
    one_way: tuple[Vertex, Vertex] | None = None
    """Of a ``walkway``: an arrow, ``[[x1, y1], [x2, y2]]`` as fractions of the frame; whoever walks against it raises
    `wrong_way`. Absent where people may walk both ways."""
    never_alone: bool = False
    """Work here needs two people (a confined space, high voltage, setting up a press): somebody who is the only one in
    the zone raises `lone_in_zone`. Without meaning in an ``exit`` or an ``occluder``; on an ``allowed_down`` or a
    ``seat`` it needs a zone without `active`."""
    active: Annotated[tuple[Shift, ...], MinLen(1), MaxLen(14)] = ()
    """When the zone is there, in `timezone`; always where absent. At other times it raises and excuses nothing. Where
    the device does not know the time, zones that raise something are there and those that excuse something are not."""
    _bounds: tuple[float, float, float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        xs, ys = zip(*self.polygon, strict=True)
        object.__setattr__(self, "_bounds", (min(xs), min(ys), max(xs), max(ys)))

    def bounds_px(self, width_px: int, height_px: int) -> tuple[float, float, float, float]:
        """x1, y1, x2, y2 of the smallest rectangle around it, in a frame of this size."""
        x1, y1, x2, y2 = self._bounds
        return x1 * width_px, y1 * height_px, x2 * width_px, y2 * height_px

    def contains(self, point: Vertex) -> bool:
        """Whether a point, as fractions of the frame, is inside or on the border."""
        # Every person is asked about every zone in every frame, and is in hardly any.
        x1, y1, x2, y2 = self._bounds
        return x1 <= point[0] <= x2 and y1 <= point[1] <= y2 and contains(self.polygon, point)
