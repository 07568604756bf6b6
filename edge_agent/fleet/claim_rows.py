"""Who was invited, who waits, and who has a certificate: for people and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from cryptography import x509

from edge_agent.fleet.claim_place import Invited
from edge_agent.pki.public_key import read_out


def rows(devices: Mapping[str, Invited], now: datetime) -> list[dict[str, str | None]]:
    """One row a device, by name.

    ``state`` is ``invited``, ``waits``, ``approved``, ``has one``, or ``expired``; ``until`` is the end of the token or
    of the certificate; ``key`` the beginning of the SHA-256 of its public key.
    """
    return [_row(name, found, now) for name, found in sorted(devices.items())]


def _row(name: str, found: Invited, now: datetime) -> dict[str, str | None]:
    until = datetime.fromtimestamp(found.until_s, tz=timezone.utc)
    state = "invited"
    if found.certificate is not None:
        until, state = x509.load_pem_x509_certificate(found.certificate.encode()).not_valid_after_utc, "has one"
    elif found.key_sha256 is not None:
        state = "approved" if found.approved else "waits"
    if now > until and state in ("invited", "has one"):
        state = "expired"
    key = read_out(found.key_sha256) if found.key_sha256 else None
    return {"device": name, "state": state, "until": f"{until:%Y-%m-%d}", "key": key}
