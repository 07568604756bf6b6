"""Every secret that can be found from the configuration, so that it can be taken out of what is handed on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from edge_agent.app.doctor.check_permissions import secrets
from edge_agent.runtime.secret_file import CREDENTIALS_VARIABLE
from edge_agent.settings.settings import Settings

_MAX_BYTES = 256 * 1024
_LEAST_CHARS = 4  # a switch, as in TOKEN_REQUIRED=1, is no secret
# Somebody may have written one into the file or the environment, where none belongs.
_NAMED = re.compile(r"(?i)(passw(?:or)?[dt]|passphrase|pwd|secret|token|api_?key|private_?key|psk|auth)")
_LINE = re.compile(
    r"(?im)[\"']?[\w-]*(?:passw(?:or)?[dt]|passphrase|pwd|secret|token|api_?key|private_?key|psk)[\"']?\s*:\s*"
    r"(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s#,{}\"']+))"
)
# Of a configuration that cannot be used only its text tells where its secrets lie.
_SECRET_FILE = re.compile(r"(?im)[\"']?\w*(?:password|key|secret|token)_file[\"']?\s*:\s*[\"']?([^\s#,{}\"']+)")
_USERINFO = re.compile(r"://(?:([^/\s@:\"']*):)?([^/\s@\"']+)@")
_QUERY_VALUE = re.compile(r"[?&;][\w.-]+=([^&;\s\"']{4,})")


def known_secrets(config: Path, settings: Settings | None, environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Secrets in files, credentials, the configuration and the environment, as far as this user can read them."""
    for source in secrets(settings) if settings is not None else ():
        if source.file is not None:
            yield from _text(source.file)
    if directory := environ.get(CREDENTIALS_VARIABLE):
        for file in sorted(Path(directory).glob("*")):
            yield from _text(file)
    yield from _in_configuration(config)
    for name, value in environ.items():
        if _NAMED.search(name) and len(value) >= _LEAST_CHARS and not value.startswith("/"):
            yield value


def _in_configuration(config: Path) -> Iterator[str]:
    for text in _text(config):
        for name in _SECRET_FILE.findall(text):
            yield from _text(config.absolute().parent / name)
        for found in _LINE.finditer(text):
            yield next(group for group in found.groups() if group)
        for user, password in _USERINFO.findall(text):
            yield from (part for part in (user, password) if part)
        yield from _QUERY_VALUE.findall(text)


def _text(file: Path) -> Iterator[str]:
    try:
        with file.open("rb") as stream:
            yield stream.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:  # what cannot be read cannot be quoted either
        return
