"""Rule `slow_collapse`: somebody sank to the ground too slowly for `fall`, and stays there without moving.

Who faints against a wall or a machine slides down it; the hips of some who lose consciousness never reach the speed of
a fall. One camera cannot tell it from somebody who lies down on purpose and keeps still.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.zone import Zone
from edge_agent.rules.going_down import Before
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.last_up import REMEMBERED_S
from edge_agent.rules.on_ground import is_down, stays_down
from edge_agent.rules.placing import may_lie_here
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import BARELY

# The rules that say already that this person is on the ground.
_SAID = frozenset(("fall", "lost_while_falling", "man_down"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowCollapseSettings:
    """Thresholds of `slow_collapse`. H is the person's own body height.

    Off until a trial (`shadow`) at the place has shown that nobody squats, kneels or rests there without moving: no
    footage that we have shows people doing so. List `fall` and `man_down` in that trial, too: rules on trial know of no
    other incidents, and it would count again what they tell.
    """

    enabled: bool = False
    """Whether the rule runs."""
    drop_h: Annotated[float, Gt(0), Le(1)] = 0.33
    """The shoulders must come down by this part of H, as for `fall`; bending by a right angle lowers them by 0.29."""
    ground_hips_h: Annotated[float, Gt(0), Le(0.5)] = 0.1
    """Hips lower than this above the ankles are on the floor: of somebody sitting on it they are at 0.05 or less, in a
    deep squat at 0.12 (our own, from the segments of Drillis and Contini)."""
    still_s: Annotated[float, Ge(0), Le(8)] = 5.0
    """Somebody on the ground who has not moved for so long raises a warning. No source gives a figure; it must be
    well under the 15 s of `man_down` to be of use."""
    still_h_s: Annotated[float, Ge(0), Le(1)] = 0.05
    """Mean optical flow on the person, in H/s, under which the person is still: breathing and sensor noise."""
    critical_s: Seconds = 30.0
    """Who is on the ground for so long, and still then, is critical, as for `man_down`."""
    recovered_s: Seconds = 2.0
    """The person must be up again for so long before it is cleared."""
    cooldown_s: Seconds = 60.0
    """The same person is not reported again for so long."""


class SlowCollapse:
    """Judges `slow_collapse`, except on the zones where lying is normal (`mats`)."""

    name = "slow_collapse"
    severity = Severity.WARNING
    ends_as = "recovered"
    ergonomic = False

    def __init__(self, settings: SlowCollapseSettings, mats: tuple[Zone, ...]) -> None:
        self._settings = settings
        self._mats = mats
        self.timing = Timing(
            onset_s=settings.still_s,
            clear_s=settings.recovered_s,
            unseen_s=120.0,
            cooldown_s=settings.cooldown_s,
            escalate_s=settings.critical_s,
        )

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """The whole view."""
        return (None,)

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Yes while somebody who was up lately is on the ground; it ripens once the last seconds show no motion."""
        now = history.now
        still = history.mean_motion_h_s <= self._settings.still_h_s
        if raised and history.risen_line_px is not None:
            return stays_down(now, history.risen_line_px)._replace(escalate_s=None if still else 0.0)
        if min(now.shoulders.confidence, now.hips.confidence) < BARELY:
            return UNKNOWN
        up = history.last_up.within(now.t_s - REMEMBERED_S)
        if up is None or up is now or history.running & _SAID:
            return Judgement(Verdict.NO, now.shoulders.confidence)
        before = Before(up.shoulders.y_px, up.hips.y_px, up.body_height_px.value)
        drop_h = (now.shoulders.y_px - before.shoulder_y_px) / before.height_px
        if (
            drop_h < self._settings.drop_h
            or may_lie_here(now, self._mats, size)
            or not is_down(now, before, self._settings.ground_hips_h)
        ):
            return Judgement(Verdict.NO, now.shoulders.confidence)
        return Judgement(
            Verdict.YES,
            now.shoulders.confidence,
            (
                Evidence("drop_h", drop_h),
                Evidence("trunk_inclination_deg", now.trunk_inclination_deg.value),
                Evidence("motion_h_s", history.mean_motion_h_s),
            ),
            risen_line_px=before.shoulder_y_px + 0.5 * self._settings.drop_h * before.height_px,
            onset_s=self._settings.still_s if still else math.inf,
        )
