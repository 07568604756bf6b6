"""The rules of one camera, built from their settings."""

from __future__ import annotations

from edge_agent.data.zone import ZoneKind
from edge_agent.rules.bend_hold import BendHold
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.fall import Fall
from edge_agent.rules.history import Scene
from edge_agent.rules.man_down import ManDown
from edge_agent.rules.rule import Rule
from edge_agent.rules.zone_entry import ZoneEntry


def build_rules(settings: CatalogueSettings, scene: Scene) -> tuple[Rule, ...]:
    """The enabled rules, most urgent first."""
    mats = tuple(zone for zone in scene.zones if zone.kind is ZoneKind.ALLOWED_DOWN)
    rules: list[Rule] = []
    if settings.fall.enabled:
        rules.append(Fall(settings.fall, mats))
    if settings.man_down.enabled:
        rules.append(ManDown(settings.man_down, mats))
    if settings.zone_entry.enabled:
        rules.append(ZoneEntry(settings.zone_entry))
    if settings.bend_hold.enabled:
        rules.append(BendHold(settings.bend_hold))
    return tuple(rules)
