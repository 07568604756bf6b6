"""One try: claim the certificate, renew it, or find that nothing is to be done."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge_agent.claim.certs_only import certificates_of
from edge_agent.claim.check_certificate import Now, Wanted, check_certificate
from edge_agent.claim.claim_plan import ClaimPlan
from edge_agent.claim.est_client import Answer, EstClient
from edge_agent.claim.key_and_request import kept_request, own_key, renewal_request
from edge_agent.clock import Clock
from edge_agent.errors import ClaimDelayed, ClaimError, ClaimRefused
from edge_agent.pki.public_key import key_sha256, read_out, spki
from edge_agent.runtime.replace_file import replace_file
from edge_agent.runtime.secret_file import secret_text

logger = logging.getLogger(__name__)

# As Let's Encrypt's integration guide advises: when a third of the lifetime is left. Of a year that is four months.
RENEW_AT = 2 / 3
_BUSY = (408, 425, 429)
_LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """What this device has.

    Attributes:
        key: Its own; None before the first claim.
        certificate: Of that key; None where there is none.
    """

    key: ec.EllipticCurvePrivateKey | None
    certificate: x509.Certificate | None


def standing(plan: ClaimPlan) -> Standing:
    """What lies on the disk.

    Raises:
        ClaimError: The key cannot be used.
    """
    if not plan.key_file.exists():
        return Standing(None, None)
    key = own_key(plan.key_file)
    try:
        certificate = x509.load_pem_x509_certificates(plan.cert_file.read_bytes())[0]
        mine = spki(certificate.public_key()) == spki(key.public_key())
    except (FileNotFoundError, ValueError):
        mine = False
    return Standing(key, certificate if mine else None)


def renewal_at(certificate: x509.Certificate) -> datetime:
    """From when on it is renewed."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins + timedelta(seconds=(ends - begins).total_seconds() * RENEW_AT)


def enrol(plan: ClaimPlan, clock: Clock) -> x509.Certificate:
    """Go as far as it goes now, and return the certificate that the device then has.

    Raises:
        ClaimDelayed: Later.
        ClaimRefused: Not this way.
        ClaimError: Files or settings are wrong.
    """
    with _alone(plan.key_file.parent):
        now = Now(datetime.fromtimestamp(clock.wall_s(), tz=timezone.utc), clock.synchronised())
        has = standing(plan)
        if has.key is None or has.certificate is None:
            return _claim(plan, own_key(plan.key_file), now)
        if now.at < renewal_at(has.certificate):
            return has.certificate
        if now.synchronised and now.at > has.certificate.not_valid_after_utc:
            logger.info("the certificate has expired: claiming a new one, which needs a new invitation")
            return _claim(plan, has.key, now)
        return _renew(plan, has.key, has.certificate, now)


def _claim(plan: ClaimPlan, key: ec.EllipticCurvePrivateKey, now: Now) -> x509.Certificate:
    client, user = EstClient(plan.server), plan.names.common_name
    request, token = kept_request(plan, key), secret_text(plan.token)
    # First, as RFC 7030, section 2.1 has it: where a token is good for one answer, that one must not be lost over this.
    authorities = _authorities(plan, client)
    answer = client.enrol(request, user, token)
    if answer.status == 202:
        raise ClaimDelayed(
            f"{client.address} has the request of {user} and waits for somebody to approve it; its key is "
            f"{read_out(key_sha256(key.public_key()))}",
            answer.wait_s,
        )
    if answer.status in (401, 403):
        advice = f"invite {user} anew, and write the new token where mqtt.tls.claim says"
        raise ClaimRefused(
            f"{client.address} does not take the token: it is wrong, was used or has expired"
            f"{_said(answer, token)}: {advice}"
        )
    _check_status(client, answer, token)
    return _install(plan, answer.body, authorities, (key, now))


def _renew(plan: ClaimPlan, key: ec.EllipticCurvePrivateKey, present: x509.Certificate, now: Now) -> x509.Certificate:
    client = EstClient(plan.server)
    authorities = _authorities(plan, client)
    answer = client.renew(renewal_request(present, key), plan.cert_file, plan.key_file)
    if answer.status in (202, 401, 403):
        until = f"the present certificate is good until {present.not_valid_after_utc:%Y-%m-%d}"
        if answer.status == 202:
            raise ClaimDelayed(f"{client.address} waits for somebody to approve the renewal; {until}", answer.wait_s)
        raise ClaimRefused(f"{client.address} does not renew this device's certificate{_said(answer)}; {until}")
    _check_status(client, answer, "")
    return _install(plan, answer.body, authorities, (key, now))


def _install(
    plan: ClaimPlan,
    body: bytes,
    authorities: list[x509.Certificate],
    about: tuple[ec.EllipticCurvePrivateKey, Now],
) -> x509.Certificate:
    key, now = about
    wanted = Wanted(spki(key.public_key()), plan.client_id)
    chain = check_certificate(certificates_of(body), authorities, wanted, now)
    replace_file(plan.cert_file, b"".join(each.public_bytes(Encoding.PEM) for each in chain))
    plan.request_file.unlink(missing_ok=True)
    return chain[0]


def _check_status(client: EstClient, answer: Answer, token: str) -> None:
    status, said = answer.status, _said(answer, token)
    if status == 200:
        return
    if status in _BUSY or status >= 500:
        raise ClaimDelayed(f"{client.address} answers {status}{said}", answer.wait_s)
    if 300 <= status < 400:
        raise ClaimRefused(f"{client.address} sends us elsewhere, which is not followed: correct mqtt.tls.claim.url")
    if status == 404:
        raise ClaimRefused(f"{client.address} is no EST server there: correct mqtt.tls.claim.url and label")
    raise ClaimRefused(f"{client.address} answers {status}{said}")


def _authorities(plan: ClaimPlan, client: EstClient) -> list[x509.Certificate]:
    answer = client.authorities()
    if answer.status in _BUSY or answer.status >= 500:
        raise ClaimDelayed(f"{client.address} answers {answer.status} to /cacerts", answer.wait_s)
    told = certificates_of(answer.body) if answer.status == 200 else []
    try:
        return [*told, *x509.load_pem_x509_certificates(plan.server.ca_file.read_bytes())]
    except ValueError as error:
        raise ClaimError(f"mqtt.tls.claim.ca_file: {plan.server.ca_file} holds more than PEM certificates") from error


def _said(answer: Answer, token: str = "") -> str:
    """The server's own words, of which nothing may harm a terminal or tell a secret."""
    text = answer.body[: 4 * _LONGEST_WORDS].decode("utf-8", "replace")
    if token:
        text = text.replace(token, "...")
    words = " ".join("".join(each if each.isprintable() else " " for each in text).split())[:_LONGEST_WORDS]
    return f" ({words})" if words and "<" not in words else ""


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One claim at a time, under the user who must be able to read what is written (flock(2) on the directory)."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ClaimError(f"{error.filename}: {error.strerror}: the agent's user must be able to write there") from error
    try:
        owner = os.fstat(descriptor).st_uid
        if owner != os.geteuid():
            raise ClaimError(
                f"{directory} belongs to uid {owner}, who must be able to read what is written there: let the service "
                "do it, `systemctl start edge-agent-claim`"
            )
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ClaimError(f"{directory}: another claim is at work here") from error
    except OSError as error:
        raise ClaimError(
            f"{error.filename or directory}: {error.strerror}: make room, or correct the rights"
        ) from error
    finally:
        os.close(descriptor)
