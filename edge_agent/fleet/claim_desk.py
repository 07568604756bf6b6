"""Who gets a certificate: every decision of the server, apart from sockets."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge_agent.claim.certs_only import body_of
from edge_agent.errors import CertificateError, FleetError
from edge_agent.fleet.claim_authority import Authority
from edge_agent.fleet.claim_place import ClaimPlace, Invited
from edge_agent.fleet.claim_request import ClaimRequest, device_names, read_request
from edge_agent.pki.public_key import read_out

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Reply:
    """To a device.

    Attributes:
        status: Of HTTP.
        body: Certificates where the status is 200, words otherwise.
        note: For the operator.
    """

    status: int
    body: bytes
    note: str


def invite(place: ClaimPlace, device: str, until: datetime, *, again: bool) -> str:
    """A one-time token, of which only the hash is kept.

    Args:
        place: Of the fleet.
        device: ``SITE/DEVICE``.
        until: End of its first use.
        again: Even where the device was invited before: the earlier token, and renewals of the certificate that came of
            it, end.

    Raises:
        FleetError: The name is none, or the device was invited before.
    """
    device_names(device)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with place.changing() as devices:
        if device in devices and not again:
            raise FleetError(
                f"{device} was invited already: --again makes that token void, and ends renewals of its certificate"
            )
        devices[device] = Invited(token_sha256=_hash(token), until_s=until.timestamp())
    return token


def approve(place: ClaimPlace, device: str) -> Invited:
    """Say yes to the request that waits.

    Raises:
        FleetError: None waits.
    """
    with place.changing() as devices:
        found = devices.get(device)
        if found is None or found.key_sha256 is None:
            raise FleetError(f"{device} has asked for nothing yet: `edge-agent-fleet claim list` shows who has")
        devices[device] = replace(found, approved=True)
    return found


def forget(place: ClaimPlace, device: str) -> None:
    """Neither its token nor renewals are taken any more.

    Raises:
        FleetError: It was never invited.
    """
    with place.changing() as devices:
        if devices.pop(device, None) is None:
            raise FleetError(f"{device} was never invited; devices are named SITE/DEVICE")


class ClaimDesk:
    """Answers requests.

    Args:
        place: Of the fleet.
        authority: Signs.
        by_hand: Whether somebody has to approve each first certificate.
    """

    def __init__(self, place: ClaimPlace, authority: Authority, *, by_hand: bool) -> None:
        self._place = place
        self._authority = authority
        self._by_hand = by_hand

    def authorities(self) -> Reply:
        """``/cacerts``."""
        return Reply(200, body_of([self._authority.signer.certificate]), "asked for the authority")

    def enrol(self, user: str, token: str, body: bytes, now: datetime) -> Reply:
        """``/simpleenroll``: a first certificate for an invitation.

        Whoever has the token is believed once, and from then on only with the same key: a device that lost the answer
        gets the same one again, and nobody else gets any.
        """
        with self._place.changing() as devices:
            found = devices.get(user)
            known = found.token_sha256 if found else _hash("")
            if found is None or not hmac.compare_digest(known, _hash(token)):
                return Reply(401, b"the token is not known\n", "refused: unknown token")
            try:
                request = read_request(body)
            except (FleetError, CertificateError) as error:
                return Reply(400, f"{error}\n".encode(), f"refused: {error}")
            if request.names.common_name != user:
                return Reply(403, b"the request is for another device\n", "refused: asks for another device's name")
            if found.key_sha256 is None and now.timestamp() > found.until_s:
                return Reply(403, b"the invitation has expired\n", "refused: the invitation has expired")
            if found.key_sha256 not in (None, request.key_sha256):
                return Reply(403, b"the token was used, with another key\n", "refused: the token was used before")
            devices[user] = found = replace(found, key_sha256=request.key_sha256)
            return self._first(devices, found, request, now)

    def renew(self, peer: x509.Certificate | None, body: bytes, now: datetime) -> Reply:
        """``/simplereenroll``: another certificate for one that TLS found good.

        The same key and the same names (RFC 7030, section 4.2.2, allows for another key; with that, a lost answer could
        not be told from a theft). In the first half of its life the present one is given again: that is the answer that
        was lost.
        """
        if peer is None:
            return Reply(401, b"show the certificate that is to be renewed\n", "refused: no certificate was shown")
        try:
            request = read_request(body)
        except (FleetError, CertificateError) as error:
            return Reply(400, f"{error}\n".encode(), f"refused: {error}")
        if request.subject != peer.subject or _shown(peer) != request.names.alternatives:
            return Reply(400, b"names differ from those of the certificate\n", "refused: names differ")
        if request.key != peer.public_key():
            return Reply(400, b"another key needs another invitation\n", "refused: another key")
        with self._place.changing() as devices:
            name = request.names.common_name
            found = devices.get(name)
            if found is None or found.certificate is None or found.key_sha256 != request.key_sha256:
                return Reply(403, b"this device was invited anew or forgotten\n", "refused: not of this fleet any more")
            present = x509.load_pem_x509_certificate(found.certificate.encode())
            if now < _half_life(present):
                return _given(present, "got the present certificate again")
            made = self._authority.sign(request, now)
            devices[name] = replace(found, certificate=_pem(made))
            return _given(made, "renewed")

    def _first(self, devices: dict[str, Invited], found: Invited, request: ClaimRequest, now: datetime) -> Reply:
        if found.certificate is not None:
            before = x509.load_pem_x509_certificate(found.certificate.encode())
            if now > before.not_valid_after_utc:
                return Reply(403, b"the token was used, long ago\n", "refused: the token was used before")
            return _given(before, "got its certificate again")
        if self._by_hand and not found.approved:
            words = b"waits for somebody to approve it\n"
            return Reply(202, words, f"waits for `approve`; its key is {read_out(request.key_sha256)}")
        made = self._authority.sign(request, now)
        devices[request.names.common_name] = replace(found, certificate=_pem(made))
        return _given(made, "claimed")


def _given(certificate: x509.Certificate, what: str) -> Reply:
    until = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    return Reply(200, body_of([certificate]), f"{what}: number {certificate.serial_number:x}, until {until}")


def _shown(peer: x509.Certificate) -> list[x509.GeneralName]:
    return list(peer.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def _half_life(certificate: x509.Certificate) -> datetime:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins + timedelta(seconds=(ends - begins).total_seconds() / 2)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
