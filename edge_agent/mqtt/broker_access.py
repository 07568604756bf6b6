"""What the broker asks before it lets us in: credentials and certificates, read from their files."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.errors import BrokerError
from edge_agent.mqtt.broker_settings import BrokerSettings, TlsSettings

PASSWORD_VARIABLE = "EDGE_AGENT_MQTT_PASSWORD"  # noqa: S105  the variable's name, not a password


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """Ready to connect with.

    Attributes:
        username: None for an anonymous connection.
        password: None where there is none; never shown in a text.
        tls: None for a connection in clear.
    """

    username: str | None
    password: str | None = field(repr=False)
    tls: ssl.SSLContext | None


def read_access(settings: BrokerSettings) -> BrokerAccess:
    """Read the files that the settings name. Cheap enough for each connect, so that renewed files are taken up.

    Args:
        settings: Of the broker.

    Raises:
        BrokerError: A file is missing, cannot be read, or does not hold what it should.
    """
    if settings.password_file is not None:
        password: str | None = _text(settings.password_file, "mqtt.password_file")
    else:
        password = os.environ.get(PASSWORD_VARIABLE)
    if password is not None and settings.username is None:
        # MQTT 5 allows a password alone; 3.1.1 does not (section 3.1.2.9), and no installer means it.
        password = None
    tls = _context(settings.tls) if settings.tls is not None else None
    return BrokerAccess(settings.username, password, tls)


def _text(file: Path, key: str) -> str:
    try:
        text = file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise BrokerError(_unreadable(file, key, error)) from error
    except UnicodeDecodeError as error:
        raise BrokerError(f"{key}: {file} is not UTF-8 text") from error
    if not text:
        raise BrokerError(f"{key}: {file} is empty: write the password into it")
    return text


def _context(settings: TlsSettings) -> ssl.SSLContext:
    for file, key in (
        (settings.ca_file, "ca_file"),
        (settings.cert_file, "cert_file"),
        (settings.key_file, "key_file"),
    ):
        if file is not None:
            _check_readable(file, f"mqtt.tls.{key}")
    if (settings.cert_file is None) != (settings.key_file is None):
        raise BrokerError("mqtt.tls: cert_file and key_file go together: give both, or neither")
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except ssl.SSLError as error:
        raise BrokerError(f"mqtt.tls.ca_file: {settings.ca_file} holds no PEM certificate") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.cert_file is not None and settings.key_file is not None:
        try:
            # An empty password makes an encrypted key an error; without it OpenSSL would wait at a terminal.
            context.load_cert_chain(settings.cert_file, settings.key_file, password="")
        except ssl.SSLError as error:
            pair = f"{settings.cert_file} and {settings.key_file}"
            raise BrokerError(f"mqtt.tls: {pair} are not a PEM certificate and its unencrypted private key") from error
    return context


def _check_readable(file: Path, key: str) -> None:
    try:
        with file.open("rb"):
            return
    except OSError as error:
        raise BrokerError(_unreadable(file, key, error)) from error


def _unreadable(file: Path, key: str, error: OSError) -> str:
    return f"{key}: cannot read {file}: {error.strerror}: check the path and that the agent's user may read it"
