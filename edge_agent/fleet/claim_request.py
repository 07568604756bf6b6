"""A certificate request from somewhere (PKCS #10): is it well made, and whose is it?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge_agent.claim.base64_body import from_base64
from edge_agent.errors import FleetError
from edge_agent.pki.malformed import MALFORMED
from edge_agent.pki.names import DeviceNames
from edge_agent.pki.public_key import key_sha256
from edge_agent.settings.settings import NAME_PATTERN

# FIPS 186-5 has three of them; `edge-agent claim` makes keys of the first.
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """One that is well made.

    Attributes:
        names: Of the device that it is for.
        subject: As it stands there.
        key: The device's.
        key_sha256: Of its DER, in hexadecimal digits.
    """

    names: DeviceNames
    subject: x509.Name
    key: ec.EllipticCurvePublicKey
    key_sha256: str


def device_names(name: str) -> DeviceNames:
    """The names of a device that is written ``SITE/DEVICE``.

    Raises:
        FleetError: It is written otherwise.
        CertificateError: It is too long for a certificate.
    """
    site, slash, device = name.partition("/")
    if not slash or not all(re.fullmatch(NAME_PATTERN, part) for part in (site, device)):
        raise FleetError(f"{name!r} is no name of a device: write SITE/DEVICE, as in plant-1/press-hall-1")
    names = DeviceNames(site, device)
    _ = names.common_name
    return names


def read_request(body: bytes) -> ClaimRequest:
    """Check what a device sent.

    Args:
        body: Base64 of the request.

    Raises:
        FleetError: It is none, is not signed by its own key, has a weak key, or is for a name that no device has.
        CertificateError: The name is too long.
    """
    try:
        request = x509.load_der_x509_csr(from_base64(body))
        key, digest, signed = request.public_key(), request.signature_hash_algorithm, request.is_signature_valid
        common = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        asked = _alternatives(request)
    except MALFORMED as error:
        raise FleetError("no certificate request (base64 of PKCS #10)") from error
    if not signed:
        raise FleetError("the request is not signed by its own key")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        raise FleetError("the key is of a kind that is not taken: P-256, P-384 or P-521")
    if not isinstance(digest, _HASHES):
        raise FleetError("the request is signed with a hash that is not taken: SHA-256 or longer")
    if len(request.subject) != 1 or len(common) != 1:
        raise FleetError("the subject must be a common name, SITE/DEVICE, and nothing else")
    names = device_names(str(common[0].value))
    if asked is not None and asked != names.alternatives:
        (only,) = names.alternatives
        raise FleetError(
            f"the request asks for names that are not this device's: none is given but {only.value}, so leave "
            "mqtt.client_id out of its configuration"
        )
    return ClaimRequest(names, request.subject, key, key_sha256(key))


def _alternatives(request: x509.CertificateSigningRequest) -> list[x509.GeneralName] | None:
    try:
        return list(request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return None
