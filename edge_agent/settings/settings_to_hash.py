"""A short name for exactly these settings."""

from __future__ import annotations

import hashlib
import json

from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_adapter import settings_adapter


def config_hash(settings: Settings) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of the settings as canonical JSON.

    Comments, the order of keys and defaults that were written out make no difference. Secrets do not enter: they
    stand in files of their own.
    """
    document = settings_adapter().dump_python(settings, mode="json")
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
