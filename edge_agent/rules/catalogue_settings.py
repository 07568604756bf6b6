"""The settings of every rule, as the configuration file writes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_agent.rules.arm_hold import ArmHoldSettings
from edge_agent.rules.bend_hold import BendHoldSettings
from edge_agent.rules.bend_rate import BendRateSettings
from edge_agent.rules.blind import BlindSettings
from edge_agent.rules.cancel_gesture import CancelGestureSettings
from edge_agent.rules.climbing import ClimbingSettings
from edge_agent.rules.fall import FallSettings
from edge_agent.rules.immobile import ImmobileSettings
from edge_agent.rules.lone_in_zone import LoneInZoneSettings
from edge_agent.rules.lost_while_falling import LostWhileFallingSettings
from edge_agent.rules.man_down import ManDownSettings
from edge_agent.rules.near_fall import NearFallSettings
from edge_agent.rules.neck_hold import NeckHoldSettings
from edge_agent.rules.overhead_reach import OverheadReachSettings
from edge_agent.rules.reach_in import ReachInSettings
from edge_agent.rules.repetition import RepetitionSettings
from edge_agent.rules.rushing import RushingSettings
from edge_agent.rules.slow_collapse import SlowCollapseSettings
from edge_agent.rules.sos_gesture import SosGestureSettings
from edge_agent.rules.squat_kneel import SquatKneelSettings
from edge_agent.rules.stoop_lift import StoopLiftSettings
from edge_agent.rules.wrong_way import WrongWaySettings
from edge_agent.rules.zone_dwell import ZoneDwellSettings
from edge_agent.rules.zone_entry import ZoneEntrySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSettings:
    """One entry a rule; what is left out keeps its cited default."""

    fall: FallSettings = field(default_factory=FallSettings)
    sos_gesture: SosGestureSettings = field(default_factory=SosGestureSettings)
    lost_while_falling: LostWhileFallingSettings = field(default_factory=LostWhileFallingSettings)
    slow_collapse: SlowCollapseSettings = field(default_factory=SlowCollapseSettings)
    man_down: ManDownSettings = field(default_factory=ManDownSettings)
    immobile: ImmobileSettings = field(default_factory=ImmobileSettings)
    zone_entry: ZoneEntrySettings = field(default_factory=ZoneEntrySettings)
    lone_in_zone: LoneInZoneSettings = field(default_factory=LoneInZoneSettings)
    wrong_way: WrongWaySettings = field(default_factory=WrongWaySettings)
    reach_in: ReachInSettings = field(default_factory=ReachInSettings)
    climbing: ClimbingSettings = field(default_factory=ClimbingSettings)
    rushing: RushingSettings = field(default_factory=RushingSettings)
    zone_dwell: ZoneDwellSettings = field(default_factory=ZoneDwellSettings)
    near_fall: NearFallSettings = field(default_factory=NearFallSettings)
    bend_hold: BendHoldSettings = field(default_factory=BendHoldSettings)
    arm_hold: ArmHoldSettings = field(default_factory=ArmHoldSettings)
    overhead_reach: OverheadReachSettings = field(default_factory=OverheadReachSettings)
    neck_hold: NeckHoldSettings = field(default_factory=NeckHoldSettings)
    squat_kneel: SquatKneelSettings = field(default_factory=SquatKneelSettings)
    stoop_lift: StoopLiftSettings = field(default_factory=StoopLiftSettings)
    bend_rate: BendRateSettings = field(default_factory=BendRateSettings)
    repetition: RepetitionSettings = field(default_factory=RepetitionSettings)
    cancel_gesture: CancelGestureSettings = field(default_factory=CancelGestureSettings)
    blind: BlindSettings = field(default_factory=BlindSettings)
