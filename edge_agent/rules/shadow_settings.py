"""Rules on trial: judged and counted, never an alarm."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.rules.arm_hold import ArmHoldSettings
from edge_agent.rules.bend_hold import BendHoldSettings
from edge_agent.rules.bend_rate import BendRateSettings
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
class ShadowSettings:
    """The rules on trial. One that is listed runs with these thresholds beside the real one, whether that is on or off.

    Whatever it would have raised is counted in `health`, and reported to nobody. `enabled` has no meaning here.
    """

    fall: FallSettings | None = None
    """Thresholds of `fall` on trial; absent for none."""
    sos_gesture: SosGestureSettings | None = None
    """Thresholds of `sos_gesture` on trial; absent for none."""
    lost_while_falling: LostWhileFallingSettings | None = None
    """Thresholds of `lost_while_falling` on trial; absent for none."""
    slow_collapse: SlowCollapseSettings | None = None
    """Thresholds of `slow_collapse` on trial; absent for none."""
    man_down: ManDownSettings | None = None
    """Thresholds of `man_down` on trial; absent for none."""
    immobile: ImmobileSettings | None = None
    """Thresholds of `immobile` on trial; absent for none."""
    zone_entry: ZoneEntrySettings | None = None
    """Thresholds of `zone_entry` on trial; absent for none."""
    lone_in_zone: LoneInZoneSettings | None = None
    """Thresholds of `lone_in_zone` on trial; absent for none."""
    wrong_way: WrongWaySettings | None = None
    """Thresholds of `wrong_way` on trial; absent for none."""
    reach_in: ReachInSettings | None = None
    """Thresholds of `reach_in` on trial; absent for none."""
    climbing: ClimbingSettings | None = None
    """Thresholds of `climbing` on trial; absent for none."""
    rushing: RushingSettings | None = None
    """Thresholds of `rushing` on trial; absent for none."""
    zone_dwell: ZoneDwellSettings | None = None
    """Thresholds of `zone_dwell` on trial; absent for none."""
    near_fall: NearFallSettings | None = None
    """Thresholds of `near_fall` on trial; absent for none."""
    bend_hold: BendHoldSettings | None = None
    """Thresholds of `bend_hold` on trial; absent for none."""
    arm_hold: ArmHoldSettings | None = None
    """Thresholds of `arm_hold` on trial; absent for none."""
    overhead_reach: OverheadReachSettings | None = None
    """Thresholds of `overhead_reach` on trial; absent for none."""
    neck_hold: NeckHoldSettings | None = None
    """Thresholds of `neck_hold` on trial; absent for none."""
    squat_kneel: SquatKneelSettings | None = None
    """Thresholds of `squat_kneel` on trial; absent for none."""
    stoop_lift: StoopLiftSettings | None = None
    """Thresholds of `stoop_lift` on trial; absent for none."""
    bend_rate: BendRateSettings | None = None
    """Thresholds of `bend_rate` on trial; absent for none."""
    repetition: RepetitionSettings | None = None
    """Thresholds of `repetition` on trial; absent for none."""
    cancel_gesture: CancelGestureSettings | None = None
    """Thresholds of `cancel_gesture` on trial; absent for none."""
