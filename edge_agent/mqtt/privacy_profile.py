"""What leaves the device, and what never does: the locked profile (design, section 8). Minimised, not anonymous.

The payload classes say in which fields; the tables here say which evidence, how coarse, and what stays for ever. From
both comes one description, whose SHA-256 every device publishes in `info` and a test pins: nobody widens what leaves
by accident, and whoever agreed to a profile can see that it is still the one that runs.
"""

from __future__ import annotations

import hashlib
import json
import math
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from edge_agent.data.event import Evidence

PROFILE = "minimal"
"""Name of the profile; there is no other."""

EvidenceValue = tuple[float, float] | int | float | str
"""A bucket ``[low, high)``, a count, a rounded number, or a word."""

_SANE = 1e6  # our own: no angle, length or duration is larger; a broken number must not stop its event


@dataclass(frozen=True, slots=True)
class Bucket:
    """A number that leaves as the bucket ``[low, high)`` that holds it.

    Attributes:
        unit: Of the number.
        width: Of each bucket, in that unit.
    """

    unit: str
    width: float


@dataclass(frozen=True, slots=True)
class Seconds:
    """A duration that leaves rounded to a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number."""


@dataclass(frozen=True, slots=True)
class Words:
    """A word from a list; any other word stays.

    Attributes:
        words: All of them.
    """

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody who may command the device wrote into a signed command: about work, never about who is in view.

    Attributes:
        max_chars: Longer text is cut.
    """

    max_chars: int


_SAID = Said(120)
_ANGLE = Bucket("deg", 15.0)  # design, section 8: angles in buckets of 15 deg
_ANGULAR_SPEED = Bucket("deg/s", 15.0)
# Design, section 8: lengths and speeds in tenths of the person's own height, which tell nobody's height.
_LENGTH = Bucket("body heights", 0.1)
_SPEED = Bucket("body heights/s", 0.1)
_SHARE = Bucket("share", 0.1)

EVIDENCE: Mapping[str, Bucket | Seconds | Count | Words | Said] = types.MappingProxyType(
    {
        "against_h_s": _SPEED,
        "arm_raise_count": Count(),
        "asked_s": Seconds(),
        "bend_count": Count(),
        "box_collapse": _SHARE,
        "by": _SAID,
        "command": _SAID,
        "drop_h": _LENGTH,
        "hand_height_h": _LENGTH,
        "hip_descent_h_s": _SPEED,
        "hip_height_h": _LENGTH,
        "lying_ratio": _SHARE,
        "motion_h_s": _SPEED,
        "neck_flexion_deg": _ANGLE,
        "raise_count": Count(),
        "reason": Words(("covered", "dark", "defocused", "frozen", "moved")),
        "resolved": Words(
            (
                "agent_restarted",
                "cancelled",
                "config_changed",
                "ended",
                "expired",
                "not_passed",
                "passed",
                "recovered",
                "replaced",
                "schedule",
                "unseen",
            )
        ),
        "snooze_reason": _SAID,
        "snoozed_rule": _SAID,
        "stage": Words(("confirmed", "suspected")),
        "subject": _SAID,
        "trunk_inclination_deg": _ANGLE,
        "trunk_rate_deg_s": _ANGULAR_SPEED,
        "unobserved_s": Seconds(),
        "upper_arm_elevation_deg": _ANGLE,
    }
)
"""Every evidence that leaves, and how. A name that is not here stays on the device."""

WITHHELD = ("floor_speed_m_s",)
"""Evidence of rules that stays on purpose: metres tell how long somebody's legs are."""

NEVER = (
    "images, parts of images, and anything an image could be made of",
    "audio, which is not even captured",
    "keypoints, skeletons and streams of them",
    "embeddings and other features of a person",
    "positions in the picture, in pixels or as fractions",
    "metres: body height, stature, length of a stride, speed, place on the floor",
    "gait",
    "name, face, age, sex, emotion",
    "any number for a person: a person has no identifier, only an incident has one",
)
"""What no payload holds, for people to read; the tables above and the classes are what is enforced."""


def bucketed(evidence: Iterable[Evidence]) -> dict[str, EvidenceValue]:
    """Evidence as it may leave.

    Args:
        evidence: Exact, as the rules wrote it.

    Returns:
        What may be published, sorted by name.
    """
    values = {item.name: _allowed(item) for item in evidence}
    return {name: value for name, value in sorted(values.items()) if value is not None}


def description() -> dict[str, Any]:
    """The whole profile as plain values: by topic every field, every evidence, and what never leaves."""
    return {
        "profile": PROFILE,
        "topics": {topic: dict(sorted(_fields(payload))) for topic, payload in published().items()},
        "evidence": {name: _how(rule) for name, rule in sorted(EVIDENCE.items())},
        "withheld": list(WITHHELD),
        "never": list(NEVER),
    }


@lru_cache
def profile_hash() -> str:
    """SHA-256 of the description as canonical JSON: sorted keys, no spaces, UTF-8. Hexadecimal."""
    canonical = json.dumps(description(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def published() -> Mapping[str, type[BaseModel]]:
    """What is published where, below ``{prefix}/{site}/{device}/``."""
    # They take their evidence from here.
    from edge_agent.mqtt import command_payload, payload, update_payload, zone_numbers_payload

    return {
        "status": payload.StatusPayload,
        "info": payload.InfoPayload,
        "health": payload.HealthPayload,
        "alarm/{zone}": payload.AlarmPayload,
        "event/{rule}": payload.EventPayload,
        "agg/{zone}": zone_numbers_payload.ZoneNumbersPayload,
        "ack/{name}": command_payload.AckPayload,
        "config/reported": command_payload.ConfigReportedPayload,
        "update/status": update_payload.UpdateStatusPayload,
        "update/progress": update_payload.UpdateProgressPayload,
        "update/events": update_payload.UpdateEventPayload,
        "update/ack": command_payload.AckPayload,
    }


def _allowed(item: Evidence) -> EvidenceValue | None:
    rule = EVIDENCE.get(item.name)
    if isinstance(item.value, str):
        if isinstance(rule, Said):
            return item.value[: rule.max_chars]
        return item.value if isinstance(rule, Words) and item.value in rule.words else None
    if not abs(item.value) < _SANE:  # false for NaN, too
        return None
    match rule:
        case Bucket(width=width):
            return _bucket(item.value, width)
        case Seconds():
            return round(item.value, 1)
        case Count():
            return round(item.value)
    return None


def _bucket(value: float, width: float) -> tuple[float, float]:
    # A value a rounding error below an edge belongs to the bucket that the edge opens.
    index = math.floor(value / width + 1e-9)
    return round(index * width, 1), round((index + 1) * width, 1)


def _how(rule: Bucket | Seconds | Count | Words | Said) -> str:
    match rule:
        case Bucket(unit=unit, width=width):
            return f"bucket of {width:g} {unit}"
        case Seconds():
            return "seconds, to a tenth"
        case Count():
            return "count"
        case Words(words=words):
            return f"one of {', '.join(words)}"
        case Said(max_chars=max_chars):
            return f"what a signed command says, up to {max_chars} characters"


def _fields(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str]]:
    """Path and kind of every value that a payload can hold.

    Not from JSON Schema, which pydantic's releases write differently: the same profile must have the same hash on every
    device.
    """
    for name, field in model.model_fields.items():
        yield from _values(f"{path}{name}", field.annotation)


def _values(path: str, annotation: Any) -> Iterator[tuple[str, str]]:
    if annotation == EvidenceValue:
        yield path, "evidence"
        return
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        origin, annotation, args = get_origin(args[0]), args[0], get_args(args[0])
    if origin in (Union, types.UnionType):
        kinds = [kind for arg in args if arg is not type(None) for kind in _values(path, arg)]
        named = dict.fromkeys(place for place, _ in kinds)
        yield from ((place, " or ".join(kind for where, kind in kinds if where == place)) for place in named)
    elif origin is tuple:
        yield from _values(f"{path}[]", args[0])
    elif origin is dict:
        yield from _values(f"{path}.*", args[1])
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _fields(annotation, f"{path}.")
    else:
        yield path, _kind(annotation)


def _kind(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return f"one of {', '.join(str(value).lower() for value in get_args(annotation))}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return f"one of {', '.join(member.value for member in annotation)}"
    return {bool: "true or false", int: "whole number", float: "number", str: "text"}[annotation]


if __name__ == "__main__":
    import sys

    sys.stdout.write(json.dumps({**description(), "sha256": profile_hash()}, indent=2, ensure_ascii=False) + "\n")
