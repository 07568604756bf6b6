"""What this device has, and what is to be done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from edge_agent.claim.check_certificate import Wanted, misfit
from edge_agent.claim.claim_plan import ClaimPlan
from edge_agent.claim.key_and_request import own_key
from edge_agent.errors import SecretError
from edge_agent.pki.malformed import MALFORMED
from edge_agent.pki.public_key import spki
from edge_agent.runtime.secret_file import secret_text

# As Let's Encrypt's integration guide advises: when a third of the lifetime is left. Of a year that is four months.
RENEW_AT = 2 / 3


class Way(Enum):
    """To a certificate."""

    CLAIM = "with the token of an invitation"
    RENEW = "with the present certificate"


@dataclass(frozen=True, slots=True)
class Standing:
    """What this device has.

    Attributes:
        key: Its own; None before the first claim.
        certificate: Of that key and with the names that the configuration wants; None where there is none.
        token: Of an invitation; None where there is none.
        used: Whether the certificate came of that very token.
    """

    key: ec.EllipticCurvePrivateKey | None
    certificate: x509.Certificate | None
    token: str | None = field(repr=False)
    used: bool


def standing(plan: ClaimPlan) -> Standing:
    """What lies on the disk.

    Raises:
        ClaimError: The key cannot be used.
    """
    token = _token(plan)
    used = token is not None and token_sha256(token) == _remembered(plan)
    if not plan.files.key.exists():
        return Standing(None, None, token, used)
    key = own_key(plan.files.key)
    return Standing(key, _certificate(plan, key), token, used)


def ways(has: Standing, now: datetime) -> tuple[Way, ...]:
    """What is to be tried, in this order, until one succeeds; nothing where all is well.

    ====================================  =======================  ======================
    the certificate                       with a new token         with an old one, or none
    ====================================  =======================  ======================
    is none, or of other names or key     claim                    claim
    is good for long                      claim                    nothing
    is to be renewed                      claim, else renew        renew, else claim
    has expired                           claim, else renew        claim, else renew
    ====================================  =======================  ======================

    A new token is somebody's wish, whatever the certificate looks like: the authority may be another one now, or may
    have forgotten this device. The way that a server refuses is followed by the other one, since nobody can see from
    here what it still takes; without any token there is nothing to claim with. A clock that is wrong changes the order
    alone, and a new token counts at any time.
    """
    if has.certificate is None:
        return (Way.CLAIM,)
    is_new = has.token is not None and not has.used
    if now < renewal_at(has.certificate):
        return (Way.CLAIM,) if is_new else ()
    if has.token is None:
        return (Way.RENEW,)
    return (Way.CLAIM, Way.RENEW) if is_new or expired(has.certificate, now) else (Way.RENEW, Way.CLAIM)


def renewal_at(certificate: x509.Certificate) -> datetime:
    """From when on it is renewed."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins + timedelta(seconds=(ends - begins).total_seconds() * RENEW_AT)


def expired(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether its time is over."""
    return now > certificate.not_valid_after_utc


def wanted(plan: ClaimPlan, key: ec.EllipticCurvePrivateKey) -> Wanted:
    """What a certificate of this device looks like."""
    common_name = None if plan.any_common_name else plan.names.common_name
    return Wanted(spki(key.public_key()), plan.client_id, common_name)


def token_sha256(token: str) -> str:
    """By which it is known again, and of no use to anybody."""
    return sha256(token.encode()).hexdigest()


def _certificate(plan: ClaimPlan, key: ec.EllipticCurvePrivateKey) -> x509.Certificate | None:
    try:
        found = x509.load_pem_x509_certificates(plan.files.cert.read_bytes())[0]
        return None if misfit(found, wanted(plan, key)) else found
    except (FileNotFoundError, *MALFORMED):
        return None


def _token(plan: ClaimPlan) -> str | None:
    try:
        return secret_text(plan.token)
    except SecretError:  # told where it is needed
        return None


def _remembered(plan: ClaimPlan) -> str | None:
    try:
        return plan.files.invitation.read_text("ascii").strip()
    except (FileNotFoundError, ValueError):
        return None
