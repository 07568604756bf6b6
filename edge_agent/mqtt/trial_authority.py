"""A certificate authority for trials and tests: `edge-agent certs`. A factory has a real one, or should.

Profile: RFC 5280, sections 4.1 and 4.2. Keys are EC P-256 (FIPS 186-5), small and fast on a Raspberry Pi, and spoken by
every TLS 1.2 broker.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge_agent.errors import CertificateError
from edge_agent.runtime.secret_file import SecretSource, create_secret, secret_path

AUTHORITY_DAYS = 1095
"""Our own: three years outlast any trial, and no test authority should grow old."""
LEAF_DAYS = 365
"""Our own: a year, so that a trial meets a renewal."""
_BACKDATED = timedelta(days=1)  # our own: clocks of a bench differ, and a certificate must be good at once
_LONGEST_NAME = 64  # RFC 5280, appendix A.1: ub-common-name
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.I)
_SUBJECT = "edge-agent TEST authority (not for production)"


@dataclass(frozen=True, slots=True)
class Pair:
    """What was written.

    Attributes:
        cert: PEM of the certificate.
        key: PEM of its private key.
    """

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Span:
    """How long a certificate is good.

    Attributes:
        now: Its first day, less one; with a time zone.
        days: Its number.
    """

    now: datetime
    days: int


class _Names(Protocol):
    """What one kind of certificate is for."""

    @property
    def common_name(self) -> str: ...

    @property
    def alternatives(self) -> list[x509.GeneralName]: ...

    @property
    def purpose(self) -> x509.ObjectIdentifier: ...


@dataclass(frozen=True, slots=True)
class BrokerNames:
    """The names and addresses under which devices reach a broker."""

    hosts: tuple[str, ...]

    purpose = ExtendedKeyUsageOID.SERVER_AUTH

    @property
    def common_name(self) -> str:
        """The first host; nobody checks it where there are alternatives (RFC 9525, section 2)."""
        return self.hosts[0][:_LONGEST_NAME]

    @property
    def alternatives(self) -> list[x509.GeneralName]:
        """Every host.

        Raises:
            CertificateError: One of them can be no host.
        """
        return [_host(host) for host in self.hosts]


@dataclass(frozen=True, slots=True)
class DeviceNames:
    """One agent.

    The common name is ``{site}/{device}``, the part of its topics by which an access list with one pattern for all
    devices lets each into its own. The alternative name is the client id.
    """

    site: str
    device: str

    purpose = ExtendedKeyUsageOID.CLIENT_AUTH

    @property
    def common_name(self) -> str:
        """As in the topics.

        Raises:
            CertificateError: It is too long for a certificate.
        """
        name = f"{self.site}/{self.device}"
        if len(name) > _LONGEST_NAME:
            raise CertificateError(
                f"{name} has {len(name)} characters, and a certificate's name may have {_LONGEST_NAME}: "
                "shorten site or device"
            )
        return name

    @property
    def alternatives(self) -> list[x509.GeneralName]:
        """The client id that an agent has by default."""
        return [x509.DNSName(f"edge-agent-{self.site}-{self.device}")]


def make_authority(directory: Path, span: Span) -> Pair:
    """Make a new test authority in a directory, which is created for its owner alone.

    Raises:
        CertificateError: There is one already.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(_SUBJECT)
    builder = _builder(name, name, key.public_key(), span)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(key_usage(signs_certificates=True), critical=True)
    return _write(directory / "ca", builder.sign(key, hashes.SHA256()), key)


def issue(directory: Path, names: _Names, stem: str, span: Span) -> Pair:
    """Make a key and a certificate that the authority in a directory signs.

    Args:
        directory: Of `make_authority`.
        names: `BrokerNames` or `DeviceNames`.
        stem: Of the files, below the directory, without their ending.
        span: Cut where the authority's own ends.

    Raises:
        CertificateError: There is no authority, a name cannot be used, or the files exist already.
        SecretError: Others can read the authority's key.
    """
    authority, signer = _authority(directory)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(
        _name(names.common_name), authority.subject, key.public_key(), span, authority.not_valid_after_utc
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(key_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([names.purpose]), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName(names.alternatives), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
    )
    path = directory / stem
    for parent in reversed(Path(stem).parents):  # mkdir(parents=True) would give those in between another mode
        (directory / parent).mkdir(mode=0o700, exist_ok=True)
    return _write(path, builder.sign(signer, hashes.SHA256()), key)


def _authority(directory: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    cert, key = directory / "ca.pem", directory / "ca.key"
    if not cert.is_file() or not key.is_file():
        raise CertificateError(f"there is no test authority in {directory}: make one with `edge-agent certs init DIR`")
    secret_path(SecretSource("ca.key", key, None))
    try:
        authority = x509.load_pem_x509_certificate(cert.read_bytes())
        signer = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise CertificateError(f"{cert} and {key} cannot be read as PEM: restore them, or begin anew") from error
    # A real authority's key has no place beside a helper for trials.
    if not isinstance(signer, ec.EllipticCurvePrivateKey) or authority.subject != _name(_SUBJECT):
        raise CertificateError(f"{cert} is no authority of `edge-agent certs init`: this helper signs with none other")
    return authority, signer


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, span: Span, at_most: datetime | None = None
) -> x509.CertificateBuilder:
    ends = span.now + timedelta(days=span.days)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(span.now - _BACKDATED).not_valid_after(min(ends, at_most) if at_most else ends)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """What a key may be used for (RFC 5280, section 4.2.1.3): to sign certificates and revocations, or to log in."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not _HOST.fullmatch(host):
        raise CertificateError(
            f"{host!r} is no name and no address of a host: write it as in broker.example or 10.0.0.7"
        )
    return x509.DNSName(host)


def _write(stem: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    pair = Pair(stem.with_name(f"{stem.name}.pem"), stem.with_name(f"{stem.name}.key"))
    for path in (pair.key, pair.cert):
        if path.exists():
            raise CertificateError(f"{path} exists already and is not overwritten: move it away to begin anew")
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    create_secret(pair.key, key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    create_secret(pair.cert, certificate.public_bytes(pem))
    return pair
