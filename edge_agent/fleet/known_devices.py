"""Every device that was ever heard of, with its group: a file, so that a broker that forgot all hides nobody.

A broker keeps the last word of a device that is gone for good, too. Who is forgotten is therefore written down with
that word, and comes back with another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from edge_agent.errors import FleetError
from edge_agent.runtime.replace_file import replace_file
from edge_agent.update.status_payload import UpdateStatus

_T = TypeVar("_T")
_KNOWN_FILE, _GONE_FILE = "devices.json", "forgotten.json"
_KNOWN = TypeAdapter(dict[str, str])
_GONE = TypeAdapter(dict[str, AwareDatetime | None])
"""When each said its last word, by its own clock; None until that was heard."""


def read_known(directory: Path) -> dict[str, str]:
    """Group of each device, by its name; empty where nobody was heard of yet.

    Raises:
        FleetError: The file is damaged.
    """
    return _read(directory / _KNOWN_FILE, _KNOWN)


def count_in(directory: Path, statuses: Mapping[str, UpdateStatus]) -> dict[str, str]:
    """Group of each device that is known or was heard of just now, and is not forgotten; writes nothing.

    Raises:
        FleetError: A file is damaged.
    """
    gone = _still_gone(_read(directory / _GONE_FILE, _GONE), statuses)
    known = read_known(directory) | {device: status.group for device, status in statuses.items()}
    return {device: group for device, group in known.items() if device not in gone}


def remember(directory: Path, statuses: Mapping[str, UpdateStatus]) -> dict[str, str]:
    """Add who was heard of, and return all; raises likewise."""
    known = count_in(directory, statuses)
    before = _read(directory / _GONE_FILE, _GONE)
    gone = _still_gone(before, statuses)
    if known != read_known(directory):
        _save(directory / _KNOWN_FILE, _KNOWN, known)
    if gone != before:
        _save(directory / _GONE_FILE, _GONE, gone)
    return known


def forget(directory: Path, device: str) -> None:
    """Leave out a device that is gone for good, so that its silence counts no more.

    Raises:
        FleetError: It was never heard of.
    """
    known = read_known(directory)
    if device not in known:
        raise FleetError(f"{device}: was never heard of; devices are named SITE/DEVICE")
    _save(directory / _GONE_FILE, _GONE, _read(directory / _GONE_FILE, _GONE) | {device: None})
    del known[device]
    _save(directory / _KNOWN_FILE, _KNOWN, known)


def _still_gone(
    gone: Mapping[str, datetime | None], statuses: Mapping[str, UpdateStatus]
) -> dict[str, datetime | None]:
    """Who has said nothing since it was forgotten, with its last word where that is heard now.

    Another word is a new one, also where the device's clock went back.
    """
    still: dict[str, datetime | None] = {}
    for device, last in gone.items():
        at = statuses[device].at if device in statuses else last
        if last is None or at == last:
            still[device] = at
    return still


def _read(file: Path, adapter: TypeAdapter[dict[str, _T]]) -> dict[str, _T]:
    try:
        return adapter.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise FleetError(f"{file}: is damaged: delete it, and let every device be heard again") from error


def _save(file: Path, adapter: TypeAdapter[dict[str, _T]], content: Mapping[str, _T]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, adapter.dump_json(dict(sorted(content.items())), indent=1) + b"\n")
