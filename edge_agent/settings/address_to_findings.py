"""Checks of how cameras and the broker are reached. Messages never repeat what may hold a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from edge_agent.mqtt.claim_files import ClaimFiles
from edge_agent.settings.finding import Finding, KeyPath, quoted

_STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https")
# systemd.exec(5), LoadCredential=: a short ASCII string that can be the name of a file.
_CREDENTIAL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_PASSWORD_ADVICE = "put the user into `username` and the password alone into a file named in `password_file`"  # noqa: S105 - advice, no secret


def source_findings(path: KeyPath, source: object) -> Iterator[Finding]:
    """Check the source of one camera."""
    if not isinstance(source, dict):
        return
    if source.get("type") == "v4l2":
        yield from _device_findings((*path, "device"), source.get("device"))
    if source.get("type") == "stream":
        yield from _credential_findings(path, source)
        if isinstance(source.get("url"), str):
            yield from _url_findings((*path, "url"), source["url"])


def broker_findings(mqtt: object) -> Iterator[Finding]:
    """Check the broker's address, the topic prefix and what goes in pairs."""
    if not isinstance(mqtt, dict):
        return
    if isinstance(mqtt.get("host"), str):
        yield from _host_findings(("mqtt", "host"), mqtt["host"])
    prefix = mqtt.get("topic_prefix")
    if isinstance(prefix, str) and not _is_topic_prefix(prefix):
        message = f"{quoted((), prefix)} cannot begin a topic: no + or #, no $ at the start, no empty level"
        yield Finding(("mqtt", "topic_prefix"), message, "write it as edge-agent/v1")
    yield from _credential_findings(("mqtt",), mqtt)
    if "tls" in mqtt and mqtt["tls"] is None:
        advice = "write `tls: {}` for TLS with the system's authorities, or leave the key out for plain text"
        yield Finding(("mqtt", "tls"), "has no value, so that it is not clear whether TLS is meant", advice)
    yield from _certificate_findings(("mqtt", "tls"), mqtt.get("tls"))


def _device_findings(path: KeyPath, device: object) -> Iterator[Finding]:
    if type(device) is int:
        yield Finding(path, f"{device} is not a device path", f"write /dev/video{device}")
    elif isinstance(device, str) and not device.startswith("/dev/"):
        yield Finding(path, f"{quoted(path, device)} is not a device path", "write a path such as /dev/video0")


def _url_findings(path: KeyPath, url: str) -> Iterator[Finding]:
    parts = _split(url)
    if parts is None or parts.scheme not in _STREAM_SCHEMES or not parts.hostname:
        schemes = ", ".join(f"{scheme}://" for scheme in _STREAM_SCHEMES)
        yield Finding(
            path, f"is not the address of a stream; it begins with one of {schemes}", "write rtsp://HOST/PATH"
        )
    elif parts.password is not None:
        yield Finding(path, "holds a password, and a password is never written into this file", _PASSWORD_ADVICE)
    elif parts.username is not None:
        yield Finding(path, "holds a user", "put it into `username`")


def _host_findings(path: KeyPath, host: str) -> Iterator[Finding]:
    if "@" in host:
        yield Finding(path, "holds a user or a password", f"write only the broker's name; {_PASSWORD_ADVICE}")
    elif "://" in host or "/" in host:
        name = (_split(host if "://" in host else f"//{host}") or urlsplit("")).hostname
        yield Finding(path, "expected a name or an address, found a URL", f"write {name}" if name else "")
    elif host.count(":") == 1:
        name, port = host.split(":")
        yield Finding(path, "expected only a name or an address", f"write host: {name} and port: {port}")
    elif not host or any(character.isspace() for character in host):
        yield Finding(path, "is not a name or an address", "write a name such as broker.example or an IP address")


def _is_topic_prefix(prefix: str) -> bool:
    """MQTT 5.0, sections 4.7.1 (wildcards) and 4.7.2 (topics that begin with $)."""
    return bool(prefix) and not (set(prefix) & set("+#")) and prefix[0] != "$" and "" not in prefix.split("/")


def _credential_findings(path: KeyPath, parent: dict[str, Any]) -> Iterator[Finding]:
    for key in ("password_file", "password_credential"):
        if parent.get(key) is not None and parent.get("username") is None:
            yield Finding((*path, key), "is given without a `username`", "add `username`")
    yield from _secret_findings(path, parent, "password")


def _certificate_findings(path: KeyPath, tls: object) -> Iterator[Finding]:
    if not isinstance(tls, dict):
        return
    keys = [name for name in ("key_file", "key_credential") if tls.get(name) is not None]
    if tls.get("cert_file") is not None and not keys:
        yield Finding((*path, "cert_file"), "is given without `key_file`", "add `key_file`: mutual TLS needs both")
    if tls.get("cert_file") is None:
        for key in keys:
            yield Finding((*path, key), "is given without `cert_file`", "add `cert_file`: mutual TLS needs both")
    yield from _secret_findings(path, tls, "key")
    claim = tls.get("claim")
    if isinstance(claim, dict):
        yield from _secret_findings((*path, "claim"), claim, "token")
        if isinstance(claim.get("url"), str) and _split(claim["url"]) is None:
            yield Finding((*path, "claim", "url"), "is no address of a server", "write it as https://est.example:8443")
        for name in ("cert_file", "key_file"):
            if tls.get(name) is None:
                advice = (
                    f"add `{name}`, as in /var/lib/edge-agent/claim/device.{'pem' if name == 'cert_file' else 'key'}"
                )
                yield Finding((*path, "claim"), f"is given without `{name}`, where what is fetched goes", advice)
        yield from _clash_findings(path, tls, claim)


def _clash_findings(path: KeyPath, tls: dict[str, Any], claim: dict[str, Any]) -> Iterator[Finding]:
    """A claim writes more files than it is given names."""
    cert, key = tls.get("cert_file"), tls.get("key_file")
    if not (isinstance(cert, str) and isinstance(key, str) and Path(cert).name and Path(key).name):
        return
    read = (tls.get("ca_file"), claim.get("ca_file"), claim.get("token_file"))
    if clash := ClaimFiles(Path(cert), Path(key)).clash(Path(each) for each in read if isinstance(each, str)):
        advice = "write device.pem and device.key, in a directory where nothing else is"
        yield Finding((*path, "claim"), f"the claim would write {clash} over something else", advice)


def _secret_findings(path: KeyPath, parent: dict[str, Any], secret: str) -> Iterator[Finding]:
    """A secret lies in one place, and a credential has a name, no path."""
    name = parent.get(f"{secret}_credential")
    if name is None:
        return
    place = (*path, f"{secret}_credential")
    if parent.get(f"{secret}_file") is not None:
        yield Finding(place, f"is given beside `{secret}_file`", "keep one of the two")
    elif isinstance(name, str) and not _CREDENTIAL_NAME.fullmatch(name):
        advice = f"write the name that stands in LoadCredential=NAME:PATH, or use `{secret}_file` for a path"
        yield Finding(place, "is not the name of a systemd credential", advice)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # out of range raises here
    except ValueError:
        return None
    return parts
