"""What a claim is about: who asks, whom, and where the certificate goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ClaimError
from edge_agent.mqtt.broker_settings import ClaimSettings
from edge_agent.pki.names import DeviceNames
from edge_agent.runtime.secret_file import SecretSource
from edge_agent.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class ClaimPlan:
    """Of one device.

    Attributes:
        names: Of the device; its common name is the user of the invitation.
        client_id: That the certificate must name; None where the settings do not ask for that.
        server: Where to ask.
        cert_file: Where the certificate goes.
        key_file: Where the key is made.
    """

    names: DeviceNames
    client_id: str | None
    server: ClaimSettings
    cert_file: Path
    key_file: Path

    @property
    def request_file(self) -> Path:
        """The request that was sent, until its certificate is there."""
        return self.cert_file.with_suffix(".csr")

    @property
    def token(self) -> SecretSource:
        """Of the invitation."""
        return SecretSource("mqtt.tls.claim.token", self.server.token_file, self.server.token_credential)


def settings_to_plan(settings: Settings) -> ClaimPlan | None:
    """The plan; None where the configuration asks for none.

    Raises:
        ClaimError: The settings lack a file's name.
    """
    tls = settings.mqtt.tls
    if tls is None or tls.claim is None:
        return None
    if tls.cert_file is None or tls.key_file is None:
        raise ClaimError("mqtt.tls.claim: `cert_file` and `key_file` are missing, where what is fetched goes")
    client_id = settings.mqtt.client_id or f"edge-agent-{settings.site}-{settings.device}"
    names = DeviceNames(settings.site, settings.device)
    return ClaimPlan(names, client_id if tls.bind_client_id else None, tls.claim, tls.cert_file, tls.key_file)
