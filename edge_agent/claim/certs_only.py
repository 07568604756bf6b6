"""The body of an EST answer to certificates: base64 of a certs-only CMS message (RFC 7030, section 4.1.3)."""

from __future__ import annotations

import base64
import warnings

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from edge_agent.claim.base64_body import from_base64
from edge_agent.errors import ClaimRefused
from edge_agent.pki.malformed import MALFORMED

_MOST_CERTIFICATES = 16  # our own: a chain has three, and an authority that follows another doubles that


def certificates_of(body: bytes) -> list[x509.Certificate]:
    """The certificates in an answer, in its order, which means nothing.

    Raises:
        ClaimRefused: The body is something else.
    """
    try:
        der = from_base64(body)
        with warnings.catch_warnings():
            # A message in BER is accepted with a warning; what it holds is checked all the same.
            warnings.simplefilter("ignore")
            found = pkcs7.load_der_pkcs7_certificates(der)
        # Some parts are parsed when they are first looked at, and later nobody expects them to be malformed.
        for each in found:
            _ = (each.subject, each.issuer, each.extensions, each.not_valid_before_utc, each.not_valid_after_utc)
            each.public_key()
    except MALFORMED as error:
        raise ClaimRefused("the answer is no list of certificates (application/pkcs7-mime, certs-only)") from error
    if not 0 < len(found) <= _MOST_CERTIFICATES:
        raise ClaimRefused(f"the answer has {len(found)} certificates, where 1 to {_MOST_CERTIFICATES} were expected")
    return found


def body_of(certificates: list[x509.Certificate]) -> bytes:
    """The other way round, for a server: base64 in lines."""
    return base64.encodebytes(pkcs7.serialize_certificates(certificates, Encoding.DER))
