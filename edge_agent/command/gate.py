"""What every message must pass, command or configuration, before it means anything."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.clock import Clock
from edge_agent.command.command_settings import CommandSettings
from edge_agent.command.key_ring import KeyRing, Verified
from edge_agent.command.reason import Reason
from edge_agent.command.token_bucket import TokenBucket
from edge_agent.errors import CommandRefused

# Our own: checking a signature takes a Raspberry Pi 4 well below a millisecond, so that these cost it 2 % of one core.
_UNVERIFIED_BURST, _UNVERIFIED_PER_S = 40.0, 20.0


@dataclass(frozen=True, slots=True)
class Place:
    """Whom commands must speak to.

    Attributes:
        site: Name of the site.
        device: Name of the device.
    """

    site: str
    device: str

    @property
    def audience(self) -> str:
        """This device alone."""
        return f"{self.site}/{self.device}"

    @property
    def site_audience(self) -> str:
        """Every device of the site."""
        return f"{self.site}/*"


class Gate:
    """Size, rate, key, signature, audience, permission: the same for all."""

    def __init__(self, settings: CommandSettings, place: Place, clock: Clock) -> None:
        """Read the keys."""
        self._keys = KeyRing(settings.keys)
        self._place = place
        self._clock = clock
        self._unverified = TokenBucket(_UNVERIFIED_BURST, _UNVERIFIED_PER_S)
        self._by_kid = {
            key.kid: TokenBucket(float(settings.per_minute), settings.per_minute / 60.0) for key in settings.keys
        }

    def admit(self, size_bytes: int, max_bytes: int) -> None:
        """Before anything is parsed.

        Raises:
            CommandRefused: Too often, too large, or nobody may command.
        """
        if not self._unverified.take(self._clock.monotonic_s()):
            raise CommandRefused(Reason.RATE_LIMITED, "too many messages")
        if size_bytes > max_bytes:
            raise CommandRefused(Reason.TOO_LARGE, f"more than {max_bytes} bytes")
        if not self._keys:
            raise CommandRefused(Reason.COMMANDS_OFF, "this device has no key that it trusts: see commands.keys")

    def verify(self, raw: bytes, typ: str) -> Verified:
        """Check the signature.

        Raises:
            CommandRefused: Malformed, of an unknown key, or not signed by it.
        """
        return self._keys.verify(raw, typ)

    def permit(self, kid: str, command: str, audience: str) -> None:
        """What comes after the signature.

        Raises:
            CommandRefused: Meant for another, not allowed to this key, or too often.
        """
        for_site = audience == self._place.site_audience and self._keys.is_site_wide(kid)
        if audience != self._place.audience and not for_site:
            raise CommandRefused(Reason.WRONG_AUDIENCE, f"not for {self._place.audience}")
        if not self._keys.allows(kid, command):
            raise CommandRefused(Reason.NOT_ALLOWED, f"the key {kid} may not give {command}: see commands.keys.allow")
        if not self._by_kid[kid].take(self._clock.monotonic_s()):
            raise CommandRefused(Reason.RATE_LIMITED, f"too many commands of the key {kid}")
