"""The settings of every rule, as the configuration file writes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_agent.rules.arm_hold import ArmHoldSettings
from edge_agent.rules.bend_hold import BendHoldSettings
from edge_agent.rules.blind import BlindSettings
from edge_agent.rules.cancel_gesture import CancelGestureSettings
from edge_agent.rules.fall import FallSettings
from edge_agent.rules.immobile import ImmobileSettings
from edge_agent.rules.lost_while_falling import LostWhileFallingSettings
from edge_agent.rules.man_down import ManDownSettings
from edge_agent.rules.near_fall import NearFallSettings
from edge_agent.rules.reach_in import ReachInSettings
from edge_agent.rules.slow_collapse import SlowCollapseSettings
from edge_agent.rules.sos_gesture import SosGestureSettings
from edge_agent.rules.zone_dwell import ZoneDwellSettings
from edge_agent.rules.zone_entry import ZoneEntrySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSettings:
    """One entry a rule; what is left out keeps its cited default."""

    fall: FallSettings = field(default_factory=FallSettings)
    lost_while_falling: LostWhileFallingSettings = field(default_factory=LostWhileFallingSettings)
    man_down: ManDownSettings = field(default_factory=ManDownSettings)
    slow_collapse: SlowCollapseSettings = field(default_factory=SlowCollapseSettings)
    zone_entry: ZoneEntrySettings = field(default_factory=ZoneEntrySettings)
    zone_dwell: ZoneDwellSettings = field(default_factory=ZoneDwellSettings)
    reach_in: ReachInSettings = field(default_factory=ReachInSettings)
    immobile: ImmobileSettings = field(default_factory=ImmobileSettings)
    near_fall: NearFallSettings = field(default_factory=NearFallSettings)
    sos_gesture: SosGestureSettings = field(default_factory=SosGestureSettings)
    cancel_gesture: CancelGestureSettings = field(default_factory=CancelGestureSettings)
    bend_hold: BendHoldSettings = field(default_factory=BendHoldSettings)
    arm_hold: ArmHoldSettings = field(default_factory=ArmHoldSettings)
    blind: BlindSettings = field(default_factory=BlindSettings)
