"""The device authority of a fleet: what it signs, and for how long."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge_agent.errors import FleetError
from edge_agent.fleet.claim_place import ClaimPlace
from edge_agent.fleet.claim_request import ClaimRequest
from edge_agent.fleet.key_files import Passphrase
from edge_agent.mqtt.trial_authority import key_usage
from edge_agent.runtime.replace_file import replace_file, replace_secret
from edge_agent.runtime.secret_file import open_to_others

# Our own: a device that is bought today should not meet a change of authority before it is worn out.
AUTHORITY_DAYS = 3650
# Our own: a year, renewed after two thirds of it, leaves four months in which a device may be switched off.
DEVICE_DAYS = 365
_BACKDATED = timedelta(days=1)  # our own: a device without a clock of its own may be behind


@dataclass(frozen=True, slots=True)
class Authority:
    """Ready to sign.

    Attributes:
        certificate: Its own.
        key: Its own.
        device_days: For how long a device's certificate is good.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    device_days: int = DEVICE_DAYS

    def sign(self, request: ClaimRequest, now: datetime) -> x509.Certificate:
        """A device's certificate: to log in as a client, and nothing else.

        The serial number has 159 random bits; RFC 5280, section 4.1.2.2 asks for one that is unique and has at most 20
        octets, the Baseline Requirements of the CA/Browser Forum, section 7.1, for 64 random bits.
        """
        builder = self._builder(request.subject, request.key, now, timedelta(days=self.device_days))
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        names = x509.SubjectAlternativeName(request.names.alternatives)
        return builder.add_extension(names, critical=False).sign(self.key, hashes.SHA256())

    def server(
        self, hosts: list[str], now: datetime, days: int = AUTHORITY_DAYS
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Certificate and key of a server.

        That of the server on this machine is good for as long as the authority: whoever can steal its key from here can
        steal the authority's.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
        builder = self._builder(subject, key.public_key(), now, timedelta(days=days))
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        return builder.add_extension(names, critical=False).sign(self.key, hashes.SHA256()), key

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
    ) -> x509.CertificateBuilder:
        ends = min(now + life, self.certificate.not_valid_after_utc)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.certificate.subject)
        builder = builder.public_key(key).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - _BACKDATED).not_valid_after(ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(key_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return builder.add_extension(issuer, critical=False)


def make_authority(place: ClaimPlace, name: str, passphrase: bytes | None, now: datetime) -> None:
    """Make the authority of a fleet.

    Args:
        place: Where.
        name: For people, in the certificate.
        passphrase: Encrypts its key; None leaves it in clear, for its owner alone.
        now: UTC.

    Raises:
        FleetError: There is one already.
        OSError: A file cannot be written.
    """
    if place.ca.exists() or place.ca_key.exists():
        raise FleetError(f"{place.root}: there is an authority already, on which devices rely: nothing was done")
    place.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - _BACKDATED)
    builder = builder.not_valid_after(now + timedelta(days=AUTHORITY_DAYS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(key_usage(signs_certificates=True), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = builder.add_extension(identifier, critical=False).sign(key, hashes.SHA256())
    encryption: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    replace_secret(place.ca_key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    replace_file(place.ca, certificate.public_bytes(Encoding.PEM))


def read_authority(place: ClaimPlace, passphrase: Passphrase, device_days: int = DEVICE_DAYS) -> Authority:
    """The authority of a fleet.

    Raises:
        FleetError: There is none, others can read its key, or the two files do not belong together.
    """
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
    return Authority(certificate, key, device_days)


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


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
