"""What types cannot say: names, zones, and values that must fit each other.

Everything here reads the raw document and skips what has the wrong shape, so that these problems are reported
together with those of the types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from edge_agent.settings.address_to_findings import broker_findings, source_findings
from edge_agent.settings.calibration_to_findings import calibration_findings
from edge_agent.settings.finding import Finding, KeyPath, path_text, quoted
from edge_agent.settings.settings import NAME_PATTERN
from edge_agent.settings.time_zone import time_zone
from edge_agent.settings.zone_to_findings import shift_findings, zone_findings


def document_to_findings(document: dict[str, Any]) -> list[Finding]:
    """Check a whole document of plain values."""
    cameras: list[tuple[KeyPath, dict[str, Any]]] = [
        (("cameras", index), camera) for index, camera in _entries(document, "cameras")
    ]
    findings = [*_name_findings(document, cameras), *broker_findings(document.get("mqtt"))]
    for path, camera in cameras:
        findings.extend(source_findings((*path, "source"), camera.get("source")))
        findings.extend(calibration_findings((*path, "calibration"), camera.get("calibration")))
        for index, zone in _entries(camera, "zones"):
            findings.extend(zone_findings((*path, "zones", index), zone, camera.get("source")))
    findings.extend(_shared_device_findings(cameras))
    findings.extend(_key_findings(document))
    findings.extend(_update_findings(document))
    findings.extend(_trial_findings(document.get("shadow")))
    findings.extend(_time_zone_findings(document.get("timezone")))
    return findings


def _update_findings(document: dict[str, Any]) -> Iterator[Finding]:
    update, model = document.get("update"), document.get("model")
    if not isinstance(update, dict):
        return
    for index, window in _entries(update, "windows"):
        yield from shift_findings(("update", "windows", index), window)
    if isinstance(model, dict) and model.get("use") is not None:
        message = "names one model for good, so that no update could ever run"
        yield Finding(("model", "use"), message, "leave it out, or leave out `update`")


def _entries(parent: dict[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = parent.get(key)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield index, entry


def _name_findings(document: dict[str, Any], cameras: list[tuple[KeyPath, dict[str, Any]]]) -> Iterator[Finding]:
    places: list[tuple[KeyPath, object]] = [((key,), document.get(key)) for key in ("site", "device")]
    taken: dict[str, KeyPath] = {}
    for path, camera in cameras:
        places.append(((*path, "name"), camera.get("name")))
    for path, camera in cameras:
        places.extend(((*path, "zones", index, "name"), zone.get("name")) for index, zone in _entries(camera, "zones"))
    for path, name in places:
        if not isinstance(name, str):
            continue
        if not re.search(NAME_PATTERN, name):
            message = f"{quoted(path, name)} cannot be a part of a topic: only a-z, 0-9 and - may stand in a name"
            yield Finding(path, message, _slug_advice(name))
        elif path[0] == "cameras" and name in taken:
            message = f"the name {quoted(path, name)} is already given to {path_text(taken[name][:-1])}"
            yield Finding(path, message, "names of cameras and zones are unique on the device")
        elif path[0] == "cameras":
            taken[name] = path


def _slug_advice(name: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63]
    return f"write {slug}" if slug else "write a name such as press-hall-1"


def _shared_device_findings(cameras: list[tuple[KeyPath, dict[str, Any]]]) -> Iterator[Finding]:
    """Two cameras cannot open one sensor."""
    taken: dict[tuple[str, object], KeyPath] = {}
    for path, camera in cameras:
        source = camera.get("source")
        if not isinstance(source, dict) or source.get("type") not in ("v4l2", "csi"):
            continue
        key = "device" if source["type"] == "v4l2" else "index"
        identity = source.get(key, 0 if key == "index" else None)
        if not isinstance(identity, (str, int)):
            continue
        first = taken.setdefault((key, identity), path)
        if first != path:
            message = f"the same camera as in {path_text(first)}"
            yield Finding((*path, "source", key), message, "put all zones of a camera under one entry")


def _trial_findings(shadow: object) -> Iterator[Finding]:
    """A rule that is listed there runs: `enabled` could only deceive, and an empty entry would count as none."""
    for rule, entry in shadow.items() if isinstance(shadow, dict) else ():
        if entry is None:
            message = "is empty, so that nothing would be tried"
            yield Finding(("shadow", rule), message, f"write `{rule}: {{}}` to try the rule with its defaults")
        elif isinstance(entry, dict) and "enabled" in entry:
            message = "has no meaning here: a rule that is listed under `shadow` is on trial"
            yield Finding(("shadow", rule, "enabled"), message, "take the line out, or the rule, to end the trial")


def _time_zone_findings(name: object) -> Iterator[Finding]:
    if not isinstance(name, str):
        return
    try:
        time_zone(name)
    except ValueError as error:
        yield Finding(("timezone",), f"{quoted((), name)} is no time zone that this machine knows", str(error))


def _key_findings(document: dict[str, Any]) -> Iterator[Finding]:
    """Two keys of one name would make it unclear who signed."""
    seen: dict[object, int] = {}
    commands = document.get("commands")
    for index, key in _entries(commands, "keys") if isinstance(commands, dict) else ():
        kid = key.get("kid")
        if isinstance(kid, str) and seen.setdefault(kid, index) != index:
            path: KeyPath = ("commands", "keys", index, "kid")
            yield Finding(path, f"commands.keys[{seen[kid]}] has this name, too", "give each key a name of its own")
