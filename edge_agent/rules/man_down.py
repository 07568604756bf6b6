"""Rule `man_down`: somebody lies on the ground, however the person got there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.posture import Posture
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.on_ground import stays_down
from edge_agent.rules.placing import may_lie_here
from edge_agent.rules.rule import UNKNOWN, Judgement
from edge_agent.rules.timing import Seconds, Timing
from edge_agent.rules.trust import SURE

# Half of how far a fall lowers the shoulders: who has not come up so far still sits or lies.
_RISEN_H = 0.17
# Most of the last seconds.
_LYING_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ManDownSettings:
    """Thresholds of `man_down`. H is the person's own body height.

    The times are those usual for lone-worker devices (BS 8484:2022 leaves them to the risk assessment; German DGUV
    Rule 112-139 allows up to 60 s from the loss of posture or motion to the alarm, pre-alarm included).
    """

    enabled: bool = True
    """Whether the rule runs."""
    still_s: Seconds = 15.0
    """Somebody who lies still for so long raises a warning."""
    moving_s: Seconds = 10.0
    """Somebody who lies but moves raises it after so long: who can get up does so sooner."""
    critical_s: Seconds = 30.0
    """After lying for so long, a warning about somebody still becomes critical."""
    moving_critical_s: Seconds = 60.0
    """Likewise about somebody who moves."""
    still_h_s: Annotated[float, Ge(0), Le(1)] = 0.05
    """Mean optical flow on the person, in H/s, under which the person is still: breathing and sensor noise."""
    recovered_s: Seconds = 3.0
    """The person must be up again for so long before the incident is cleared."""
    cooldown_s: Seconds = 60.0
    """The same person is not reported again for so long."""


class ManDown:
    """Judges `man_down`, except on the zones where lying is normal (`mats`)."""

    name = "man_down"
    severity = Severity.WARNING
    ends_as = "recovered"
    ergonomic = False

    def __init__(self, settings: ManDownSettings, mats: tuple[Zone, ...]) -> None:
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
        """Yes while the person lies; how long that must last depends on whether the person moves."""
        now = history.now
        # Somebody who fell, or was found lying, and was not seen to rise is down, whatever joints turn up meanwhile.
        line_px = history.risen_line_px
        lies = _lies(history, size) if line_px is None else stays_down(now, line_px)
        if lies.verdict is not Verdict.YES:
            return lies
        if not raised and may_lie_here(now, self._mats, size):
            return Judgement(Verdict.NO, lies.confidence)
        s = self._settings
        still = history.mean_motion_h_s <= s.still_h_s
        return lies._replace(
            evidence=(*lies.evidence, Evidence("motion_h_s", now.motion_h_s)),
            onset_s=s.still_s if still else s.moving_s,
            escalate_s=s.critical_s if still else s.moving_critical_s,
        )


def _lies(history: History, size: FrameSize) -> Judgement:
    """Whether most of the last seconds speak for lying: one frame of an unsure detector does not decide."""
    now, share = history.now, history.lying_share
    if share is None or (now.unseen_s > 0.0 and _at_border(now, size)):
        return UNKNOWN
    confidence = max(now.lying.confidence, SURE)
    if share < _LYING_SHARE:
        return Judgement(Verdict.NO, confidence)
    evidence = (Evidence("trunk_inclination_deg", now.trunk_inclination_deg.value), Evidence("lying_ratio", share))
    risen_line_px = now.shoulders.y_px - _RISEN_H * now.body_height_px.value
    return Judgement(Verdict.YES, confidence, evidence, risen_line_px)


def _at_border(posture: Posture, size: FrameSize) -> bool:
    """Whether the box touches the border of the frame: who is lost there may have left."""
    x1, y1, x2, y2 = posture.box_px
    return x1 <= 0.0 or y1 <= 0.0 or x2 >= size.width_px or y2 >= size.height_px
