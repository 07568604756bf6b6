"""Looks into what an agent sent or logged for anything that the privacy profile does not allow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from edge_agent.data.keypoints import Keypoint
from edge_agent.mqtt.privacy_profile import EVIDENCE, Bucket, Count, Said, Seconds, Words, description

TOPICS: dict[str, dict[str, str]] = description()["topics"]

# As words of their own: `hip_height_h` is a bucketed length, `left_hip` would be a joint.
JOINTS = tuple(joint.name.lower() for joint in Keypoint)
FEATURES = ("keypoints?", "skeleton", "embedding", "stature", "gait", "track_?ids?", "person_?ids?")
FORBIDDEN_WORDS = re.compile(rf"\b({'|'.join((*JOINTS, *FEATURES))})\b", re.IGNORECASE)
FORBIDDEN_NAMES = re.compile(r"(^|_)(px|m|cm|mm|m_s|px_s|track|person|people|name|face|image|pixels?|x|y)$")
# Anything encoded; the longest honest run without a hyphen or a dot is the hash of the profile.
ENCODED = re.compile(r"[A-Za-z0-9+]{40,}|data:image|base64|/9j/|iVBORw0")
# Meant to be unreadable: the hash of the profile, and what a challenge is answered with.
OPAQUE = ("privacy_hash", "nonce")
LONGEST_TEXT = 256
MOST_DECIMALS = 3


def leaks(suffix: str, payload: bytes) -> list[str]:
    """What must not be in a message.

    Args:
        suffix: Of its topic, below ``{prefix}/{site}/{device}/``.
        payload: As it came.
    """
    kind = next((topic for topic in TOPICS if topic.split("/")[0] == suffix.split("/")[0]), None)
    if kind is None or kind.count("/") != suffix.count("/"):
        return [f"{suffix}: no such topic in the profile"]
    if not payload:
        return []  # a retained state that is taken back
    text = payload.decode()
    found = [f"{suffix}: the word {match.group(0)}" for match in FORBIDDEN_WORDS.finditer(text)]
    return found + [f"{suffix}: {problem}" for problem in _walk(json.loads(text), "", TOPICS[kind])]


def leaks_in_log(line: str) -> list[str]:
    """What must not be in a line of the journal. A camera's own height may: the installer measured it."""
    line = re.sub(r"[0-9.]+ m above the floor", "", line)
    checks = {
        "a word": FORBIDDEN_WORDS,
        "pixels or metres": re.compile(r"\b\d+(\.\d+)? ?(px|m|cm|mm)\b"),
        "a list of numbers": re.compile(r"[\[(](-?\d+(\.\d+)?, *){3,}"),
        "an exact number": re.compile(r"\b\d+\.\d{4,}"),
        "something encoded": re.compile(r"[A-Za-z0-9+]{64,}|data:image|/9j/|iVBORw0"),
    }
    return [f"{what} ({match.group(0)}): {line}" for what, wrong in checks.items() if (match := wrong.search(line))]


def _walk(value: Any, path: str, fields: dict[str, str]) -> Iterator[str]:
    if path == "data.evidence":
        yield from _evidence(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if FORBIDDEN_NAMES.search(key):
                yield f"a field named {key}"
            place = f"{path}.{key}" if path else key
            known = _begins(fields, place)
            yield from _walk(inner, place if known else f"{path}.*", fields)
    elif isinstance(value, list):
        if sum(_is_number(inner) for inner in value) >= 4:
            yield f"{path}: a list of numbers"
        for inner in value:
            yield from _walk(inner, f"{path}[]", fields)
    elif path not in fields:
        yield f"{path} is not in the profile"
    else:
        yield from (f"{path}: {problem}" for problem in _leaf(value, path, fields[path]))


def _begins(fields: dict[str, str], place: str) -> bool:
    return any(field == place or field.startswith((f"{place}.", f"{place}[")) for field in fields)


def _leaf(value: Any, path: str, kind: str) -> Iterator[str]:
    if isinstance(value, str):
        choices = [word for part in kind.split(" or ") for word in part.removeprefix("one of ").split(", ")]
        if kind != "text" and value not in choices:
            yield f"{value!r} is none of its words"
        if len(value) > LONGEST_TEXT or (ENCODED.search(value) and path not in OPAQUE):
            yield f"a text that could carry anything: {value[:80]!r}"
    elif isinstance(value, bool):
        if kind not in ("true or false", "one of true"):
            yield "a truth where there should be none"
    elif kind not in ("number", "whole number") or (kind == "whole number" and not isinstance(value, int)):
        yield f"{value!r} where the profile has {kind}"
    elif round(value, MOST_DECIMALS) != value:
        yield f"{value!r} is more exact than a thousandth"


def _evidence(evidence: dict[str, Any]) -> Iterator[str]:
    for name, value in evidence.items():
        if name not in EVIDENCE:
            yield f"evidence {name} is not in the profile"
        elif problem := _coarse(value, EVIDENCE[name]):
            yield f"evidence {name} is {value!r} and {problem}"


def _coarse(value: Any, rule: Bucket | Seconds | Count | Words | Said) -> str:
    """What is wrong with the form of a value; empty where nothing is."""
    match rule:
        case Bucket(width=width):
            return "" if _is_bucket(value, width) else f"no bucket of {width}"
        case Seconds():
            return "" if _is_number(value) and round(value, 1) == value else "no tenth of a second"
        case Count():
            return "" if type(value) is int else "no count"
        case Words(words=words):
            return "" if value in words else "none of its words"
        case Said(max_chars=max_chars):
            return "" if isinstance(value, str) and len(value) <= max_chars else "no short text"


def _is_bucket(value: Any, width: float) -> bool:
    if not isinstance(value, list) or len(value) != 2 or not all(_is_number(end) for end in value):
        return False
    low, high = value
    return abs(high - low - width) < 1e-6 and abs(low / width - round(low / width)) < 1e-6


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
