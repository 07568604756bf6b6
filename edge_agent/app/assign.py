"""What a camera is to watch for, from its settings."""

from __future__ import annotations

from edge_agent.data.zone import Zone
from edge_agent.pipeline import Assignment
from edge_agent.rules.catalogue import build_rules
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene


def assign(camera: str, zones: tuple[Zone, ...], settings: CatalogueSettings) -> Assignment:
    """The enabled rules on a camera's zones."""
    scene = Scene(camera, zones)
    return Assignment(scene, build_rules(settings, scene))
