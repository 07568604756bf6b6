"""What a camera is to watch for, from its settings."""

from __future__ import annotations

from edge_agent.rules.catalogue import build_rules, build_shadow
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.rules_stage import Assignment
from edge_agent.rules.shadow_settings import ShadowSettings


def assign(scene: Scene, settings: CatalogueSettings, shadow: ShadowSettings | None = None) -> Assignment:
    """The enabled rules, and those on trial, in a scene."""
    on_trial = build_shadow(shadow, scene) if shadow else ()
    return Assignment(scene, build_rules(settings, scene), on_trial, settings.blind)
