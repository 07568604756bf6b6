"""The rules of one camera, built from their settings."""

from __future__ import annotations

import dataclasses

from edge_agent.data.zone import ZoneKind
from edge_agent.rules.arm_hold import ArmHold
from edge_agent.rules.bend_hold import BendHold
from edge_agent.rules.bend_rate import BendRate
from edge_agent.rules.cancel_gesture import CancelGesture
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.climbing import Climbing
from edge_agent.rules.fall import Fall
from edge_agent.rules.history import Scene
from edge_agent.rules.immobile import Immobile
from edge_agent.rules.lone_in_zone import LoneInZone
from edge_agent.rules.lost_while_falling import LostWhileFalling
from edge_agent.rules.man_down import ManDown
from edge_agent.rules.near_fall import NearFall
from edge_agent.rules.neck_hold import NeckHold
from edge_agent.rules.overhead_reach import OverheadReach
from edge_agent.rules.reach_in import ReachIn
from edge_agent.rules.repetition import Repetition
from edge_agent.rules.rule import Rule
from edge_agent.rules.rushing import Rushing
from edge_agent.rules.shadow_settings import ShadowSettings
from edge_agent.rules.slow_collapse import SlowCollapse
from edge_agent.rules.sos_gesture import SosGesture
from edge_agent.rules.squat_kneel import SquatKneel
from edge_agent.rules.stoop_lift import StoopLift
from edge_agent.rules.wrong_way import WrongWay
from edge_agent.rules.zone_dwell import ZoneDwell
from edge_agent.rules.zone_entry import ZoneEntry

# Where somebody may vanish on the way down without harm.
_HARMLESS = (ZoneKind.EXIT, ZoneKind.OCCLUDER, ZoneKind.ALLOWED_DOWN)


def build_rules(settings: CatalogueSettings, scene: Scene) -> tuple[Rule, ...]:
    """The enabled rules, most urgent first."""
    mats = scene.zones_of(ZoneKind.ALLOWED_DOWN)
    seats = scene.zones_of(ZoneKind.SEAT)
    harmless = scene.zones_of(*_HARMLESS)
    catalogue: tuple[tuple[bool, Rule], ...] = (
        (settings.fall.enabled, Fall(settings.fall, mats, seats)),
        (settings.sos_gesture.enabled, SosGesture(settings.sos_gesture)),
        (settings.lost_while_falling.enabled, LostWhileFalling(settings.lost_while_falling, harmless, seats)),
        (settings.slow_collapse.enabled, SlowCollapse(settings.slow_collapse, mats)),
        (settings.man_down.enabled, ManDown(settings.man_down, mats)),
        (settings.immobile.enabled, Immobile(settings.immobile)),
        (settings.zone_entry.enabled, ZoneEntry(settings.zone_entry)),
        (settings.lone_in_zone.enabled, LoneInZone(settings.lone_in_zone)),
        (settings.wrong_way.enabled, WrongWay(settings.wrong_way, scene.calibration)),
        (settings.reach_in.enabled, ReachIn(settings.reach_in)),
        (settings.climbing.enabled, Climbing(settings.climbing)),
        (settings.rushing.enabled, Rushing(settings.rushing)),
        (settings.zone_dwell.enabled, ZoneDwell(settings.zone_dwell)),
        (settings.near_fall.enabled, NearFall(settings.near_fall)),
        (settings.bend_hold.enabled, BendHold(settings.bend_hold)),
        (settings.arm_hold.enabled, ArmHold(settings.arm_hold)),
        (settings.overhead_reach.enabled, OverheadReach(settings.overhead_reach)),
        (settings.neck_hold.enabled, NeckHold(settings.neck_hold)),
        (settings.squat_kneel.enabled, SquatKneel(settings.squat_kneel, seats)),
        (settings.stoop_lift.enabled, StoopLift(settings.stoop_lift)),
        (settings.bend_rate.enabled, BendRate(settings.bend_rate)),
        (settings.repetition.enabled, Repetition(settings.repetition)),
        (settings.cancel_gesture.enabled, CancelGesture(settings.cancel_gesture)),
    )
    return tuple(rule for enabled, rule in catalogue if enabled)


def every_rule() -> tuple[Rule, ...]:
    """All of the catalogue with their defaults, enabled or not: for what tells of rules without judging anybody."""
    defaults = CatalogueSettings()
    parts = {
        part.name: dataclasses.replace(getattr(defaults, part.name), enabled=True)
        for part in dataclasses.fields(defaults)
    }
    return build_rules(dataclasses.replace(defaults, **parts), Scene("camera", ()))


def build_shadow(settings: ShadowSettings, scene: Scene) -> tuple[Rule, ...]:
    """The rules on trial: those that are listed."""
    listed = {
        part.name: dataclasses.replace(entry, enabled=True)
        for part in dataclasses.fields(settings)
        if (entry := getattr(settings, part.name)) is not None
    }
    rules = build_rules(dataclasses.replace(CatalogueSettings(), **listed), scene)
    return tuple(rule for rule in rules if rule.name in listed)
