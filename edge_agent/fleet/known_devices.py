"""Every device that was ever heard of, with its group: a file, so that a broker that forgot all hides nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.errors import FleetError
from edge_agent.runtime.replace_file import replace_file
from edge_agent.update.status_payload import UpdateStatus

_FILE = "devices.json"
_ADAPTER = TypeAdapter(dict[str, str])


def read_known(directory: Path) -> dict[str, str]:
    """Group of each device, by its name; empty where nobody was heard of yet.

    Raises:
        FleetError: The file is damaged.
    """
    try:
        return _ADAPTER.validate_json((directory / _FILE).read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise FleetError(f"{directory / _FILE}: is damaged: delete it, and let every device be heard again") from error


def remember(directory: Path, statuses: Mapping[str, UpdateStatus]) -> dict[str, str]:
    """Add who was heard of, and return all."""
    before = read_known(directory)
    known = before | {device: status.group for device, status in statuses.items()}
    if known != before:
        _save(directory, known)
    return known


def forget(directory: Path, device: str) -> None:
    """Leave out a device that is gone for good, so that its silence counts no more.

    Raises:
        FleetError: It was never heard of.
    """
    known = read_known(directory)
    if device not in known:
        raise FleetError(f"{device}: was never heard of; devices are named SITE/DEVICE")
    del known[device]
    _save(directory, known)


def _save(directory: Path, known: Mapping[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    replace_file(directory / _FILE, _ADAPTER.dump_json(dict(sorted(known.items())), indent=1) + b"\n")
