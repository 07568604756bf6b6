"""The device authority of a fleet: what it signs, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge_agent.errors import FleetError
from edge_agent.fleet.claim_place import ClaimPlace
from edge_agent.fleet.claim_request import ClaimRequest
from edge_agent.fleet.key_files import Passphrase
from edge_agent.pki.names import ServerNames
from edge_agent.pki.signing import Signer, Span, new_signer
from edge_agent.runtime.replace_file import replace_file, replace_secret
from edge_agent.runtime.secret_file import open_to_others

# Our own: a device that is bought today should not meet a change of authority before it is worn out.
AUTHORITY_DAYS = 3650
# Our own: a year, renewed after two thirds of it, leaves four months in which a device may be switched off.
DEVICE_DAYS = 365


@dataclass(frozen=True, slots=True)
class Authority:
    """Of a fleet.

    Attributes:
        signer: Its certificate and key.
        device_days: For how long a device's certificate is good.
    """

    signer: Signer
    device_days: int = DEVICE_DAYS

    def sign(self, request: ClaimRequest, now: datetime) -> x509.Certificate:
        """A device's certificate: to log in as a client, and nothing else."""
        return self.signer.sign(request.names, request.key, Span(now, self.device_days))

    def server(
        self, hosts: list[str], now: datetime, days: int = AUTHORITY_DAYS
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Certificate and key of a server.

        That of the server on this machine is good for as long as the authority: whoever can steal its key from here can
        steal the authority's.

        Raises:
            CertificateError: A host can be none.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        return self.signer.sign(ServerNames(tuple(hosts)), key.public_key(), Span(now, days)), key


def make_authority(place: ClaimPlace, name: str, passphrase: bytes | None, now: datetime) -> None:
    """Make the authority of a fleet.

    Args:
        place: Where.
        name: For people, in the certificate.
        passphrase: Encrypts its key; None leaves it in clear, for its owner alone.
        now: UTC.

    Raises:
        FleetError: There is one already, or half of one.
        OSError: A file cannot be written.
    """
    _check_half(place)
    if place.ca.exists():
        raise FleetError(f"{place.root}: there is an authority already, on which devices rely: nothing was done")
    place.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = new_signer(name, Span(now, AUTHORITY_DAYS))
    encryption: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    replace_secret(place.ca_key, made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    replace_file(place.ca, made.certificate.public_bytes(Encoding.PEM))


def _check_half(place: ClaimPlace) -> None:
    """Neither `init` nor anything else knows what the one file without the other is."""
    files = (place.ca, place.ca_key)
    there = [each for each in files if each.exists()]
    if len(there) == 1:
        (gone,) = set(files) - set(there)
        raise FleetError(
            f"{there[0]} is there without {gone.name}: restore that from your copy; if `edge-agent-fleet claim init` "
            f"was cut off, and nobody was invited yet, delete {there[0].name} and make the authority anew"
        )


def read_authority(place: ClaimPlace, passphrase: Passphrase, device_days: int = DEVICE_DAYS) -> Authority:
    """The authority of a fleet.

    Raises:
        FleetError: There is none or half of one, others can read its key, or the two files do not belong together.
    """
    _check_half(place)
    try:
        if open_to_others(place.ca_key):
            raise FleetError(f"{place.ca_key}: others may read this private key: chmod 600 {place.ca_key}")
        pem = place.ca_key.read_bytes()
        certificate = x509.load_pem_x509_certificate(place.ca.read_bytes())
        key = load_pem_private_key(pem, passphrase(place.ca_key) if b"ENCRYPTED PRIVATE KEY" in pem else None)
    except OSError as error:
        raise FleetError(
            f"{error.filename}: {error.strerror}: make an authority with `edge-agent-fleet claim init`"
        ) from error
    except (ValueError, TypeError) as error:
        raise FleetError(f"{place.root}: no PEM certificate and key, or not with this passphrase") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise FleetError(f"{place.ca_key} is not the key of {place.ca}: restore them from your copy")
    return Authority(Signer(certificate, key), device_days)


def server_files(authority: Authority, hosts: list[str], directory: Path, now: datetime) -> Path:
    """A PEM file with the server's certificate and key, made anew at each start.

    Raises:
        OSError: It cannot be written.
    """
    certificate, key = authority.server(hosts, now)
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    replace_secret(directory / "server.pem", certificate.public_bytes(Encoding.PEM) + plain)
    return directory / "server.pem"


def broker_files(authority: Authority, hosts: list[str], directory: Path, now: datetime) -> tuple[Path, Path]:
    """Certificate and key for a broker, which demands certificates of the same authority; good for a year.

    Raises:
        FleetError: There are such files already.
        OSError: They cannot be written.
    """
    cert_file, key_file = directory / "broker.pem", directory / "broker.key"
    for file in (cert_file, key_file):
        if file.exists():
            raise FleetError(f"{file} exists already and is not overwritten: move it away")
    certificate, key = authority.server(hosts, now, DEVICE_DAYS)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_secret(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    replace_file(cert_file, certificate.public_bytes(Encoding.PEM))
    return cert_file, key_file
