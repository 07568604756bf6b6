"""The settings as plain values, without secrets and without what could hold one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from edge_agent.app.support.redact import REDACTED
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_adapter import settings_adapter

# A public key is no secret, and of no use to whoever helps.
_HIDDEN = frozenset({"public_key", "username", "password", "token", "secret"})


def settings_to_redacted(settings: Settings) -> dict[str, Any]:
    """Everything as it is in force, defaults written out."""
    document: dict[str, Any] = _clean("", settings_adapter().dump_python(settings, mode="json"))
    return document


def _clean(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _clean(key, part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(name, part) for part in value]
    if value is None:
        return None
    if name in _HIDDEN:
        return REDACTED
    return _address(value) if name == "url" else value


def _address(url: str) -> str:
    """Scheme, host and port: the path and the query of cameras often hold a password."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return REDACTED
    return f"{parts.scheme}://{parts.hostname or ''}{port}/{REDACTED}"
