"""A provisioning file to all that there is to do, or every problem in it; nothing on the device is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_agent.errors import ConfigError, Problem, ProvisioningError
from edge_agent.provision.changed_config import changed_document, changed_text
from edge_agent.provision.check_contents import what_is_wrong
from edge_agent.provision.device_name import DeviceName, own_name
from edge_agent.provision.document_to_files import Carried, document_to_files
from edge_agent.provision.place import CONFIG, HOME, Change, PlacedFile, Reader
from edge_agent.provision.provision_settings import SECTION, ProvisioningFile, provisioning_adapter
from edge_agent.settings.file_to_settings import config_error, read_text, tree_to_settings
from edge_agent.settings.finding import Finding
from edge_agent.settings.yaml_to_tree import Tree, yaml_to_tree

AUTO = "auto"
_STATE_DIR = Path("/var/lib/edge-agent")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with one provisioning file.

    Attributes:
        source: The file.
        settings: As the agent will read them.
        device: Its name, and where that is from.
        host_name: Of the computer.
        files: To be put into place, the configuration among them.
        named: Places on the device that the configuration names, its files among them.
        sources: Other files of the medium that were taken over.
    """

    source: Path
    settings: ProvisioningFile
    device: DeviceName
    host_name: str
    files: tuple[PlacedFile, ...] = field(repr=False)
    named: frozenset[str]
    sources: tuple[Path, ...]


def file_to_plan(source: Path, root: Path, scratch: Path) -> Plan:
    """Check a provisioning file, and all that it brings along.

    Args:
        source: The file.
        root: Of the device's file system.
        scratch: An existing directory that nobody else can read, in memory if there is one: secrets pass through it.

    Raises:
        ConfigError: Holds every problem with its line.
    """
    text = read_text(source)
    tree = yaml_to_tree(text, many_lines=SECTION)
    if not isinstance(tree.value, dict):
        tree_to_settings(tree, source, provisioning_adapter())
    document: Any = tree.value
    findings = list(tree.findings)
    named = _named(document, root, findings)
    carried = document_to_files(document, source.parent)
    findings.extend(carried.findings)
    changes = [*_device_change(named), *carried.changes]
    changed = changed_document(document, changes)
    findings.extend(_missing_credentials(changed, carried, root))
    settings = tree_to_settings(Tree(changed, tree.marks, tuple(findings)), source, provisioning_adapter())
    if settings.state_dir != _STATE_DIR:
        found = Finding(("state_dir",), "must stay where the service may write", f"leave it out: it is {_STATE_DIR}")
        raise config_error(source, tree, [found])
    if wrong := what_is_wrong(settings, carried.files, root, scratch):
        raise ConfigError(str(source), (Problem(0, "", wrong),))
    changed.pop(SECTION, None)
    config = PlacedFile(CONFIG, changed_text(text, changed, changes).encode(), Reader.AGENT)
    return Plan(
        source=source,
        settings=settings,
        device=named or DeviceName(settings.device, "file"),
        host_name=settings.provision.host_name or settings.device.rstrip("-"),
        files=(*carried.files, config),
        named=frozenset(_named_places(changed)),
        sources=tuple(carried.sources),
    )


def _named(document: dict[str, Any], root: Path, findings: list[Finding]) -> DeviceName | None:
    """The device's own name, where the file leaves it to the device."""
    if document.get("device", AUTO) not in (AUTO, None):
        return None
    try:
        return own_name(root)
    except ProvisioningError as error:
        findings.append(Finding(("device",), str(error)))
        return None


def _device_change(named: DeviceName | None) -> list[Change]:
    return [] if named is None else [Change((), "device", named.name, "device")]


def _named_places(value: Any) -> Iterator[str]:
    """Every place that a document could mean: a credential by its name, a file by its path."""
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _named_places(each)
    if isinstance(value, str):
        yield from (f"{HOME}/{value}", f"{HOME}/credentials/{value}", value.removeprefix("/"))


def _missing_credentials(document: dict[str, Any], carried: Carried, root: Path) -> list[Finding]:
    """Credentials that the file names and neither brings along nor finds on the device."""
    brought = {each.place for each in carried.files}
    mqtt = document.get("mqtt")
    tls = mqtt.get("tls") if isinstance(mqtt, dict) else None
    claim = tls.get("claim") if isinstance(tls, dict) else None
    asked = (
        (("mqtt",), "password_credential", mqtt, "mqtt_password"),
        (("mqtt", "tls"), "key_credential", tls, "private_key"),
        (("mqtt", "tls", "claim"), "token_credential", claim, "claim_token"),
    )
    found = []
    for where, key, mapping, inline in asked:
        name = mapping.get(key) if isinstance(mapping, dict) else None
        place = f"{HOME}/credentials/{name}"
        if isinstance(name, str) and "/" not in name and place not in brought and not (root / place).is_file():
            advice = f"leave the line out, and write `{inline}` under `{SECTION}`"
            found.append(Finding((*where, key), "names a secret that is not on this device", advice))
    return found
