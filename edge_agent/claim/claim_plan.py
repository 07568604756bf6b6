"""What a claim is about: who asks, whom, and where the certificate goes."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.errors import ClaimError
from edge_agent.mqtt.broker_settings import ClaimSettings
from edge_agent.mqtt.claim_files import ClaimFiles
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
        files: Where certificate and key go.
        any_common_name: Whether the certificate may have another one, as by a server that does not keep it.
    """

    names: DeviceNames
    client_id: str | None
    server: ClaimSettings
    files: ClaimFiles
    any_common_name: bool = False

    @property
    def token(self) -> SecretSource:
        """Of the invitation."""
        return SecretSource("mqtt.tls.claim.token", self.server.token_file, self.server.token_credential)


def settings_to_plan(settings: Settings) -> ClaimPlan | None:
    """The plan; None where the configuration asks for none.

    Raises:
        ClaimError: The settings lack a file's name, or one would be written over another.
    """
    mqtt, tls = settings.mqtt, settings.mqtt.tls
    if tls is None or tls.claim is None:
        return None
    if tls.cert_file is None or tls.key_file is None:
        raise ClaimError("mqtt.tls.claim: `cert_file` and `key_file` are missing, where what is fetched goes")
    files = ClaimFiles(tls.cert_file, tls.key_file)
    read = [each for each in (tls.ca_file, tls.claim.ca_file, tls.claim.token_file) if each is not None]
    if clash := files.clash(read):
        raise ClaimError(f"mqtt.tls.claim: {clash} would be written over: name `cert_file` and `key_file` otherwise")
    client_id = mqtt.client_id or f"edge-agent-{settings.site}-{settings.device}"
    return ClaimPlan(
        names=DeviceNames(settings.site, settings.device),
        client_id=client_id if tls.bind_client_id else None,
        server=tls.claim,
        files=files,
        any_common_name=mqtt.client_id is not None or not tls.bind_client_id,
    )
