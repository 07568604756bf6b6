"""What a provisioning file brings along, read as the agent will read it.

A key that does not fit is told of now, while the old one is there, and not found at the first connect.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edge_agent.errors import BrokerError, ProvisioningError, SecretError
from edge_agent.mqtt.broker_access import check_client_id, read_access
from edge_agent.mqtt.broker_settings import TlsSettings
from edge_agent.mqtt.certificate_facts import read_certificates
from edge_agent.provision.place import HOME, PlacedFile
from edge_agent.provision.provision_settings import ProvisioningFile
from edge_agent.runtime.secret_file import SecretSource, create_secret, secret_text

_MOST_BYTES = 64 * 1024  # as of what is brought along


def what_is_wrong(settings: ProvisioningFile, files: Sequence[PlacedFile], root: Path, scratch: Path) -> str:
    """The first thing; empty where all is well.

    Args:
        settings: As the agent will have them.
        files: That are brought along.
        root: Of the device's file system: a certificate may come alone, and must fit the key that is there.
        scratch: An existing directory that nobody else can read, in memory if there is one: secrets pass through it.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        held = _Held(Path(name), root)
        for placed in files:
            held.add(placed.place, placed.content)
        try:
            _check_broker(settings, held)
            _check_others(settings, held)
        except (BrokerError, SecretError, ProvisioningError) as error:
            text = str(error)
            for place, file in held.files.items():
                text = text.replace(str(file), Path(place).name)
            return text
    return ""


class _Held:
    """Files where they can be looked at, by the place that they will have on the device.

    Args:
        directory: Of nobody else.
        root: Of the device's file system.
    """

    def __init__(self, directory: Path, root: Path) -> None:
        self._directory = directory
        self._root = root
        self.files: dict[str, Path] = {}

    def add(self, place: str, content: bytes) -> None:
        file = self._directory / str(len(self.files))
        create_secret(file, content)
        self.files[place] = file

    def brought(self, path: Path | None) -> Path | None:
        """What comes along under a path of the configuration."""
        return None if path is None else self.files.get(f"{HOME}/{path}")

    def there(self, path: Path | None) -> Path | None:
        """Likewise, or what the device has under it already."""
        if path is None:
            return None
        place = f"{HOME}/{path}" if not path.is_absolute() else str(path.relative_to("/"))
        file = self._root / place
        try:
            if place not in self.files and file.is_file():
                with file.open("rb") as stream:
                    self.add(place, stream.read(_MOST_BYTES))
        except OSError:
            return None  # of a laptop's file: only the device itself can tell
        return self.files.get(place)


def _check_broker(settings: ProvisioningFile, held: _Held) -> None:
    """The broker's settings, with files that are there now; what is not brought along, the device has already."""
    mqtt = settings.mqtt
    tls = mqtt.tls
    password = held.brought(_credential(mqtt.password_credential))
    if tls is not None:
        cert, key = tls.cert_file, tls.key_file or _credential(tls.key_credential)
        pair: tuple[Path | None, Path | None] = (held.there(cert), held.there(key))
        # Of what comes alone and has no counterpart here nothing can be told, and of what was here before nothing need.
        if None in pair or not (held.brought(cert) or held.brought(key)):
            pair = (None, None)
        tls = TlsSettings(
            ca_file=held.brought(tls.ca_file), cert_file=pair[0], key_file=pair[1], bind_client_id=tls.bind_client_id
        )
    looked_at = dataclasses.replace(mqtt, password_file=password, password_credential=None, tls=tls)
    read_access(looked_at)
    check_client_id(looked_at, mqtt.client_id or f"edge-agent-{settings.site}-{settings.device}")


def _credential(name: str | None) -> Path | None:
    return None if name is None else Path("credentials") / name


def _check_others(settings: ProvisioningFile, held: _Held) -> None:
    for place, file in held.files.items():
        if place.startswith(f"{HOME}/cameras/"):
            secret_text(SecretSource(f"the password {Path(place).name}", file, None))
    claim = settings.mqtt.tls.claim if settings.mqtt.tls is not None else None
    if claim is not None and (authority := held.brought(claim.ca_file)):
        read_certificates(authority, "mqtt.tls.claim.ca_file")
    if settings.update is not None and (root := held.brought(settings.update.trusted_root)):
        _check_trusted_root(root.read_bytes())


def _check_trusted_root(content: bytes) -> None:
    """As the updater begins: root metadata, signed by as many of its own keys as it asks for (TUF, section 5.3.4)."""
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata, Root
    from tuf.api.serialization import DeserializationError

    try:
        root: Metadata[Root] = Metadata[Root].from_bytes(content)
        if not isinstance(root.signed, Root):
            raise ProvisioningError("update.trusted_root: holds other metadata than the root's: take N.root.json")
        root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    except (DeserializationError, RepositoryError) as error:
        advice = "take N.root.json of the repository's metadata as it is"
        raise ProvisioningError(f"update.trusted_root: is no root that its own keys signed: {advice}") from error
