"""Is what the server gave this device's certificate?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge_agent.errors import ClaimDelayed, ClaimRefused
from edge_agent.pki.public_key import spki

_Kind = TypeVar("_Kind", bound=x509.ExtensionType)
_LONGEST_CHAIN = 5  # our own: root, two below it, and the device's
_MAY_LOG_IN = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a good one looks like.

    Attributes:
        key: DER of our public key.
        client_id: A name that must be in it; None for any.
        common_name: Its common name; None for any.
    """

    key: bytes
    client_id: str | None
    common_name: str | None


@dataclass(frozen=True, slots=True)
class Now:
    """The time.

    Attributes:
        at: UTC.
        synchronised: Whether the clock follows a time server.
    """

    at: datetime
    synchronised: bool


def check_certificate(
    given: list[x509.Certificate], authorities: list[x509.Certificate], wanted: Wanted
) -> list[x509.Certificate]:
    """The device's certificate, those between, and its authority, in the order in which each was signed by the next.

    Args:
        given: From the server, in any order.
        authorities: Who may have signed.
        wanted: This device.

    Raises:
        ClaimRefused: It is none of ours.
    """
    leaf = next((each for each in given if spki(each.public_key()) == wanted.key), None)
    if leaf is None:
        raise ClaimRefused("the server gave a certificate for another key than this device's: nothing was installed")
    if wrong := misfit(leaf, wanted):
        raise ClaimRefused(
            f"the server gave a certificate of {wrong}: have the authority put it in, or set mqtt.client_id to a name "
            "that is in it"
        )
    _check_use(leaf)
    return _chain(leaf, given, authorities)


def check_time(chain: list[x509.Certificate], now: Now, *, of_invitation: bool) -> None:
    """Are these good at this time, as far as this clock knows?

    An invitation may be good for one answer alone. What came of one is therefore not thrown away because its time has
    not come yet: it will. Nor, by a clock that may be wrong, because its time is over.

    Raises:
        ClaimDelayed: They are not, which may be this clock's fault.
    """
    for each in chain:
        early, late = now.at < each.not_valid_before_utc, now.at > each.not_valid_after_utc
        if of_invitation and (early or not now.synchronised):
            continue
        if early or late:
            raise ClaimDelayed(_not_now(each, now))


def misfit(certificate: x509.Certificate, wanted: Wanted) -> str | None:
    """Why it is not this device's, in words that follow "a certificate of"; None where it is."""
    if spki(certificate.public_key()) != wanted.key:
        return "another key"
    common, others = _names(certificate)
    all_names = ", ".join(common + others) or "nobody"
    if wanted.client_id is not None and wanted.client_id not in common + others:
        return f"{all_names} that does not name the client id {wanted.client_id}"
    if wanted.common_name is not None and wanted.common_name not in common:
        return f"{all_names} that has another common name than {wanted.common_name}"
    return None


def _check_use(leaf: x509.Certificate) -> None:
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise ClaimRefused("the server gave the certificate of an authority, not of a device: nothing was installed")
    uses = _extension(leaf, x509.ExtendedKeyUsage)
    if uses is not None and not any(use in uses for use in _MAY_LOG_IN):
        raise ClaimRefused("the server gave a certificate that is not for clients (extended key usage clientAuth)")


def _names(leaf: x509.Certificate) -> tuple[list[str], list[str]]:
    """Common names, and alternative ones."""
    common = [str(name.value) for name in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    others = _extension(leaf, x509.SubjectAlternativeName)
    return common, others.get_values_for_type(x509.DNSName) if others is not None else []


def _chain(
    leaf: x509.Certificate, given: list[x509.Certificate], authorities: list[x509.Certificate]
) -> list[x509.Certificate]:
    """From the device's to an authority that signed itself and is trusted.

    The signatures and who may sign, which keeps a mixed-up server from locking us out of the broker. Who is let in is
    for the broker to decide, which goes through the chain by its own rules.
    """
    chain = [leaf]
    trusted = [each for each in authorities if _signed_by(each, each)]
    while len(chain) < _LONGEST_CHAIN:
        last = chain[-1]
        root = next((each for each in trusted if _signed_by(last, each)), None)
        if root is not None:
            return [*chain, root]
        between = next((each for each in (*given, *authorities) if each not in chain and _signed_by(last, each)), None)
        if between is None:
            break
        chain.append(between)
    raise ClaimRefused(
        "the server gave a certificate that none of its own authorities (/cacerts) and none in mqtt.tls.claim.ca_file "
        "signed: nothing was installed"
    )


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    constraints = _extension(issuer, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _not_now(certificate: x509.Certificate, now: Now) -> str:
    span = f"{_day(certificate.not_valid_before_utc)} to {_day(certificate.not_valid_after_utc)}"
    text = (
        f"the certificate of {certificate.subject.rfc4514_string()} is good from {span}, and here it is {_day(now.at)}"
    )
    if now.synchronised:
        return f"{text}: correct the authority's clock"
    return f"{text}: this clock follows no time server: set it (`timedatectl`)"


def _day(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _extension(certificate: x509.Certificate, kind: type[_Kind]) -> _Kind | None:
    return next((each.value for each in certificate.extensions if isinstance(each.value, kind)), None)
