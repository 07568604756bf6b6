"""Public keys, to tell them apart."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def spki(key: CertificatePublicKeyTypes) -> bytes:
    """DER of the SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7)."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_sha256(key: CertificatePublicKeyTypes) -> str:
    """SHA-256 of the DER, in hexadecimal digits."""
    return sha256(spki(key)).hexdigest()


def read_out(digest: str) -> str:
    """So much of a `key_sha256` as people compare who approve by hand: 128 bits."""
    return digest[:32]
