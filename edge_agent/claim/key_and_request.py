"""The device's key, made here and never sent, and the request that it signs (PKCS #10, RFC 2986).

Both are on the disk before anything is asked: after a power cut the same request is sent again (RFC 7030, section
4.2.3), and the server, which bound the invitation to this key, gives the same certificate again.
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge_agent.claim.claim_plan import ClaimPlan
from edge_agent.errors import ClaimError, SecretError
from edge_agent.pki.malformed import MALFORMED
from edge_agent.pki.public_key import spki
from edge_agent.pki.signing import common_name
from edge_agent.runtime.replace_file import replace_file, replace_secret
from edge_agent.runtime.secret_file import SecretSource, secret_path


def own_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """The key that is there; a new one of EC P-256, on the disk with mode 0600, where none is.

    Raises:
        ClaimError: What is there is no such key, or others can read it.
        OSError: It cannot be written.
    """
    if not file.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        replace_secret(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return key
    try:
        secret_path(SecretSource("mqtt.tls.key", file, None))
        found = load_pem_private_key(file.read_bytes(), None)
    except SecretError as error:
        raise ClaimError(str(error)) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ClaimError(f"{file}: is no unencrypted PEM key: move it away, and a new one is made") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise ClaimError(f"{file}: is no key of an elliptic curve: move it away, and a new one is made")
    return found


def kept_request(plan: ClaimPlan, key: ec.EllipticCurvePrivateKey) -> bytes:
    """DER of the request that was made before with this key for these names; a new one where there is none.

    Raises:
        OSError: It cannot be written.
        CertificateError: The device's name is too long.
    """
    names = x509.SubjectAlternativeName([x509.DNSName(plan.client_id)] if plan.client_id else plan.names.alternatives)
    subject = common_name(plan.names.common_name)
    kept = _read(plan.files.request)
    if kept is None or _asks_for(kept) != (spki(key.public_key()), subject, names):
        kept = _signed(subject, names, key)
        replace_file(plan.files.request, kept.public_bytes(Encoding.PEM))
    return kept.public_bytes(Encoding.DER)


def renewal_request(present: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    """DER of a request for a certificate of the same names, as RFC 7030, section 4.2.2 wants it."""
    try:
        names = present.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = None
    return _signed(present.subject, names, key).public_bytes(Encoding.DER)


def _signed(
    subject: x509.Name, names: x509.SubjectAlternativeName | None, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, hashes.SHA256())


def _asks_for(
    request: x509.CertificateSigningRequest,
) -> tuple[bytes, x509.Name, x509.SubjectAlternativeName]:
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return spki(request.public_key()), request.subject, names


def _read(file: Path) -> x509.CertificateSigningRequest | None:
    """What lies there; None where it is none, or not of ours."""
    try:
        found = x509.load_pem_x509_csr(file.read_bytes())
        _asks_for(found)
    except (FileNotFoundError, x509.ExtensionNotFound, *MALFORMED):
        return None
    return found
