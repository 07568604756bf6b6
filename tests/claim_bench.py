"""A fleet's EST server on 127.0.0.1 as its operator runs it, and a device's claim, in this process."""

from __future__ import annotations

import base64
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from edge_agent.claim.claim_plan import ClaimPlan
from edge_agent.claim.enrolment import enrol
from edge_agent.fleet.claim_authority import make_authority, read_authority, server_files
from edge_agent.fleet.claim_desk import ClaimDesk, approve, invite
from edge_agent.fleet.claim_place import ClaimPlace
from edge_agent.fleet.claim_server import ClaimServer, Counter, tls_context
from edge_agent.fleet.key_files import no_passphrase
from edge_agent.mqtt.broker_settings import ClaimSettings
from edge_agent.mqtt.claim_files import ClaimFiles
from edge_agent.pki.names import DeviceNames

DEVICE = "plant-1/hall-1"


class SetClock:
    """Wall time that a test sets; the real one until then."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.follows_a_server = True

    def monotonic_s(self) -> float:
        return time.monotonic()

    def wall_s(self) -> float:
        return time.time() + self.ahead_s

    def synchronised(self) -> bool:
        return self.follows_a_server


class Fleet:
    """One authority and, once started, its server."""

    def __init__(self, root: Path, *, by_hand: bool = False) -> None:
        self.place = ClaimPlace(root)
        self.told: list[str] = []
        self.behind = timedelta()
        """How far this server's idea of the time is behind: what it signs is then so old."""
        make_authority(self.place, "test devices", None, real_now() - timedelta(days=2000))
        authority = read_authority(self.place, no_passphrase)
        self.desk = ClaimDesk(self.place, authority, by_hand=by_hand)
        counter = Counter(self.desk, lambda: real_now() - self.behind, self.told.append, retry_after_s=7)
        server_file = server_files(authority, ["127.0.0.1"], self.place.root, real_now())
        self.server = ClaimServer(("127.0.0.1", 0), tls_context(server_file, self.place.ca), counter)
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server.server_port}"

    def invite(self, device: str = DEVICE, days: float = 7.0, *, again: bool = False) -> str:
        return invite(self.place, device, real_now() + timedelta(days=days), again=again)

    def approve(self, device: str = DEVICE) -> None:
        approve(self.place, device)

    def stop(self) -> None:
        if self._thread.is_alive():
            self.server.shutdown()
            self._thread.join(30)
            self.server.server_close()


@dataclass
class Claimer:
    """One device: where its files lie, and its clock."""

    directory: Path
    url: str
    ca_file: Path
    label: str | None = None
    client_id: str | None = "edge-agent-plant-1-hall-1"
    clock: SetClock = field(default_factory=SetClock)

    def give(self, token: str) -> Claimer:
        self.directory.mkdir(exist_ok=True)
        file = self.directory / "token"
        file.unlink(missing_ok=True)
        file.touch(0o600)
        file.write_text(token + "\n")
        return self

    @property
    def plan(self) -> ClaimPlan:
        settings = ClaimSettings(
            url=self.url, label=self.label, ca_file=self.ca_file, token_file=self.directory / "token"
        )
        place = self.directory / "claim"
        names = DeviceNames("plant-1", "hall-1")
        return ClaimPlan(names, self.client_id, settings, ClaimFiles(place / "device.pem", place / "device.key"))

    def enrol(self) -> x509.Certificate:
        return enrol(self.plan, self.clock)


def signed_request() -> bytes:
    """As the device of the tests sends it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DEVICE)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return base64.encodebytes(made.public_bytes(Encoding.DER))


def some_authority() -> bytes:
    """PEM of an authority that signed nothing."""
    with tempfile.TemporaryDirectory() as directory:
        place = ClaimPlace(Path(directory))
        make_authority(place, "elsewhere", None, real_now())
        return place.ca.read_bytes()


def real_now() -> datetime:
    return datetime.now(tz=timezone.utc)
