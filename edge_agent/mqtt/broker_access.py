"""What the broker asks before it lets us in: credentials and certificates, read from their files."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge_agent.errors import BrokerError, SecretError
from edge_agent.mqtt.broker_settings import BrokerSettings, TlsSettings
from edge_agent.mqtt.certificate_facts import read_certificates
from edge_agent.runtime.secret_file import SecretSource, secret_path, secret_text


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
        BrokerError: A file is missing, cannot be read, does not hold what it should, or others can read a secret.
    """
    try:
        secret = SecretSource("mqtt.password", settings.password_file, settings.password_credential)
        password = secret_text(secret) if secret.given else None
        if password is not None and settings.username is None:
            # MQTT 5 allows a password alone; 3.1.1 does not (section 3.1.2.9), and no installer means it.
            password = None
        tls = _context(settings.tls) if settings.tls is not None else None
    except SecretError as error:
        raise BrokerError(str(error)) from error
    return BrokerAccess(settings.username, password, tls)


def check_at_start(settings: BrokerSettings, client_id: str) -> None:
    """Read the files that the settings name, to end over a slip of the installer while somebody looks.

    A certificate that is claimed is no such slip, whatever is wrong with it or its key: `edge-agent claim run` mends it
    in time, and until then it is a reason for no connection.

    Args:
        settings: Of the broker.
        client_id: Of the agent.

    Raises:
        BrokerError: As `read_access` and `check_client_id`.
    """
    if settings.tls is not None and settings.tls.claim is not None:
        tls = replace(settings.tls, cert_file=None, key_file=None, key_credential=None, claim=None)
        settings = replace(settings, tls=tls)
    read_access(settings)
    check_client_id(settings, client_id)


def unclaimed(tls: TlsSettings | None) -> bool:
    """Whether the certificate is still to be fetched by `edge-agent claim run`: no slip, and nothing to end over."""
    return tls is not None and tls.claim is not None and tls.cert_file is not None and not tls.cert_file.exists()


def check_client_id(settings: BrokerSettings, client_id: str) -> None:
    """A client certificate must name the client that presents it.

    A broker that takes the name from the certificate keeps one device from speaking as another. It cannot tell whose
    events it gets where the installer mixed up two devices' certificates: this check can.

    Args:
        settings: Of the broker.
        client_id: That the agent will use.

    Raises:
        BrokerError: The certificate names somebody else, or nobody.
    """
    tls = settings.tls
    if tls is None or tls.cert_file is None or not tls.bind_client_id or unclaimed(tls):
        return
    names = read_certificates(tls.cert_file, "mqtt.tls.cert_file")[0].names
    if client_id not in names:
        advice = "install this device's certificate, or set mqtt.client_id to a name in it"
        if tls.claim is not None:
            advice = "invite this device, and `edge-agent claim run` fetches its own; `journalctl -u edge-agent-claim`"
        raise BrokerError(
            f"mqtt.tls.cert_file: {tls.cert_file} is the certificate of {', '.join(names) or 'nobody'}, and not of the "
            f"client id {client_id}: {advice}"
        )


def _context(settings: TlsSettings) -> ssl.SSLContext:
    if unclaimed(settings):
        raise BrokerError(
            f"this device has no certificate yet ({settings.cert_file}): `edge-agent claim run` fetches it, and "
            "`journalctl -u edge-agent-claim` tells how far that is"
        )
    for file, key in ((settings.ca_file, "ca_file"), (settings.cert_file, "cert_file")):
        if file is not None:
            _check_readable(file, f"mqtt.tls.{key}")
    secret = SecretSource("mqtt.tls.key", settings.key_file, settings.key_credential)
    if (settings.cert_file is None) == secret.given:
        raise BrokerError("mqtt.tls: cert_file and key_file go together: give both, or neither")
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except ssl.SSLError as error:
        raise BrokerError(f"mqtt.tls.ca_file: {settings.ca_file} holds no PEM certificate") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.cert_file is not None:
        key_file = secret_path(secret)
        try:
            # An empty password makes an encrypted key an error; without it OpenSSL would wait at a terminal.
            context.load_cert_chain(settings.cert_file, key_file, password="")
        except ssl.SSLError as error:
            pair = f"{settings.cert_file} and {key_file}"
            raise BrokerError(f"mqtt.tls: {pair} are not a PEM certificate and its unencrypted private key") from error
    return context


def _check_readable(file: Path, key: str) -> None:
    try:
        with file.open("rb"):
            return
    except OSError as error:
        advice = "check the path and that the agent's user may read it"
        raise BrokerError(f"{key}: cannot read {file}: {error.strerror}: {advice}") from error
