"""Which files a provisioning file brings along, and what the configuration says instead of them."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge_agent.provision.place import HOME, Change, PlacedFile, Reader
from edge_agent.provision.plain_file import open_plain
from edge_agent.provision.provision_settings import SECTION
from edge_agent.settings.error_to_finding import value_at
from edge_agent.settings.finding import Finding, KeyPath, path_text, quoted

_MAX_BYTES = 64 * 1024  # as `runtime/secret_file.py`: a chain of certificates is a tenth of it


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing that may come as a file beside the provisioning file, or in its section `provision`.

    Attributes:
        where: The mapping of the configuration that names it.
        key: There.
        inline: Where it stands in the section; empty where it cannot.
        place: Where it goes, below the agent's directory in /etc.
        reader: Who may read it there.
        credential: The key that names it once systemd hands it over; empty where it stays a file.
    """

    where: KeyPath
    key: str
    inline: KeyPath
    place: str
    reader: Reader
    credential: str = ""


@dataclass(slots=True)
class Carried:
    """What is to be put into place.

    Attributes:
        changes: Of the configuration.
        files: Certificates, keys, passwords.
        sources: Those of them that lie on the medium.
        findings: What is wrong.
    """

    changes: list[Change] = field(default_factory=list)
    files: list[PlacedFile] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def document_to_files(document: Mapping[str, Any], directory: Path) -> Carried:
    """Gather what the document names; what has the wrong shape is left to the types.

    Args:
        document: Of the provisioning file.
        directory: In which it lies. Paths that begin with `/` are the device's own and are left alone.
    """
    carried = Carried()
    carried.findings.extend(_misplaced(document))
    for item in _items(document):
        named, inline = value_at(document, (*item.where, item.key)), value_at(document, item.inline)
        if isinstance(named, str) and isinstance(inline, str):
            message = f"stands here, and `{path_text((*item.where, item.key))}` names a file of it, too"
            carried.findings.append(Finding(item.inline, message, "keep one of the two"))
        elif isinstance(inline, str):
            _carry_inline(item, inline, document, carried)
        elif isinstance(named, str) and not named.startswith("/"):
            _carry_file(item, directory, named, carried)
    return carried


def _items(document: Mapping[str, Any]) -> Iterator[_Item]:
    mqtt: KeyPath = ("mqtt",)
    tls: KeyPath = ("mqtt", "tls")
    claim: KeyPath = (*tls, "claim")
    password, key, token = (f"credentials/{name}" for name in ("mqtt-password", "device-key", "claim-token"))
    yield _Item(mqtt, "password_file", (SECTION, "mqtt_password"), password, Reader.ROOT, "password_credential")
    yield _Item(tls, "key_file", (SECTION, "private_key"), key, Reader.ROOT, "key_credential")
    yield _Item(tls, "ca_file", (SECTION, "ca"), "certificates/broker-ca.pem", Reader.AGENT)
    yield _Item(tls, "cert_file", (SECTION, "certificate"), "certificates/device.pem", Reader.AGENT)
    yield _Item(claim, "token_file", (SECTION, "claim_token"), token, Reader.ROOT, "token_credential")
    yield _Item(claim, "ca_file", (SECTION, "claim_ca"), "certificates/claim-ca.pem", Reader.AGENT)
    yield _Item(("update",), "trusted_root", (), "certificates/trusted-root.json", Reader.AGENT)
    cameras = document.get("cameras")
    for index, camera in enumerate(cameras if isinstance(cameras, list) else ()):
        name = camera.get("name") if isinstance(camera, dict) else None
        # What cannot be a name is found by others, and must not become a path here.
        if isinstance(name, str) and "/" not in name:
            inline = (SECTION, "camera_passwords", name)
            place = f"cameras/{name}.password"
            yield _Item(("cameras", index, "source"), "password_file", inline, place, Reader.AGENT_SECRET)


def _misplaced(document: Mapping[str, Any]) -> Iterator[Finding]:
    """What is right in itself, and does not fit what stands elsewhere."""
    mqtt = document.get("mqtt")
    if isinstance(mqtt, dict) and "password" in mqtt:
        advice = f"write it as `{SECTION}: {{mqtt_password: ...}}`, which is not left on the device for all to read"
        yield Finding(("mqtt", "password"), "a password does not stand here", advice)
    use = value_at(document, ("model", "use"))
    if isinstance(use, str) and not use.startswith("/") and ("/" in use or use.endswith(".tflite")):
        yield Finding(("model", "use"), "models are not taken over", "write a path on the device, which begins with /")
    cameras = document.get("cameras")
    named = [each.get("name") for each in (cameras if isinstance(cameras, list) else ()) if isinstance(each, dict)]
    for index in range(len(named)):
        clip = value_at(document, ("cameras", index, "source", "path"))
        if isinstance(clip, str) and not clip.startswith("/"):
            message = "recordings are not taken over"
            advice = "write a path on the device, which begins with /"
            yield Finding(("cameras", index, "source", "path"), message, advice)
    where = (SECTION, "camera_passwords")
    passwords = value_at(document, where)
    if isinstance(passwords, dict) and any(name not in named for name in passwords):
        # Neither in the words nor in the place: who mixes up the two sides writes the password there.
        message = "has a name that no camera has"
        yield Finding(where, message, f"write `name: password` with the names under `cameras`: {_shown(named)}")


def _shown(names: list[object]) -> str:
    return ", ".join(quoted((), name).strip('"') for name in names if isinstance(name, str))


def _carry_inline(item: _Item, text: str, document: Mapping[str, Any], carried: Carried) -> None:
    if not isinstance(value_at(document, item.where), dict):
        advice = "write `tls: {}` under `mqtt`" if item.where == ("mqtt", "tls") else ""
        carried.findings.append(Finding(item.inline, f"is of no use without `{path_text(item.where)}`", advice))
        return
    _place(item, text.encode(), carried)


def _carry_file(item: _Item, directory: Path, named: str, carried: Carried) -> None:
    path = (*item.where, item.key)
    # What should be a name may be the secret itself.
    shown = quoted(path, named)
    file = directory / named
    try:
        # Of what lies elsewhere, or is a link, something else would be wiped in the end.
        if "/" in named:
            raise FileNotFoundError
        with os.fdopen(open_plain(file, os.O_RDONLY), "rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except (OSError, ValueError):
        advice = "put it right beside the provisioning file, or write the path on the device, which begins with /"
        carried.findings.append(Finding(path, f"{shown} is no file there that can be read", advice))
        return
    if len(content) > _MAX_BYTES:
        carried.findings.append(Finding(path, f"{shown} is larger than {_MAX_BYTES // 1024} KiB"))
        return
    carried.sources.append(file)
    # Notepad begins a text with it.
    _place(item, content.removeprefix(codecs.BOM_UTF8), carried)


def _place(item: _Item, content: bytes, carried: Carried) -> None:
    key, value = item.key, item.place
    if item.credential:
        key, value = item.credential, item.place.rpartition("/")[2]
    if item.reader in (Reader.ROOT, Reader.AGENT_SECRET) and not content.strip():
        path = (*item.where, item.key)
        carried.findings.append(Finding(path, "is empty, or names an empty file", "write the secret there"))
        return
    carried.changes.append(Change(item.where, key, value, item.key))
    carried.files.append(PlacedFile(f"{HOME}/{item.place}", content, item.reader))
