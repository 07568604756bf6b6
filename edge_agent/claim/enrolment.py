"""One try: claim the certificate, renew it, or find that nothing is to be done."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from edge_agent.claim.certs_only import certificates_of
from edge_agent.claim.check_certificate import Now, check_certificate, check_time
from edge_agent.claim.claim_plan import ClaimPlan
from edge_agent.claim.est_client import Answer, EstClient
from edge_agent.claim.key_and_request import kept_request, own_key, renewal_request
from edge_agent.claim.standing import Standing, Way, expired, standing, token_sha256, wanted, ways
from edge_agent.clock import Clock
from edge_agent.errors import ClaimDelayed, ClaimError, ClaimRefused, SecretError
from edge_agent.pki.public_key import key_sha256, read_out
from edge_agent.runtime.durable import sync
from edge_agent.runtime.replace_file import replace_file
from edge_agent.runtime.secret_file import secret_text

_BUSY = (408, 425, 429)
_LONGEST_WORDS = 200


def enrol(plan: ClaimPlan, clock: Clock) -> x509.Certificate:
    """Go as far as it goes now, and return the certificate that the device then has.

    Raises:
        ClaimDelayed: Later.
        ClaimRefused: Not this way.
        ClaimError: Files or settings are wrong.
    """
    with _alone(plan.files.key.parent):
        now = Now(datetime.fromtimestamp(clock.wall_s(), tz=timezone.utc), clock.synchronised())
        has = standing(plan)
        said: list[ClaimRefused | ClaimDelayed] = []
        for way in ways(has, now.at):
            try:
                if has.key is None or has.certificate is None or way is Way.CLAIM:
                    return _claim(plan, own_key(plan.files.key), now)
                return _renew(plan, has.key, has.certificate, now)
            except ClaimRefused as refused:
                said.append(refused)
            except ClaimDelayed as delayed:
                said.append(delayed)
                if way is Way.RENEW:  # while an invitation that waits for somebody must not hold up a renewal
                    break
        if has.certificate is not None and not said:
            return has.certificate
        for each in said:
            if isinstance(each, ClaimDelayed):
                raise each
        raise ClaimRefused("; ".join([*map(str, said), *_present(has, now.at)]))


def _present(has: Standing, now: datetime) -> list[str]:
    """What the device has all the same."""
    if has.certificate is None:
        return []
    verb = "expired on" if expired(has.certificate, now) else "is good until"
    return [f"the present certificate {verb} {has.certificate.not_valid_after_utc:%Y-%m-%d}"]


def _claim(plan: ClaimPlan, key: ec.EllipticCurvePrivateKey, now: Now) -> x509.Certificate:
    client, user = EstClient(plan.server), plan.names.common_name
    request, token = kept_request(plan, key), _token(plan)
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
    chain = check_certificate(certificates_of(answer.body), authorities, wanted(plan, key))
    check_time(chain, now, of_invitation=True)
    _install(plan, chain)
    replace_file(plan.files.invitation, f"{token_sha256(token)}\n".encode())
    plan.files.request.unlink(missing_ok=True)
    return chain[0]


def _renew(plan: ClaimPlan, key: ec.EllipticCurvePrivateKey, present: x509.Certificate, now: Now) -> x509.Certificate:
    client = EstClient(plan.server)
    authorities = _authorities(plan, client)
    answer = client.renew(renewal_request(present, key), plan.files.cert, plan.files.key)
    if answer.status == 202:
        until = f"the present certificate is good until {present.not_valid_after_utc:%Y-%m-%d}"
        raise ClaimDelayed(f"{client.address} waits for somebody to approve the renewal; {until}", answer.wait_s)
    if answer.status in (401, 403):
        advice = f"invite {plan.names.common_name} anew"
        raise ClaimRefused(f"{client.address} does not renew this device's certificate{_said(answer)}: {advice}")
    _check_status(client, answer, "")
    chain = check_certificate(certificates_of(answer.body), authorities, wanted(plan, key))
    check_time(chain, now, of_invitation=False)
    _install(plan, chain)
    return chain[0]


def _token(plan: ClaimPlan) -> str:
    try:
        return secret_text(plan.token)
    except SecretError as error:
        file, name = plan.server.token_file, plan.names.common_name
        if file is not None:
            place, why = str(file), f" ({str(error).replace('password', 'token')})"
        else:
            # The unit hands over a copy, which is no place to write to.
            place, why = f"/etc/edge-agent/credentials/{plan.server.token_credential}", ""
        raise ClaimError(
            f"no invitation for {name}: write the token that `edge-agent-fleet claim invite {name}` prints into "
            f"{place}, chmod 600, then `systemctl restart edge-agent-claim`{why}"
        ) from error


def _install(plan: ClaimPlan, chain: list[x509.Certificate]) -> None:
    replace_file(plan.files.cert, b"".join(each.public_bytes(Encoding.PEM) for each in chain[:-1]))


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


def _make(directory: Path) -> None:
    """With its name on the disk: a key in a directory that a power cut forgot would be another one the next time."""
    if not directory.is_dir():
        _make(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
        sync(directory.parent)


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One claim at a time, under the user who must be able to read what is written (flock(2) on the directory)."""
    try:
        _make(directory)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ClaimError(f"{error.filename}: {error.strerror}: the agent's user must be able to write there") from error
    try:
        owner = os.fstat(descriptor).st_uid
        if owner != os.geteuid():
            raise ClaimError(
                f"{directory} belongs to uid {owner}, who must be able to read what is written there: let the service "
                "do it, `systemctl restart edge-agent-claim`"
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
