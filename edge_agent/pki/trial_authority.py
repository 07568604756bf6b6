"""A certificate authority for trials and tests: `edge-agent certs`. A factory has a real one, or should."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge_agent.errors import CertificateError
from edge_agent.pki.names import Names
from edge_agent.pki.signing import Signer, Span, common_name, new_signer
from edge_agent.runtime.secret_file import SecretSource, create_secret, secret_path

AUTHORITY_DAYS = 1095
"""Our own: three years outlast any trial, and no test authority should grow old."""
LEAF_DAYS = 365
"""Our own: a year, so that a trial meets a renewal."""
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


def make_authority(directory: Path, span: Span) -> Pair:
    """Make a new test authority in a directory, which is created for its owner alone.

    Raises:
        CertificateError: There is one already.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = new_signer(_SUBJECT, span)
    return _write(directory / "ca", made.certificate, made.key)


def issue(directory: Path, names: Names, stem: str, span: Span) -> Pair:
    """Make a key and a certificate that the authority in a directory signs.

    Args:
        directory: Of `make_authority`.
        names: `ServerNames` or `DeviceNames`.
        stem: Of the files, below the directory, without their ending.
        span: Cut where the authority's own ends.

    Raises:
        CertificateError: There is no authority, a name cannot be used, or the files exist already.
        SecretError: Others can read the authority's key.
    """
    authority = _authority(directory)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = authority.sign(names, key.public_key(), span)
    for parent in reversed(Path(stem).parents):  # mkdir(parents=True) would give those in between another mode
        (directory / parent).mkdir(mode=0o700, exist_ok=True)
    return _write(directory / stem, certificate, key)


def _authority(directory: Path) -> Signer:
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
    if not isinstance(signer, ec.EllipticCurvePrivateKey) or authority.subject != common_name(_SUBJECT):
        raise CertificateError(f"{cert} is no authority of `edge-agent certs init`: this helper signs with none other")
    return Signer(authority, signer)


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
