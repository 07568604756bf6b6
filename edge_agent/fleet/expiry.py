"""Which signatures end soon, and who can renew them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from edge_agent.fleet.edition import Edition
from edge_agent.fleet.key_files import KeyFiles
from edge_agent.fleet.workspace import Lifetimes

# Our own: a timer that runs daily has three tries left for the timestamp, and people have four months for their keys.
_RENEW_AT = {"timestamp": 0.5, "snapshot": 0.5, "group": 0.5, "targets": 0.33, "root": 0.33}


@dataclass(frozen=True, slots=True)
class Due:
    """A role whose metadata should be signed again.

    Attributes:
        role: Any.
        expires: UTC.
        signed: Whether its keys have signed what is there; not so only after a rotation that was interrupted.
        possible: Whether the keys to renew it are at hand.
    """

    role: str
    expires: datetime
    signed: bool
    possible: bool

    def text(self, now: datetime) -> str:
        """For people."""
        if not self.signed:
            return f"{self.role} is not signed by its keys"
        days = (self.expires - now) / timedelta(days=1)
        return f"{self.role} expires in {days:.1f} days" if days > 0 else f"{self.role} EXPIRED {-days:.1f} days ago"


def what_is_due(edition: Edition, lifetimes: Lifetimes, keys: KeyFiles, now: datetime) -> list[Due]:
    """Roles whose metadata ends soon: within the last half of its life, or the last third of an offline one's."""
    found = []
    for role in edition.roles():
        expires = edition.metadata(role).signed.expires
        share = _RENEW_AT.get(role, _RENEW_AT["group"])
        signed = edition.is_signed(role)
        if signed and expires - now > timedelta(days=lifetimes.of(role) * share):
            continue
        found.append(Due(role, expires, signed, _can_sign(edition, role, keys)))
    return found


def _can_sign(edition: Edition, role: str, keys: KeyFiles) -> bool:
    wanted, threshold = edition.keys(role)
    return len(keys.signers(wanted)) >= threshold
