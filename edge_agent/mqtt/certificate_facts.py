"""What a certificate says of itself: whom it names, and until when it is good."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.errors import BrokerError

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One certificate.

    Attributes:
        names: Its common name and alternative names (DNS, URI, e-mail), as they stand there.
        not_before_s: Seconds since the Unix epoch.
        not_after_s: Likewise.
    """

    names: tuple[str, ...]
    not_before_s: float
    not_after_s: float


def read_certificates(file: Path, key: str) -> tuple[CertificateFacts, ...]:
    """Every certificate in a PEM file, in its order: the first one is the device's own.

    Args:
        file: PEM.
        key: What the configuration calls it.

    Raises:
        BrokerError: It cannot be read, or holds none.
    """
    from cryptography import x509  # some 10 ms and 12 MB, for those who use certificates

    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        raise BrokerError(f"{key}: cannot read {file}: {error.strerror}") from error
    except (ValueError, x509.InvalidVersion) as error:
        raise BrokerError(f"{key}: {file} holds no PEM certificate that can be read") from error
    return tuple(_facts(each) for each in found)


def _facts(certificate: x509.Certificate) -> CertificateFacts:
    from cryptography import x509

    common = [str(name.value) for name in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    try:
        others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (
        x509.ExtensionNotFound,
        x509.UnsupportedGeneralNameType,
        ValueError,
    ):  # without the extension, or with one that is malformed
        alternative: list[str] = []
    else:
        kinds = (x509.DNSName, x509.UniformResourceIdentifier, x509.RFC822Name)
        alternative = [name for kind in kinds for name in others.get_values_for_type(kind)]
    return CertificateFacts(
        names=tuple(dict.fromkeys([*common, *alternative])),
        not_before_s=certificate.not_valid_before_utc.timestamp(),
        not_after_s=certificate.not_valid_after_utc.timestamp(),
    )
