"""An event as a person would like to read it."""

from __future__ import annotations

from edge_agent.data.event import Phase
from edge_agent.mqtt.payload import EventData
from edge_agent.mqtt.privacy_profile import EvidenceValue

_WORDS = {
    "trunk_inclination_deg": "trunk {} deg from upright",
    "trunk_rate_deg_s": "trunk tipped at {} deg/s",
    "hip_descent_h_s": "hips went down at {} body heights/s",
    "drop_h": "shoulders {} body heights lower",
    "box_collapse": "height in the picture shrank by {}",
    "lying_ratio": "lying in {} of the last seconds",
    "motion_h_s": "moving {} body heights/s",
    "unobserved_s": "{} s of it not seen",
    "resolved": "{}",
}


def clip_time(seconds: float) -> str:
    """Minutes and seconds, as in ``00:17.4``."""
    tenths = max(0, round(10 * seconds))
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def event_to_line(data: EventData, at_s: float) -> str:
    """When, what, where, how urgent, how long and why, on one line of ASCII.

    Args:
        data: Of the event.
        at_s: Seconds since the first frame of the clip.
    """
    what = f"{data.rule.replace('_', ' ').upper()} {data.phase}"
    where = f"camera {data.camera}" + (f", zone {data.zone}" if data.zone != data.camera else "")
    lasted = "lasted" if data.phase == Phase.CLEARED else "after"
    details = [data.severity, f"{lasted} {data.duration_s:.1f} s"]
    details += [text for name, value in data.evidence.items() if (text := _evidence(name, value))]
    return f"{clip_time(at_s)}  {what:<22} {where}; {', '.join(details)}"


def _evidence(name: str, value: EvidenceValue) -> str:
    words = _WORDS.get(name)
    if words is None:
        return ""
    if isinstance(value, tuple):
        return words.format(f"{value[0]:g} to {value[1]:g}")
    return words.format(value.replace("_", " ") if isinstance(value, str) else f"{value:g}")
