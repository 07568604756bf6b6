"""The certificates themselves.

Profile: RFC 5280, sections 4.1 and 4.2. Keys are EC P-256 (FIPS 186-5), small and fast on a Raspberry Pi, and spoken by
every TLS 1.2 broker. A serial number has 159 random bits: RFC 5280, section 4.1.2.2 asks for one that is unique and has
at most 20 octets, the Baseline Requirements of the CA/Browser Forum, section 7.1, for 64 random bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge_agent.pki.names import Names

_BACKDATED = timedelta(days=1)  # our own: clocks differ, and a device without one of its own may be behind


@dataclass(frozen=True, slots=True)
class Span:
    """How long a certificate is good.

    Attributes:
        now: Its first day, less one; with a time zone.
        days: Its number.
    """

    now: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Signer:
    """An authority that is ready to sign.

    Attributes:
        certificate: Its own.
        key: Its own.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def sign(self, names: Names, key: ec.EllipticCurvePublicKey, span: Span) -> x509.Certificate:
        """A certificate for one purpose, which ends with the authority at the latest.

        Raises:
            CertificateError: A name cannot be used.
        """
        subject, ends = common_name(names.common_name), self.certificate.not_valid_after_utc
        builder = _builder(subject, self.certificate.subject, key, span, ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([names.purpose]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(names.alternatives), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return builder.add_extension(issuer, critical=False).sign(self.key, hashes.SHA256())


def new_signer(name: str, span: Span) -> Signer:
    """A new authority with a key of its own, which signs for devices and servers and no other authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(common_name(name), common_name(name), key.public_key(), span)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
    return Signer(builder.sign(key, hashes.SHA256()), key)


def common_name(name: str) -> x509.Name:
    """A subject that is one common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, span: Span, at_most: datetime | None = None
) -> x509.CertificateBuilder:
    ends = span.now + timedelta(days=span.days)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(span.now - _BACKDATED).not_valid_after(min(ends, at_most) if at_most else ends)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
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
