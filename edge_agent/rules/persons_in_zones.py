"""How many persons are in each zone of a camera: counts, never who."""

from __future__ import annotations

from edge_agent.data.event import Verdict
from edge_agent.data.posture import Postures
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize
from edge_agent.rules.placing import CARRIED_S, stands_in


def persons_in_zones(postures: Postures, zones: tuple[Zone, ...]) -> dict[str, int]:
    """Persons whose place on the floor is surely in a zone, by the zone's name.

    Under the camera's name: everybody who was detected within the last half second, wherever the feet are.
    """
    size = FrameSize(postures.width_px, postures.height_px)
    counts = {postures.camera: sum(person.unseen_s <= CARRIED_S for person in postures.people)}
    for zone in zones:
        verdicts = (stands_in(person, zone, size).verdict for person in postures.people)
        counts[zone.name] = sum(verdict is Verdict.YES for verdict in verdicts)
    return counts
